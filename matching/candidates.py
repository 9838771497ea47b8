"""From judged pairs to the three lists: who is in which, in which order, and what is said of those that are shown."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from matching.answer import Match, MatchLists, Missing, Refusal, Settings
from matching.compile import CANNOT_TELL, NO, YES
from matching.explain import LAST_INVOICE_ON, Explainer, supplier_words
from matching.labels import Words
from matching.preference import (
    UNPLANNED,
    Key,
    Planning,
    Sort,
    chance_key,
    followed,
    plain_key,
    price_key,
    speed_key,
)
from matching.pressure import pressure_reason
from matching.rank import tie
from matching.ranked import Order, Ranked, Told
from matching.reasons import MOST
from matching.refusal import refused_values, refused_words
from matching.sentence import criterion_words
from matching.shown import failing_for_firm, refusal_for_firm
from matching.vocabulary import column

LISTS = {"fits": YES, "may_fit": CANNOT_TELL, "does_not_fit": NO}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is wanted: by what, under which plan, and who asks for it."""

    settings: Settings
    sort: Sort = Sort.chance
    planning: Planning = UNPLANNED


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything that was evaluated, side by side; explained by one explainer for all rows, or by one for each.

    An explainer speaks of what ranking may read; who judged, of all that eligibility reads. Where nothing is withheld
    from ranking the two are the same.
    """

    ids: Sequence[str]
    names: Sequence[str]
    contents: Sequence[bytes]
    verdicts: Sequence[int]
    transparent: Sequence[int]
    failing: Sequence[str]  # the first failing clause, empty where none fails
    explainers: Sequence[Explainer]
    ranked: Ranked | None

    @property
    def fitting(self) -> list[int]:
        """Return the places of those that fit, in the order in which `ranked` holds them."""
        return [place for place, verdict in enumerate(self.verdicts) if verdict == YES]

    def scores(self) -> list[int]:
        """Return the score of each candidate: the ranker's of those that fit, else the transparent one."""
        found = list(self.transparent)
        if self.ranked is not None:
            for place, ppm in zip(self.fitting, self.ranked.scores, strict=True):
                found[place] = ppm
        return found

    def told(self, places: Sequence[int]) -> list[Told]:
        """Return what is said of candidates that fit."""
        if self.ranked is None:
            return [self.transparently(place) for place in places]
        number = {place: number for number, place in enumerate(self.fitting)}
        return self.ranked.told([number[place] for place in places])

    def transparently(self, place: int) -> Told:
        """Return what is said of a candidate without a ranker."""
        explainer, row = self.explained(place)
        return Told(explainer.reasons(row), None)

    def explained(self, place: int) -> tuple[Explainer, int]:
        """Return who explains a candidate, and its row there."""
        return (self.explainers[0], place) if len(self.explainers) == 1 else (self.explainers[place], 0)


@dataclass(frozen=True, slots=True)
class _Arranged:
    """The three lists as places among the candidates, with the scores that stand beside them."""

    fits: list[int]
    may_fit: list[int]
    does_not_fit: list[int]
    scores: list[int]
    pressure: list[int]
    own_first: int | None


def lists_of(of: str, candidates: Candidates, asked: Asked, last_invoice_on: date | None) -> MatchLists:
    """Return the three lists of candidates, each cut only after everything was counted."""
    found = _arranged(of, candidates, asked)
    top, first = asked.settings.top, found.fits[: asked.settings.top]
    lists = {"fits": found.fits, "may_fit": found.may_fit, "does_not_fit": found.does_not_fit}
    return MatchLists(
        of=of,
        order=_order(candidates, asked.sort),
        fits=tuple(
            _match(candidates, asked.planning, found, place, told)
            for place, told in zip(first, candidates.told(first), strict=True)
        ),
        may_fit=tuple(
            _match(candidates, UNPLANNED, found, place, candidates.transparently(place))
            for place in found.may_fit[:top]
        ),
        does_not_fit=tuple(_refusal(candidates, place) for place in found.does_not_fit[:top]),
        counts={name: len(places) for name, places in lists.items()},
        first_failing_counts=dict(sorted(Counter(candidates.failing[place] for place in found.does_not_fit).items())),
        candidates_digest=_digest(candidates, found.scores),
        last_invoice_on=last_invoice_on,
        sort=asked.sort,
        is_planned=asked.planning.places is not None,
        in_order={name: tuple(candidates.ids[place] for place in places) for name, places in lists.items()},
        firm_failing_counts=_firm_counts(candidates, found.does_not_fit) if of == "product" else None,
    )


def _firm_counts(candidates: Candidates, places: Sequence[int]) -> dict[str, int] | None:
    """Count what firms are told to have failed first; None where nothing is kept from them."""
    judged = [(explainer.judge, row) for explainer, row in map(candidates.explained, places)]
    if all(all(judge.told) for judge, _ in judged):
        return None
    return dict(sorted(Counter(failing_for_firm(judge, row) for judge, row in judged).items()))


def _order(candidates: Candidates, sort: Sort) -> Order:
    if sort is not Sort.chance:
        return Order(sort.value)
    return Order.transparent_score if candidates.ranked is None else Order.ranker


