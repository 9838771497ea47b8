"""The search for orders of two sides: from several starts, each side's exact best reply to the other's, in turn.

Given the places that the other side gives, an agent's best order is by descending p·q·a(place it is given): the largest
worths meet the largest attentions. Replies in turn therefore never lose a match, and end where neither side can gain
alone; where they end depends on the start. The best start found is an assignment: first places that are mutual, dealt
out so that the most likely pairs meet, for what a place is worth is a product of two attentions, and an order that
gives both sides of a pair the first place wins it whole.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from matching.market_arrays import Attention, Bools, Floats, Ints, Market, Orders, places

# Replies in turn settle within about 25 rounds; what the later ones bring is far below this share.
_ROUNDS, _GAIN = 60, 1e-7
# Solving all first places at once costs 6 s at 2,000 × 2,000 seats and .01 s at 75 × 100; above this, seat after seat.
_SEATS_AT_ONCE = 100_000
# Who has no seat after so many at each agent is ordered by the replies alone.
_MOST_SEATS = 20
# Small markets can afford further starts and shakes: eight of them cost .02 s at 75 × 50 and bring .2 %.
_SMALL, _SHAKES, _SHAKE = 60_000, 8, 0.15
_SEED = 2024


@dataclass(frozen=True, slots=True)
class Search:
    """A market in its own order, laid out for replies: p·q by row for either side, and the attention of each place."""

    market: Market
    attention: Attention
    mutual: Floats = field(init=False)
    turned: Floats = field(init=False)
    mask: Bools | None = field(init=False)

    def __post_init__(self) -> None:
        """Lay p·q out for both sides."""
        mutual = self.market.mutual()
        eligible = self.market.eligible
        for name, value in (
            ("mutual", mutual),
            ("turned", np.ascontiguousarray(mutual.T)),
            ("mask", None if eligible is None or eligible.all() else eligible),
        ):
            object.__setattr__(self, name, value)

    def best(self) -> Orders:
        """Return the best orders over all starts."""
        best = self.settled(self.assigned())
        if self.mutual.size > _SMALL:
            return self.orders(self.mutual * best)
        worth = self.worth(best)
        for start in (np.ones_like(self.mutual), self.given_by_product()):
            best, worth = self._better(best, worth, start)
        rng = np.random.default_rng(_SEED)
        for _ in range(min(_SHAKES, _SMALL // self.mutual.size)):
            shaken = best * np.exp(_SHAKE * rng.standard_normal(best.shape))
            best, worth = self._better(best, worth, shaken)
        return self.orders(self.mutual * best)

    def worth(self, right: Floats) -> float:
        """Return the expected matches when the right side gives this attention and the left replies."""
        return float((self.mutual * self.left_reply(self.mutual * right) * right).sum())

    def settled(self, right: Floats) -> Floats:
        """Return the right side's attention to each pair after replies in turn, the left's to `right` first."""
        before = 0.0
        for _ in range(_ROUNDS):
            left = self.left_reply(self.mutual * right)
            right = self.right_reply(self.mutual * left)
            worth = float((self.mutual * left * right).sum())
            if worth <= before * (1.0 + _GAIN):
                break
            before = worth
        return right

    def orders(self, worth: Floats) -> Orders:
        """Return the left's orders by this worth of each pair, and the right's exact reply to them."""
        mask = self.market.mask
        left = places(worth, mask)
        answer = places((self.mutual * self.attention.at(left)).T, mask.T).T
        return Orders(left, np.ascontiguousarray(answer))

    def left_reply(self, worth: Floats) -> Floats:
        """Return the attention of each left agent to each pair when it orders by this worth."""
        return _reply(worth, self.attention, self.mask)

    def right_reply(self, worth: Floats) -> Floats:
        """Return the attention of each right agent to each pair, left × right, when it orders by this worth."""
        mask = None if self.mask is None else self.mask.T
        return np.ascontiguousarray(_reply(np.ascontiguousarray(worth.T), self.attention, mask).T)

    def given_by_product(self) -> Floats:
        """Return the right side's attention where it orders by p·q."""
        return self.right_reply(self.mutual)

    def assigned(self) -> Floats:
        """Return an attention of the right side in which first places are dealt out as seats of an assignment.

        Each agent of the larger side has one first place to give; the smaller side's places 1, 2, … are its seats.
        """
        is_tall = self.mutual.shape[0] >= self.mutual.shape[1]
        gain = self.mutual if is_tall else self.turned
        agent, other, seat = self._seated(gain)
        given = np.full(gain.shape, 0.5 * float(self.attention.at(np.array([seat.max() + 1]))[0]))
        given[agent, other] = self.attention.at(seat)
        if is_tall:
            return given
        # Here the seats are places of left agents: what the right side gives is its reply to them.
        return self.right_reply(self.mutual * given.T)

    def _seated(self, gain: Floats) -> tuple[Ints, Ints, Ints]:
        agents, others = gain.shape
        seats = min(-(-agents // others), _MOST_SEATS)
        if agents * others * seats <= _SEATS_AT_ONCE:
            worth = self.attention.at(np.arange(1, seats + 1))
            agent, seat = linear_sum_assignment(
                np.concatenate([gain * float(one) for one in worth], axis=1), maximize=True
            )
            return agent, seat % others, seat // others + 1
        free = np.arange(agents)
        found: list[tuple[Ints, Ints, Ints]] = []
        for number in range(1, seats + 1):
            rows, columns = linear_sum_assignment(gain[free], maximize=True)
            found.append((free[rows], columns, np.full(rows.size, number)))
            free = np.delete(free, rows)
        agent, other, seat = (np.concatenate(part) for part in zip(*found, strict=True))
        return agent, other, seat

    def _better(self, best: Floats, worth: float, start: Floats) -> tuple[Floats, float]:
        other = self.settled(start)
        other_worth = self.worth(other)
        return (other, other_worth) if other_worth > worth * (1.0 + _GAIN) else (best, worth)


def _reply(worth: Floats, attention: Attention, mask: Bools | None) -> Floats:
    """Return the attention of each row to its entries by descending worth, which is not negative.

    A double that is not negative sorts as its bits do. Its last bits give way to the place in the row, so that a plain
    sort of integers, four times faster than a stable argsort, yields an order without ties: worths that differ by less
    than 2⁻⁴⁰ of themselves stand as they came.
    """
    count = worth.shape[1]
    low = np.int64((1 << max(count - 1, 1).bit_length()) - 1)
    bits = (worth if mask is None else np.where(mask, worth, -1.0)).view(np.int64)
    keyed = np.sort((bits & ~low) | (low - np.arange(count, dtype=np.int64)), axis=1)[:, ::-1]
    found = np.empty(worth.shape)
    table = attention.at(np.arange(1, count + 1, dtype=np.int64))
    np.put_along_axis(found, low - (keyed & low), table[np.newaxis, :], axis=1)
    return found if mask is None else np.where(mask, found, 0.0)
