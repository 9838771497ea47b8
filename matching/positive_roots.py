"""All positive roots of a sum of powers, Σ aᵢ·x^nᵢ with whole nᵢ and exact decimals aᵢ: how often a value turns zero.

With x = eˢ the terms are aᵢ·e^(nᵢs). A factor e^(−ks) moves no root, so k is chosen anew for each interval, at the
mean exponent of what weighs there. An interval is settled in double precision by a Taylor polynomial about its middle,
with the remainder and the error of rounding allowed for:

* the value keeps away from 0: no root;
* its slope does: at most one root, told by the signs at the ends;
* its curvature does, or the interval is narrower than 10⁻⁵ of what matters: at most one turning point, which is found
  in long decimals. Where the value there is 0 to half of their figures the root is double and counts once.

Else the interval is split; where rounding alone keeps doubles from telling, as between many roots close together, the
polynomial is taken in long decimals, of at least 100 figures. So are signs that doubles cannot tell, and the roots
themselves, by Newton's steps kept within their bracket.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import pairwise
from typing import TypeVar

import numpy as np

from matching.frame import Floats

# Figures of the long decimals: beyond those of the terms, so that a rate near zero keeps all bits of a double.
SPARE_DIGITS = 100
MAX_DIGITS = 420
# What doubles may be wrong by, as a share of the sum of magnitudes and per unit of the largest logarithm in it.
MARGIN = 1e-14
TAYLOR = 12
LONG_TAYLOR = 40
# Value, slope and curvature; where all three are below so many times what rounding may hide, splitting helps no more.
DERIVATIVES = 3
DROWNED = 4
NARROW = 1e-5
# Not the middle: a split never falls on a root that is a round number, such as 0.
SPLIT = 0.4876
STEPS = 2_000


Real = TypeVar("Real", float, Decimal)


@dataclass(frozen=True, slots=True)
class Term:
    """One power: `coefficient` · x^`exponent`; the coefficient is not 0."""

    exponent: int
    coefficient: Decimal


def sign_changes(terms: Sequence[Term]) -> int:
    """Count how often the coefficients turn, in order of the exponents; there are at most so many positive roots."""
    signs = [term.coefficient > 0 for term in terms]
    return sum(one != other for one, other in pairwise(signs))


def positive_roots(terms: Sequence[Term]) -> tuple[Decimal, ...]:
    """Return the logarithms of all positive roots, rising, a multiple root once; exact to a hundred figures or so.

    The terms are given by rising exponent, each exponent once, no coefficient 0.
    """
    if sign_changes(terms) == 0:
        return ()
    powers = _Powers.of(terms)
    with localcontext(powers.context):
        low, high = powers.outermost(-1), powers.outermost(1)
        if sign_changes(terms) == 1:
            return (powers.root(low, high, 0, terms[0].exponent),)
        return tuple(powers.roots(low, high))


@dataclass(frozen=True, slots=True)
class _Powers:
    """The terms in doubles (logarithms of magnitudes, signs) and in long decimals."""

    exponents: Floats
    logs: Floats
    signs: Floats
    terms: tuple[Term, ...]
    context: Context

    @classmethod
    def of(cls, terms: Sequence[Term]) -> "_Powers":
        figures = max(len(term.coefficient.as_tuple().digits) for term in terms)
        context = Context(prec=min(SPARE_DIGITS + figures, MAX_DIGITS), Emax=MAX_EMAX, Emin=MIN_EMIN)
        return cls(
            np.array([term.exponent for term in terms], dtype=np.float64),
            np.array([_log(term.coefficient) for term in terms]),
            np.array([1.0 if term.coefficient > 0 else -1.0 for term in terms]),
            tuple(Term(term.exponent, context.plus(term.coefficient)) for term in terms),
            context,
        )

    def outermost(self, side: int) -> float:
        """Return a logarithm beyond which one term outweighs all others: the lowest power (−1) or the highest (1)."""
        end = 0 if side < 0 else -1
        at = side / float(self.exponents[-1] - self.exponents[0])
        while True:
            weights = self.logs + (self.exponents - self.exponents[end]) * at
            others = np.delete(weights, end)
            if float(weights[end]) > float(np.logaddexp.reduce(others)) + 1.0:
                return at
            at *= 2.0

    def roots(self, low: float, high: float) -> Iterator[Decimal]:
        """Yield the roots within, rising; by depth first, so that memory stays small."""
        pending = [(low, high)]
        while pending:
            left, right = pending.pop()
            found = self._settled(left, right)
            if found is None:
                middle = left + SPLIT * (right - left)
                pending += [(middle, right), (left, middle)]
            else:
                yield from found

    def _settled(self, left: float, right: float) -> tuple[Decimal, ...] | None:
        weight, pivot = self._pivot((left + right) / 2)
        keeps = self._keeps_away(left, right, pivot)
        if keeps[0]:
            return ()
        signs = [self._sign(end, 0, pivot) for end in (left, right)] if any(keeps) else [0, 0]
        if keeps[1]:
            return () if signs[0] == signs[1] else (self.root(left, right, 0, pivot),)
        if keeps[2] or (right - left) * weight < NARROW:
            return self._around_turn(left, right, pivot)
        return None

    def _pivot(self, at: float) -> tuple[float, int]:
        """Return the spread of the exponents that weigh at a point, and their mean, a whole number."""
        weights = self.logs + self.exponents * at
        shares = np.exp(weights - weights.max())
        shares /= shares.sum()
        mean = float(shares @ self.exponents)
        return 1.0 + float(np.sqrt(shares @ (self.exponents - mean) ** 2)), round(mean)

    def _keeps_away(self, left: float, right: float, pivot: int) -> tuple[bool, ...]:
        """Say whether value, slope and curvature by the logarithm are certainly not 0 anywhere in an interval."""
        middle, half = (left + right) / 2, (right - left) / 2
        shifted = self.exponents - pivot
        weights = self.logs + shifted * middle
        weights -= weights.max()
        reach = np.abs(shifted) * half
        # Beyond e^50 nothing is settled: the interval is split anyway.
        most = np.exp(np.minimum(weights + reach, 50.0))
        part = self.signs * np.exp(weights)
        coefficients = [float(part.sum())]
        for order in range(1, TAYLOR + 1):
            part = part * (shifted * half) / order
            coefficients.append(float(part.sum()))
        loss = MARGIN * (10.0 + float(np.max(np.abs(self.logs) + np.abs(shifted * middle))))
        lost = [loss * float((most * (1.0 + reach) ** order).sum()) for order in range(DERIVATIVES)]
        rest = float((most * reach ** (TAYLOR + 1)).sum()) / math.factorial(TAYLOR + 1)
        away = _away(coefficients, rest, lost)
        drowned = all(abs(coefficients[order]) < DROWNED * lost[order] for order in range(DERIVATIVES))
        if any(away) or not drowned or float(reach[most > loss].max()) > 1.0:
            return away
        # What doubles lose is all that is left: the same in long decimals.
        rest = float((most * reach ** (LONG_TAYLOR + 1)).sum()) / math.factorial(LONG_TAYLOR + 1)
        return _away(self._long_coefficients(middle, half, pivot), Decimal(rest), self._long_lost(most, reach))

    def _long_coefficients(self, middle: float, half: float, pivot: int) -> list[Decimal]:
        """Return the Taylor coefficients about the middle of an interval, over the largest term."""
        base, width = Decimal(middle).exp(), Decimal(half)
        parts = [term.coefficient * base ** (term.exponent - pivot) for term in self.terms]
        largest = max(abs(part) for part in parts)
        parts = [part / largest for part in parts]
        coefficients = [sum(parts, Decimal(0))]
        for order in range(1, LONG_TAYLOR + 1):
            parts = [
                part * (term.exponent - pivot) * width / order for part, term in zip(parts, self.terms, strict=True)
            ]
            coefficients.append(sum(parts, Decimal(0)))
        return coefficients

    def _long_lost(self, most: Floats, reach: Floats) -> list[Decimal]:
        finest = Decimal(1).scaleb(SPARE_DIGITS // 5 - self.context.prec)
        return [finest * Decimal(float((most * (1.0 + reach) ** order).sum())) for order in range(DERIVATIVES)]

    def _around_turn(self, left: float, right: float, pivot: int) -> tuple[Decimal, ...]:
        signs = [self._sign(end, 0, pivot) for end in (left, right)]
        if signs[0] != signs[1]:
            return (self.root(left, right, 0, pivot),)
        if self._sign(left, 1, pivot) == self._sign(right, 1, pivot):
            return ()
        turn = self.root(left, right, 1, pivot)
        value, _, size = self._values(turn, 0, pivot)
        if abs(value) <= size.scaleb(-(self.context.prec // 2)):
            return (turn,)
        if (value > 0) == (signs[0] > 0):
            return ()
        return self._newton(Decimal(left), turn, 0, pivot), self._newton(turn, Decimal(right), 0, pivot)

    def root(self, left: float, right: float, order: int, pivot: int) -> Decimal:
        """Return where a derivative that turns once between two logarithms is 0."""
        sign = self._sign(left, order, pivot)
        below, above = left, right
        while True:
            middle = (below + above) / 2
            found = self._certain_sign(middle, order, pivot)
            if found == 0 or not below < middle < above:
                return self._newton(Decimal(below), Decimal(above), order, pivot)
            below, above = (middle, above) if found == sign else (below, middle)

    def _newton(self, left: Decimal, right: Decimal, order: int, pivot: int) -> Decimal:
        # `below` has the sign of the left end, `above` that of the right; each step halves or does better.
        sign = self._values(left, order, pivot)[0]
        below, above, at = left, right, (left + right) / 2
        finest = Decimal(1).scaleb(10 - self.context.prec) / self.terms[-1].exponent
        for _ in range(STEPS):
            value, slope, _ = self._values(at, order, pivot)
            if value == 0:
                break
            below, above = (at, above) if (value > 0) == (sign > 0) else (below, at)
            step = value / slope if slope else Decimal(0)
            if slope and abs(step) <= max(finest, abs(at).scaleb(10 - self.context.prec)):
                return self._snapped(at - step, finest)
            before, at = at, at - step if slope and below < at - step < above else (below + above) / 2
            if abs(at - before) <= finest:
                break
        return self._snapped(at, finest)

    @staticmethod
    def _snapped(at: Decimal, finest: Decimal) -> Decimal:
        return at if abs(at) > finest else Decimal(0)

    def _sign(self, at: float, order: int, pivot: int) -> int:
        certain = self._certain_sign(at, order, pivot)
        if certain:
            return certain
        exact, _, _ = self._values(Decimal(at), order, pivot)
        return (exact > 0) - (exact < 0)

    def _certain_sign(self, at: float, order: int, pivot: int) -> int:
        """Return the sign of a derivative, 0 where doubles cannot tell."""
        shifted = self.exponents - pivot
        weights = self.logs + shifted * at
        parts = np.exp(weights - weights.max()) * shifted**order
        loss = MARGIN * (10.0 + float(np.max(np.abs(self.logs) + np.abs(shifted * at))))
        value = float(self.signs @ parts)
        certain = abs(value) > loss * float(np.abs(parts).sum())
        return int(np.sign(value)) if certain else 0

    def _values(self, at: Decimal, order: int, pivot: int) -> tuple[Decimal, Decimal, Decimal]:
        """Return a derivative and the next one, both without the factor x^(−pivot), and the sum of magnitudes."""
        base = at.exp()
        value = slope = size = Decimal(0)
        power, reached = Decimal(1), 0
        gaps: dict[int, Decimal] = {}
        for term in self.terms:
            gap = term.exponent - reached
            if gap not in gaps:
                gaps[gap] = base**gap
            power, reached = power * gaps[gap], term.exponent
            part = term.coefficient * power * (term.exponent - pivot) ** order
            value += part
            slope += part * (term.exponent - pivot)
            size += abs(part)
        return value, slope, size


def _away(coefficients: Sequence[Real], rest: Real, lost: Sequence[Real]) -> tuple[bool, ...]:
    """Say of each derivative of a Taylor polynomial whether its first coefficient outweighs all that follows."""
    away = []
    for derivative, loss in enumerate(lost):
        terms = [abs(one) * math.perm(order, derivative) for order, one in enumerate(coefficients)]
        following = sum(terms[derivative + 1 :], rest * math.perm(len(coefficients), derivative))
        away.append(terms[derivative] > following + loss)
    return tuple(away)


def _log(number: Decimal) -> float:
    # Beyond the range of doubles too: the figures and the power of ten apart.
    power = number.adjusted()
    return math.log(
        abs(float(number.scaleb(-power, Context(prec=30, Emax=MAX_EMAX, Emin=MIN_EMIN))))
    ) + power * math.log(10.0)
