"""The three lists, both ways: what fits, what may fit once something is known, and what does not fit and why.

One code path serves both directions, so a pair has the same verdict and transparent score whichever side asks; without
a ranker the same reasons too. A ranker (`matching.ranked`) orders what fits and nothing else: it decides no verdict,
and what may fit keeps the transparent score. `top` cuts each list only after everything was counted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from matching.compile import CANNOT_TELL, NO, YES
from matching.eligibility import Eligibility, Request, evaluate
from matching.errors import MatchingError
from matching.explain import LAST_INVOICE_ON, Explainer, supplier_words
from matching.frame import Floats, Frame
from matching.labels import Words
from matching.offered import rows_offered
from matching.product import FeeKind, Product
from matching.rank import PRESET, Score, Weights, score, tie
from matching.ranked import Order, Ordering, Ranked, Told
from matching.reasons import Peers, Reason
from matching.refusal import refused_values, refused_words
from matching.sentence import criterion_words
from matching.vocabulary import column
from models.ranker import Side

# The longest key BLAKE2b takes.
MAX_KEY = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """What an answer depends on besides profiles and products.

    `tie_key` follows from request and release and is logged; `probability_name` is what the risk model calls its output
    (`pd_12m` where its label has a horizon).
    """

    tie_key: bytes
    top: int | None = None
    weights: Weights = PRESET
    peers: Peers | None = None
    probability_name: str = "default_probability"

    def __post_init__(self) -> None:
        """Refuse an empty key and a negative cut."""
        if not 0 < len(self.tie_key) <= MAX_KEY or (self.top is not None and self.top < 0):
            raise MatchingError(f"the tie key has 1 to {MAX_KEY} bytes and top is not negative")


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that leaves a pair open, and who can supply it."""

    column: str
    label: Words
    who: Words


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that fits, or may fit: then `missing` is not empty.

    `score_ppm` orders the list: the ranker's score of a pair that fits where one was given, else the transparent score,
    which stands in `transparent_ppm` always and is what `components` make up. `granted_of_applied_ppm` is the share of
    such pairs that was granted of those that applied, None where no model says so.
    `line_fen` is the firm's limit by the product's rules, or the product's cap where it has none (`line_is_cap`).
    `amount_fen` and the price are those the score was made for. Both amounts are None while a value that a limit rule
    needs is missing; the price is then that of the least the product lends.
    """

    id: str
    name: str
    score_ppm: int
    transparent_ppm: int
    granted_of_applied_ppm: int | None
    reasons: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    components: tuple[tuple[str, int], ...]
    line_fen: int | None
    line_is_cap: bool
    amount_fen: int | None
    term_months: int
    all_in_ppm: int | None
    unknown_fees: tuple[FeeKind, ...]
    last_invoice_on: date | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pair that does not fit: the first criterion that failed, in words, and what the firm has there."""

    id: str
    name: str
    criterion_id: str
    criterion: Words
    value: Words
    values: tuple[tuple[str, int | str | None], ...]
    last_invoice_on: date | None


@dataclass(frozen=True, slots=True)
class MatchLists:
    """An answer. `of` is what the rows are: product or enterprise; `counts` holds the sizes before any cut.

    `order` is what ordered the list that fits.
    """

    of: str
    order: Order
    fits: tuple[Match, ...]
    may_fit: tuple[Match, ...]
    does_not_fit: tuple[Refusal, ...]
    counts: Mapping[str, int]
    first_failing_counts: Mapping[str, int]
    candidates_digest: str
    last_invoice_on: date | None


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Everything that was evaluated, side by side; explained by one explainer for all rows, or by one for each."""

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
        """Return what orders each candidate: the ranker's score of those that fit, else the transparent one."""
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


def products_for(  # noqa: PLR0913 (what is known of the firm, what it asks, and how answers are made)
    profile: pa.Table,
    products: Sequence[Product],
    standing: float | None,
    request: Request,
    settings: Settings,
    *,
    ordering: Ordering | None = None,
) -> MatchLists:
    """Match one firm with products.

    `profile` is a table of one row as the engine builds it; `standing` is 1 − probability of default, None where no
    model speaks of the firm. A product that is not yet offered on the profile's day is in no list. `ordering` orders
    what fits; without it the transparent score does.
    """
    if profile.num_rows != 1:
        raise MatchingError(f"one profile is wanted, not {profile.num_rows}")
    frame = Frame(profile)
    good = np.array([np.nan if standing is None else standing])
    products = [product for product in products if rows_offered(product, profile).num_rows]
    asked = [_explainer(product, frame, good, request, settings) for product in products]
    candidates = _Candidates(
        ids=[product.id for product in products],
        names=[product.name for product in products],
        contents=[product.content() for product in products],
        verdicts=[int(one.eligibility.verdict[0]) for one in asked],
        transparent=[int(one.score.ppm[0]) for one in asked],
        failing=[failing for one in asked for failing in _failing(one.eligibility)],
        explainers=asked,
        ranked=_ranked(ordering, Side.enterprise, asked),
    )
    last = frame.day(LAST_INVOICE_ON, 0)
    return _lists("product", candidates, settings, last)


