"""What an answer of matching is: three lists of one side, with what every row says and what the whole rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matching.errors import MatchingError
from matching.labels import Words
from matching.preference import Sort
from matching.pressure import AMPLE
from matching.product import FeeKind
from matching.rank import PRESET, Weights
from matching.ranked import Order
from matching.reasons import Peers, Reason
from matching.shown import FirmTold

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
    """A column that leaves a pair open, and who can supply it; of the bank's own conditions a firm is not told."""

    column: str
    label: Words
    who: Words
    is_for_firm: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that fits, or may fit: then `missing` is not empty.

    `score_ppm` is the ranker's score of a pair that fits where one was given, else the transparent score, less
    `pressure_ppm` where the quota of the quarter is tight or nearly used (`quota_left` says which); it orders the
    list by chance. The transparent score stands in `transparent_ppm` always and is what `components` make up.
    `granted_of_applied_ppm` is the share of such pairs that was granted of those that applied, None where no model
    says so. `line_fen` is the firm's limit by the product's rules, or the product's cap where it has none
    (`line_is_cap`). `amount_fen` and the price are those the score was made for. Both amounts are None while a
    value that a limit rule needs is missing; the price is then that of the least the product lends. `planned_place`
    is its place in the joint plan of both sides, where the list follows one; `is_own_first` marks what the firm's
    own order puts first. `firm_reasons` are what the firm reads in place of `reasons`, None where the same.
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
    pressure_ppm: int = 0
    quota_left: Words = AMPLE
    planned_place: int | None = None
    is_own_first: bool = False
    firm_reasons: tuple[Reason, ...] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pair that does not fit: the first criterion that failed, in words, and what the firm has there.

    `firm` is what the firm reads in place of them, None where it may read them.
    """

    id: str
    name: str
    criterion_id: str
    criterion: Words
    value: Words
    values: tuple[tuple[str, int | str | None], ...]
    last_invoice_on: date | None
    firm: FirmTold | None = None


@dataclass(frozen=True, slots=True)
class MatchLists:
    """An answer. `of` is what the rows are: product or enterprise; `counts` holds the sizes before any cut.

    `order` is what ordered the list that fits, `sort` the order that was asked for; `is_planned` says whether the list
    follows a joint plan. `in_order` names by list everybody in it, best first, before any cut. `firm_failing_counts` is
    what a firm reads in place of `first_failing_counts`, None where every clause is public.
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
    sort: Sort
    is_planned: bool
    in_order: Mapping[str, tuple[str, ...]]
    firm_failing_counts: Mapping[str, int] | None = None
