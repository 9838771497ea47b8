"""What an answer says of its ground."""

from datetime import date

import pytest

from service.store.release_store import ModelState, ModelVersion
from service.work import releases
from service.work.notes import Circumstances, Note, notes

TRAINED_AS_OF = date(2026, 6, 30)
BEFORE = date(2026, 6, 29)


def _version(purpose: str) -> ModelVersion:
    moment = "2026-07-01T08:30:00.000Z"
    return ModelVersion("one-1", purpose, TRAINED_AS_OF, "", "test", ModelState.active, "{}", moment)


def _hindsight(as_of: date, *, risk: bool, ranker: bool) -> list[Note]:
    found = notes(
        Circumstances(
            products_are_samples=False,
            model=_version(releases.RISK) if risk else None,
            learned=_version(releases.RANKING) if ranker else None,
            tells_granted=False,
            absent_tables=frozenset(),
            authorised=True,
            as_of=as_of,
            last_invoice_on=None,
        )
    )
    return [one for one in found if "之后才知悉" in one["zh"]]


@pytest.mark.parametrize(
    ("risk", "ranker", "named"),
    [(True, False, "风险模型"), (False, True, "排序模型"), (True, True, "排序模型和风险模型")],
)
def test_a_model_of_a_later_day_is_said_to_know_too_much(risk: bool, ranker: bool, named: str) -> None:  # noqa: FBT001
    (note,) = _hindsight(BEFORE, risk=risk, ranker=ranker)
    assert note["zh"] == f"{named}用到了数据时点之后才知悉的结果，不代表当日可得的排序。"
    assert note["en"].endswith("read outcomes that became known after 2026-06-29: not the order of that day.")


def test_nothing_is_said_where_no_model_is_of_a_later_day() -> None:
    assert _hindsight(TRAINED_AS_OF, risk=True, ranker=True) == []
    assert _hindsight(BEFORE, risk=False, ranker=False) == []