def enterprises_for(  # noqa: PLR0913 (profiles and what is known of them arrive apart)
    profiles: pa.Table,
    product: Product,
    standing: Mapping[str, float] | None,
    request: Request,
    settings: Settings,
    *,
    names: Mapping[str, str] | None = None,
    ordering: Ordering | None = None,
) -> MatchLists:
    """Match one product with firms, one row of `profiles` each.

    `standing` is 1 − probability of default by enterprise, without those no model speaks of; `names` are for display.
    A firm on whose day the product is not yet offered is in no list. `ordering` orders what fits; without it the
    transparent score does.
    """
    frame = Frame(rows_offered(product, profiles))
    ids = frame.enterprises
    if len(set(ids)) != len(ids):
        raise MatchingError("an enterprise has more than one profile")
    known = standing or {}
    good = np.array([known.get(name, np.nan) for name in ids], dtype=np.float64)
    explainer = _explainer(product, frame, good, request, settings)
    shown = names or {}
    candidates = _Candidates(
        ids=ids,
        names=[shown.get(name, name) for name in ids],
        contents=[name.encode() for name in ids],
        verdicts=explainer.eligibility.verdict.tolist(),
        transparent=explainer.score.ppm.tolist(),
        failing=_failing(explainer.eligibility),
        explainers=[explainer],
        ranked=_ranked(ordering, Side.bank, [explainer]),
    )
    return _lists("enterprise", candidates, settings, None)


def _explainer(product: Product, frame: Frame, good: Floats, request: Request, settings: Settings) -> Explainer:
    eligibility = evaluate(product, frame, request)
    scored: Score = score(eligibility, good, settings.weights)
    return Explainer(eligibility, scored, settings.probability_name, settings.peers)


def _ranked(ordering: Ordering | None, side: Side, explainers: Sequence[Explainer]) -> Ranked | None:
    if ordering is None:
        return None
    return Ranked.of(ordering, side, explainers, [np.flatnonzero(one.eligibility.verdict == YES) for one in explainers])


def _failing(eligibility: Eligibility) -> list[str]:
    names = [*eligibility.clause_ids, ""]
    return [names[place] for place in eligibility.first_failing.tolist()]


def _lists(of: str, candidates: _Candidates, settings: Settings, last_invoice_on: date | None) -> MatchLists:
    places: dict[int, list[int]] = {YES: [], NO: [], CANNOT_TELL: []}
    for place, verdict in enumerate(candidates.verdicts):
        places[verdict].append(place)
    scores = candidates.scores()
    fits, may_fit = (
        _best_first(places[verdict], candidates, scores, settings.tie_key) for verdict in (YES, CANNOT_TELL)
    )
    first = fits[: settings.top]
    refused = sorted(places[NO], key=lambda place: candidates.ids[place])
    return MatchLists(
        of=of,
        order=Order.transparent_score if candidates.ranked is None else Order.ranker,
        fits=tuple(
            _match(candidates, place, scores[place], told)
            for place, told in zip(first, candidates.told(first), strict=True)
        ),
        may_fit=tuple(
            _match(candidates, place, scores[place], candidates.transparently(place))
            for place in may_fit[: settings.top]
        ),
        does_not_fit=tuple(_refusal(candidates, place) for place in refused[: settings.top]),
        counts={"fits": len(fits), "may_fit": len(may_fit), "does_not_fit": len(refused)},
        first_failing_counts=dict(sorted(Counter(candidates.failing[place] for place in refused).items())),
        candidates_digest=_digest(candidates, scores),
        last_invoice_on=last_invoice_on,
    )


def _best_first(places: Sequence[int], candidates: _Candidates, scores: Sequence[int], key: bytes) -> list[int]:
    # The id comes last and decides only between products that are the same but for their names.
    return sorted(
        places,
        key=lambda place: (-scores[place], tie(key, candidates.contents[place]), candidates.ids[place]),
    )


def _match(candidates: _Candidates, place: int, score_ppm: int, told: Told) -> Match:
    explainer, row = candidates.explained(place)
    terms, line = explainer.score.terms, explainer.eligibility.line
    return Match(
        id=candidates.ids[place],
        name=candidates.names[place],
        score_ppm=score_ppm,
        transparent_ppm=candidates.transparent[place],
        granted_of_applied_ppm=told.granted_of_applied_ppm,
        reasons=told.reasons,
        missing=_missing(explainer.missing(row)),
        components=tuple((name, int(values[row])) for name, values in explainer.score.components.items()),
        line_fen=int(line.fen[row]) if line.complete[row] else None,
        line_is_cap=not explainer.eligibility.product.limits,
        amount_fen=int(terms.amounts_fen[row]) if line.complete[row] else None,
        term_months=int(terms.months[row]),
        all_in_ppm=int(terms.price.rate_ppm[row]) if terms.price.priced[row] else None,
        unknown_fees=terms.price.unknown,
        last_invoice_on=explainer.last_invoice_on(row),
    )


def _missing(names: Iterable[str]) -> tuple[Missing, ...]:
    return tuple(Missing(name, Words(column(name).zh, column(name).en), supplier_words([name])) for name in names)


def _refusal(candidates: _Candidates, place: int) -> Refusal:
    explainer, row = candidates.explained(place)
    eligibility, criterion = explainer.eligibility, candidates.failing[place]
    values = refused_values(eligibility, criterion, row)
    return Refusal(
        id=candidates.ids[place],
        name=candidates.names[place],
        criterion_id=criterion,
        criterion=criterion_words(eligibility.product, criterion, eligibility.request_of(row)),
        value=refused_words(eligibility, criterion, values),
        values=values,
        last_invoice_on=explainer.last_invoice_on(row),
    )


def _digest(candidates: _Candidates, scores: Sequence[int]) -> str:
    """SHA-256 over every candidate's id, verdict and score, sorted by id: whatever order they came in."""
    told = [score if verdict else None for score, verdict in zip(scores, candidates.verdicts, strict=True)]
    triples = sorted(zip(candidates.ids, candidates.verdicts, told, strict=True), key=lambda triple: triple[0])
    return hashlib.sha256(json.dumps(triples, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