def _arranged(of: str, candidates: Candidates, asked: Asked) -> _Arranged:
    places: dict[int, list[int]] = {YES: [], NO: [], CANNOT_TELL: []}
    for place, verdict in enumerate(candidates.verdicts):
        places[verdict].append(place)
    scores, planning = candidates.scores(), asked.planning
    ties = _ties(candidates, asked.settings.tie_key)
    pressure = [0] * len(scores)
    for place in places[YES]:
        pressure[place] = planning.pressure_on(candidates.ids[place], scores[place])
    pressed = [score - less for score, less in zip(scores, pressure, strict=True)]
    fits, may_fit = (_best_first(places[one], candidates, asked.sort, scores, ties) for one in (YES, CANNOT_TELL))
    own_first = fits[0] if fits and asked.planning is not UNPLANNED else None
    if own_first is not None:
        by_pressure = _best_first(fits, candidates, asked.sort, pressed, ties)
        planned = {place: planning.place_of(candidates.ids[place]) for place in fits}
        known = {place: at for place, at in planned.items() if at is not None}
        fits = followed(fits, by_pressure, known, asked.settings.top)
    # A bank reads firms in the order of their ids; products stand in no order that a name could buy.
    refused = sorted(places[NO], key=lambda place: candidates.ids[place] if of == "enterprise" else ties[place])
    return _Arranged(fits, may_fit, refused, pressed, pressure, own_first)


def _ties(candidates: Candidates, key: bytes) -> "list[tuple[str, str]]":
    # The id comes last and decides only between products that are the same but for their names; hashed under the key,
    # so that no name is first for everybody.
    return [
        (tie(key, content), tie(key, id_.encode()))
        for content, id_ in zip(candidates.contents, candidates.ids, strict=True)
    ]


def _best_first(
    places: Iterable[int],
    candidates: Candidates,
    sort: Sort,
    scores: Sequence[int],
    ties: "Sequence[tuple[str, str]]",
) -> list[int]:
    return sorted(places, key=lambda place: (_key(candidates, place, sort, scores[place]), ties[place]))


def _key(candidates: Candidates, place: int, sort: Sort, score_ppm: int) -> Key:
    explainer, row = candidates.explained(place)
    match sort:
        case Sort.chance:
            return chance_key(score_ppm)
        case Sort.price:
            return price_key(explainer.score.terms.price, row)
        case Sort.speed:
            return speed_key(explainer.eligibility.product)
        case Sort.plain:
            return plain_key(explainer.eligibility.product, explainer.as_of(row))


def _match(candidates: Candidates, planning: Planning, found: _Arranged, place: int, told: Told) -> Match:
    explainer, row = candidates.explained(place)
    judged = explainer.judge
    line, terms, read = judged.line, explainer.score.terms, explainer.eligibility.line
    pressure = found.pressure[place]
    reasons = told.reasons
    if pressure:
        reasons = (
            *reasons[: MOST - 1],
            pressure_reason(planning.level_of(candidates.ids[place]), explainer.as_of(row)),
        )
    return Match(
        id=candidates.ids[place],
        name=candidates.names[place],
        score_ppm=found.scores[place],
        transparent_ppm=candidates.transparent[place],
        granted_of_applied_ppm=told.granted_of_applied_ppm,
        reasons=reasons,
        missing=_missing(explainer, row),
        components=tuple((name, int(values[row])) for name, values in explainer.score.components.items()),
        line_fen=int(line.fen[row]) if line.complete[row] else None,
        line_is_cap=not judged.product.limits,
        amount_fen=int(terms.amounts_fen[row]) if read.complete[row] else None,
        term_months=int(terms.months[row]),
        all_in_ppm=int(terms.price.rate_ppm[row]) if terms.price.priced[row] else None,
        unknown_fees=terms.price.unknown,
        last_invoice_on=judged.frame.day(LAST_INVOICE_ON, row),
        pressure_ppm=pressure,
        quota_left=planning.level_of(candidates.ids[place]),
        planned_place=planning.place_of(candidates.ids[place]),
        is_own_first=place == found.own_first,
        firm_reasons=None if all(judged.told) or judged.verdict[row] == YES else explainer.reasons(row, for_firm=True),
    )


def _missing(explainer: Explainer, row: int) -> tuple[Missing, ...]:
    names, for_firm = explainer.missing(row), set(explainer.missing(row, for_firm=True))
    return tuple(
        Missing(name, Words(column(name).zh, column(name).en), supplier_words([name]), name in for_firm)
        for name in names
    )


def _refusal(candidates: Candidates, place: int) -> Refusal:
    explainer, row = candidates.explained(place)
    judged, criterion = explainer.judge, candidates.failing[place]
    values = refused_values(judged, criterion, row)
    return Refusal(
        id=candidates.ids[place],
        name=candidates.names[place],
        criterion_id=criterion,
        criterion=criterion_words(judged.product, criterion, judged.request_of(row)),
        value=refused_words(judged, criterion, values),
        values=values,
        last_invoice_on=judged.frame.day(LAST_INVOICE_ON, row),
        firm=None if all(judged.told) else refusal_for_firm(judged, row),
    )


def _digest(candidates: Candidates, scores: Sequence[int]) -> str:
    """SHA-256 over every candidate's id, verdict and score, sorted by id: whatever order they came in."""
    told = [score if verdict else None for score, verdict in zip(scores, candidates.verdicts, strict=True)]
    triples: Sequence[tuple[str, int, int | None]] = sorted(
        zip(candidates.ids, candidates.verdicts, told, strict=True), key=lambda triple: triple[0]
    )
    return hashlib.sha256(json.dumps(triples, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
