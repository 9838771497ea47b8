"""Cases run: the product's verdict, first failing criterion, sentence and all-in rate beside what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from matching.amounts import PPM, ratio_text
from matching.cases_file import Case, CaseFile, Said
from matching.compile import CANNOT_TELL, NO, YES
from matching.cost import all_in_by_day
from matching.criteria import EPOCH
from matching.eligibility import Eligibility, Requests, evaluate
from matching.product import Product
from matching.sentence import criterion_words
from matching.vocabulary import column

SAID = {YES: Said.yes, NO: Said.no, CANNOT_TELL: Said.cannot_tell}
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected of a case, and what came."""

    case: str
    field: str
    expected: str
    came: str


def run_cases(file: CaseFile) -> tuple[Difference, ...]:
    """Run the cases of one product together and return what does not hold, in written order."""
    if not file.cases:
        return ()
    asked = Requests(
        np.array([case.request.amount_fen or 0 for case in file.cases], dtype=np.int64),
        np.array([case.request.term_months or 0 for case in file.cases], dtype=np.int64),
    )
    eligibility = evaluate(file.product, _table(file.cases), asked)
    return tuple(
        difference for row, case in enumerate(file.cases) for difference in _differences(case, eligibility, row)
    )


def _differences(case: Case, eligibility: Eligibility, row: int) -> list[Difference]:
    product = eligibility.product
    failing = int(eligibility.first_failing[row])
    name = eligibility.clause_ids[failing] if failing >= 0 else NOTHING
    sentence = criterion_words(product, name, case.request).zh if failing >= 0 else NOTHING
    rate = _rate(product, case)
    found = [
        ("verdict", case.verdict.value, SAID[int(eligibility.verdict[row])].value),
        ("first_failing", case.first_failing, name),
        ("sentence", case.sentence, sentence),
        ("all_in", None if case.all_in_ppm is None else ratio_text(case.all_in_ppm), rate),
        ("all_in_at_least", None if case.all_in_at_least_ppm is None else ratio_text(case.all_in_at_least_ppm), rate),
    ]
    return [
        Difference(case.name, field, expected, came)
        for field, expected, came in found
        if expected is not None and expected != came
    ]


def _rate(product: Product, case: Case) -> str:
    amount, term = case.request.amount_fen, case.request.term_months
    if amount is None or term is None or (case.all_in_ppm is None and case.all_in_at_least_ppm is None):
        return NOTHING
    one = (np.array([value], dtype=np.int64) for value in (amount, term, (case.as_of - EPOCH).days))
    price = all_in_by_day(product, *one)
    return ratio_text(int(price.rate_ppm[0])) if price.priced[0] else NOTHING


def _table(cases: Sequence[Case]) -> pa.Table:
    names = dict.fromkeys(name for case in cases for name in case.facts)
    columns: dict[str, pa.Array[Any]] = {name: _array(name, [case.facts.get(name) for case in cases]) for name in names}
    return pa.table(
        {
            ENTERPRISE: pa.array([f"case:{place}" for place in range(len(cases))], type=pa.string()),
            AS_OF: pa.array([case.as_of for case in cases], type=pa.date32()),
            **columns,
        }
    )


def _array(name: str, values: Sequence[int | str | None]) -> "pa.Array[Any]":
    match column(name).unit:
        case "code":
            return pa.array(values, type=pa.string())
        case "day":
            return pa.array(values, type=pa.int32()).cast(pa.date32())
        case "ratio" | "log":
            # int ÷ int is the double nearest to the fraction, as a profile holds it.
            return pa.array([None if value is None else int(value) / PPM for value in values], type=pa.float64())
        case _:
            return pa.array(values, type=pa.int64())
