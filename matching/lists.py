"""The three lists, both ways: what fits, what may fit once something is known, and what does not fit and why.

One code path serves both directions, so a pair has the same verdict and transparent score whichever side asks; without
a ranker the same reasons too. A ranker (`matching.ranked`) orders what fits and nothing else: it decides no verdict,
and what may fit keeps the transparent score. `top` cuts each list only after everything was counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from matching.answer import MAX_KEY, Match, MatchLists, Missing, Refusal, Settings
from matching.candidates import Asked, Candidates, lists_of
from matching.compile import YES
from matching.eligibility import Eligibility, Request, evaluate
from matching.errors import MatchingError
from matching.explain import LAST_INVOICE_ON, Explainer
from matching.frame import Floats, Frame
from matching.offered import rows_offered
from matching.preference import UNPLANNED, Planning, Sort
from matching.product import Product
from matching.rank import score
from matching.ranked import Ordering, Ranked
from models.ranker import Side

__all__ = [
    "MAX_KEY",
    "Match",
    "MatchLists",
    "Missing",
    "Refusal",
    "Settings",
    "enterprises_for",
    "products_for",
]


def products_for(  # noqa: PLR0913 (what is known of the firm, what it asks, and how answers are made)
    profile: pa.Table,
    products: Sequence[Product],
    standing: float | None,
    request: Request,
    settings: Settings,
    *,
    ordering: Ordering | None = None,
    sort: Sort = Sort.chance,
    planned: Mapping[str, int] | None = None,
    pressure: Mapping[str, int] | None = None,
    readable: pa.Table | None = None,
) -> MatchLists:
    """Match one firm with products.

    `profile` is a table of one row as the engine builds it; `standing` is 1 − probability of default, None where no
    model speaks of the firm. A product that is not yet offered on the profile's day is in no list. `ordering` orders
    what fits by chance; without it the transparent score does. `sort` is the order the firm chose; `planned` (places
    in a joint plan by product, from 1) and `pressure` (millionths that a score loses, by product) move the order by
    chance alone. `readable` is the same row with what ranking may not read missing: only who is eligible rests on
    the whole profile.
    """
    if profile.num_rows != 1 or (readable is not None and readable.num_rows != 1):
        raise MatchingError(f"one profile is wanted, not {profile.num_rows}")
    frame = Frame(profile)
    read = frame if readable is None else Frame(readable)
    good = np.array([np.nan if standing is None else standing])
    products = [product for product in products if rows_offered(product, profile).num_rows]
    asked = [_explainer(product, (frame, read), good, request, settings) for product in products]
    by_chance = sort is Sort.chance
    planning = UNPLANNED if not by_chance or not (planned or pressure) else Planning(planned, pressure)
    candidates = Candidates(
        ids=[product.id for product in products],
        names=[product.name for product in products],
        contents=[product.content() for product in products],
        verdicts=[int(one.eligibility.verdict[0]) for one in asked],
        transparent=[int(one.score.ppm[0]) for one in asked],
        failing=[failing for one in asked for failing in _failing(one.judge)],
        explainers=asked,
        ranked=_ranked(ordering, Side.enterprise, asked) if by_chance else None,
    )
    return lists_of("product", candidates, Asked(settings, sort, planning), frame.day(LAST_INVOICE_ON, 0))


def enterprises_for(  # noqa: PLR0913 (profiles and what is known of them arrive apart)
    profiles: pa.Table,
    product: Product,
    standing: Mapping[str, float] | None,
    request: Request,
    settings: Settings,
    *,
    names: Mapping[str, str] | None = None,
    ordering: Ordering | None = None,
    planned: Mapping[str, int] | None = None,
    readable: pa.Table | None = None,
) -> MatchLists:
    """Match one product with firms, one row of `profiles` each.

    `standing` is 1 − probability of default by enterprise, without those no model speaks of; `names` are for display.
    A firm on whose day the product is not yet offered is in no list. `ordering` orders what fits; without it the
    transparent score does. `planned` are places of firms in a joint plan. `readable` holds the same rows with what
    ranking may not read missing.
    """
    frame = Frame(rows_offered(product, profiles))
    read = frame if readable is None else Frame(rows_offered(product, readable))
    ids = frame.enterprises
    if read is not frame and read.enterprises != ids:
        raise MatchingError("what ranking may read names other firms than the profiles")
    if len(set(ids)) != len(ids):
        raise MatchingError("an enterprise has more than one profile")
    known = standing or {}
    good = np.array([known.get(name, np.nan) for name in ids], dtype=np.float64)
    explainer = _explainer(product, (frame, read), good, request, settings)
    shown = names or {}
    candidates = Candidates(
        ids=ids,
        names=[shown.get(name, name) for name in ids],
        contents=[name.encode() for name in ids],
        verdicts=explainer.eligibility.verdict.tolist(),
        transparent=explainer.score.ppm.tolist(),
        failing=_failing(explainer.judge),
        explainers=[explainer],
        ranked=_ranked(ordering, Side.bank, [explainer]),
    )
    planning = Planning(planned) if planned else UNPLANNED
    return lists_of("enterprise", candidates, Asked(settings, planning=planning), None)


def _explainer(
    product: Product, frames: tuple[Frame, Frame], good: Floats, request: Request, settings: Settings
) -> Explainer:
    """Judge by the first frame, score and explain by the second, which may lack what ranking may not read."""
    judge = evaluate(product, frames[0], request)
    read = judge
    if frames[1] is not frames[0]:
        blind = evaluate(product, frames[1], request)
        read = replace(blind, verdict=judge.verdict, first_failing=judge.first_failing)
    return Explainer(read, score(read, good, settings.weights), settings.probability_name, settings.peers, judge)


def _ranked(ordering: Ordering | None, side: Side, explainers: Sequence[Explainer]) -> Ranked | None:
    if ordering is None:
        return None
    return Ranked.of(ordering, side, explainers, [np.flatnonzero(one.eligibility.verdict == YES) for one in explainers])


def _failing(eligibility: Eligibility) -> list[str]:
    names = [*eligibility.clause_ids, ""]
    return [names[place] for place in eligibility.first_failing.tolist()]
