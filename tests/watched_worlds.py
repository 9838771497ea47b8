"""A small world of loans in which arrears of tax mostly come before a default, and some arrears before nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
from fact_rows import fact

from features.watch import month_ends

FIRMS, FAILING, NOISY = 240, 70, 30
FIRST, END = date(2023, 7, 1), date(2026, 6, 30)
_TERM = timedelta(days=730)
Row = dict[str, Any]


def watched_world(seed: int = 1, *, tells: bool = True) -> dict[str, list[Row]]:
    """Return stored rows of loans, arrears and enterprises: a loan of two years per firm.

    The first `FAILING` firms stop paying between one month and 15 after drawdown; three in four have arrears of tax two
    to five months before (where nothing `tells`, other firms have them instead).
    """
    generator = np.random.default_rng(seed)
    rows: dict[str, list[Row]] = {"enterprises": [], "loans": [], "tax_arrears": []}
    whose = np.arange(FIRMS) if tells else generator.permutation(FIRMS)
    for number in range(FIRMS):
        drawn = FIRST + timedelta(days=int(generator.integers(0, 600)))
        missed = drawn + timedelta(days=int(generator.integers(30, 450))) if number < FAILING else None
        rows["enterprises"].append(fact("enterprises", enterprise=firm(number), known_on=FIRST, name=f"第{number}户"))
        rows["loans"] += _reports(firm(number), drawn, missed)
        before = timedelta(days=int(generator.integers(60, 150)))
        fallen_behind = missed is not None and generator.random() < 0.75
        if fallen_behind or FAILING <= number < FAILING + NOISY:
            arisen = (missed or drawn + timedelta(days=300)) - before
            rows["tax_arrears"].append(_arrears(firm(int(whose[number])), max(arisen, FIRST), number))
    return rows


def known_by(rows: dict[str, list[Row]], day: date) -> dict[str, list[Row]]:
    """Return the rows that were known by a day."""
    return {name: [one for one in some if one["known_on"] <= day] for name, some in rows.items()}


def firm(number: int) -> str:
    """Return the id of a firm."""
    return f"test:{number:04d}"


def _arrears(enterprise: str, arisen: date, serial: int) -> Row:
    known = arisen + timedelta(days=6)
    return fact("tax_arrears", enterprise=enterprise, arisen_on=arisen, amount_fen=10_000 + serial, known_on=known)


def _reports(enterprise: str, drawn: date, missed: date | None) -> Iterator[Row]:
    due = drawn + _TERM
    until = min(END, missed + timedelta(days=455)) if missed else min(END, due + timedelta(days=31))
    for day in month_ends(drawn, until):
        yield fact(
            "loans",
            enterprise=enterprise,
            loan_no=f"L{enterprise}",
            reported_on=day,
            known_on=day + timedelta(days=10),
            principal_fen=100_000,
            balance_fen=0 if missed is None and day >= due else 100_000,
            drawn_on=drawn,
            due_on=due,
            days_past_due=max((day - missed).days, 0) if missed else 0,
        )
