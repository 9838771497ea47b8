"""What a firm may read of criteria: all of a public clause, near or far of a range, of others only that they are.

A firm's answer is a function of the verdict, of the verdicts of public clauses and of what a range tells: first failing
comes a public clause, then a range, then the bank's own condition, whatever their order in the product. Bank and
regulator read everything, and so does the log.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from matching.amounts import PPM
from matching.compile import PPM_UNITS, DayTest, Group, Node, NumberTest, RatioTest
from matching.compile_days import as_of_days
from matching.criteria import Clause, Shown, columns_of, expanded
from matching.eligibility import Eligibility
from matching.frame import Floats, Frame
from matching.labels import Words
from matching.product import Product
from matching.refusal import Values, refused_values, refused_words
from matching.sentence import clause_words, criterion_words
from matching.truth import NO
from matching.vocabulary import column

#: What stands for the id of a clause that is not public; no clause of a product may be called so.
BANK_INTERNAL, BANK_RANGE = "bank_internal", "bank_range"
INTERNAL = Words("银行内部条件", "an internal condition of the bank")
NEAR = Words("接近银行要求", "near what the bank asks")
FAR = Words("距银行要求较远", "far from what the bank asks")
# Within a tenth of the bound, or of the span of days.
NEAR_PART = 0.1


@dataclass(frozen=True, slots=True)
class FirmTold:
    """A refusal as the firm reads it: what stands for clause and value; of a range `columns`, else the values."""

    criterion_id: str
    criterion: Words
    value: Words
    values: Values = ()
    columns: tuple[str, ...] = ()


def id_for_firm(clause: Clause) -> str:
    """Return the id of a public clause, else what stands for it."""
    return {Shown.public: clause.id, Shown.range_: BANK_RANGE}.get(clause.shown, BANK_INTERNAL)


def words_for_firm(clause: Clause) -> Words:
    """Word a clause (expanded) for the firm; of a range only which columns are looked at."""
    match clause.shown:
        case Shown.public:
            return clause_words(clause)
        case Shown.range_:
            labels = [column(name) for name in columns_of(clause.require)]
            zh, en = "、".join(of.zh for of in labels), ", ".join(of.en for of in labels)
            return Words(
                f"{zh}须达到银行要求（具体标准不公开）", f"{en}: up to the bank's standard, which is not published"
            )
        case _:
            return INTERNAL


def criteria_for_firm(product: Product) -> list[dict[str, str]]:
    """List a product's clauses in words for a firm, with the reason of one that gives it; all internal are one line."""
    found = expanded(product.criteria)
    told = [
        told_clause(id_for_firm(one), words_for_firm(one), one) for one in found if one.shown is not Shown.bank_only
    ]
    if len(told) < len(found):
        told.append({"id": BANK_INTERNAL, "zh": INTERNAL.zh, "en": INTERNAL.en})
    return told


def told_clause(id_: str, words: Words, clause: Clause) -> dict[str, str]:
    """Return a clause as a list names it; its reason only where the clause is public."""
    reason = clause.reason_zh if clause.shown is Shown.public else None
    return {"id": id_, "zh": words.zh, "en": words.en} | ({} if reason is None else {"reason_zh": reason})


def document_for_firm(product: Product) -> dict[str, Any]:
    """Return a product's document with its public clauses alone."""
    public = {clause.id for clause in expanded(product.criteria) if clause.shown is Shown.public}
    document = product.model_dump(mode="json")
    return document | {"criteria": [row for row in document["criteria"] if row["id"] in public]}


def refusal_for_firm(eligibility: Eligibility, row: int) -> FirmTold | None:
    """Return what a firm is told of a refusal where that is not the clause that failed first; None where it is."""
    told = failing_for_firm(eligibility, row)
    if told == eligibility.clause_ids[int(eligibility.first_failing[row])]:
        return None
    if told == BANK_INTERNAL:
        return FirmTold(told, INTERNAL, Words("", ""))
    if told == BANK_RANGE:
        clause, node = next(
            (clause, node)
            for place, (clause, node) in enumerate(zip(eligibility.clauses, eligibility.nodes, strict=True))
            if clause.shown is Shown.range_ and eligibility.clause_verdicts[row, place] == NO
        )
        near = distance(node, eligibility.frame)[row] <= NEAR_PART
        return FirmTold(told, words_for_firm(clause), NEAR if near else FAR, columns=columns_of(clause.require))
    values = refused_values(eligibility, told, row)
    words = criterion_words(eligibility.product, told, eligibility.request_of(row))
    return FirmTold(told, words, refused_words(eligibility, told, values), values)


def failing_for_firm(eligibility: Eligibility, row: int) -> str:
    """Name what a firm is told to have failed first in one row; empty where nothing fails."""
    names, verdicts = _ids(eligibility), eligibility.clause_verdicts[row].tolist()
    failed = [name for name, verdict in zip(names, verdicts, strict=True) if verdict == NO]
    public = next((name for name in failed if name not in (BANK_INTERNAL, BANK_RANGE)), None)
    return public or (BANK_RANGE if BANK_RANGE in failed else BANK_INTERNAL if failed else "")


def distance(node: Node, frame: Frame) -> Floats:
    """Measure how far a condition is from holding, as a part of its bounds; 0 where it holds, ∞ where nothing measures.

    Of all parts the farthest counts, of any the nearest.
    """
    if isinstance(node, Group):
        parts = [distance(part, frame) for part in node.parts]
        return np.asarray(reduce(np.maximum if node.is_all else np.minimum, parts))
    far = np.full(frame.rows, np.inf)
    match node:
        case NumberTest(outside=False):
            scale = PPM if column(node.column).unit in PPM_UNITS else 1
            values = frame.numbers(node.column).values.astype(np.float64) * scale
            far = np.minimum(*(_beside(values, bound) for bound in (node.low, node.high)))
        case RatioTest():
            amounts, over = frame.numbers(node.column).values, frame.numbers(node.over).values
            far = _beside(amounts.astype(np.float64) / np.maximum(over, 1) * PPM, node.ppm)
        case DayTest(op="at_least" | "at_most" | "above" | "below"):
            bound = node.bound(frame)
            span = np.maximum(as_of_days(frame) - bound, 1)
            far = np.abs(frame.numbers(node.column).values.astype(np.float64) - bound) / span
        case _:
            pass
    return np.where(node.truth(frame).yes, 0.0, far)


def _beside(values: Floats, bound: int | None) -> Floats:
    if not bound:  # none, or of no scale of its own
        return np.full_like(values, np.inf)
    return np.asarray(np.abs(values - bound) / abs(bound))


def _ids(eligibility: Eligibility) -> list[str]:
    own = len(eligibility.clauses)
    return [*map(id_for_firm, eligibility.clauses), *eligibility.clause_ids[own:]]
