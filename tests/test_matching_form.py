"""The flat fields of a form: everything that can be written comes back the same, and a bad field is named."""

import contextlib
import html
import urllib.parse

import pytest
from criteria_worlds import whole_criteria
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row

from matching.criteria import Clause
from matching.errors import FormError
from matching.form import from_fields, to_fields
from matching.product import sample_products

GOOD = {
    "clause.0.id": "sales",
    "clause.0.op": "at_least",
    "clause.0.column": "sales_12m_fen",
    "clause.0.value": "500000",
}
PLAIN = {"column": "buyers_12m", "op": "at_least", "value": 5}


def clauses(rows: list[Row]) -> tuple[Clause, ...]:
    return tuple(Clause.model_validate(row) for row in rows)


def posted(fields: dict[str, str]) -> dict[str, str]:
    """Send the fields through what a browser does to them."""
    body = urllib.parse.urlencode({html.unescape(html.escape(name)): value for name, value in fields.items()})
    return dict(urllib.parse.parse_qsl(body, keep_blank_values=True))


@given(criteria=whole_criteria(), words=st.sampled_from([None, "甲且乙", 'a & b = "c"', " 空 格 "]))
def test_all_that_can_be_written_comes_back_the_same(criteria: list[Row], words: str | None) -> None:
    rows = [criteria[0] | {"zh": words, "en": words}, *criteria[1:]]
    before = clauses(rows)
    after = from_fields(posted(to_fields(before)))
    assert after == before
    assert [one.model_dump_json() for one in after] == [one.model_dump_json() for one in before]


@given(number=st.sampled_from([5, -5, 0, "5", "-5", "0", "-0", "05", "5.00", " 5", "5 ", "1e3", "0.07", "1_000"]))
def test_a_number_comes_back_as_it_was_written(number: int | str) -> None:
    for column in ("sales_12m_fen", "top_buyer_share_12m"):
        before = clauses([{"id": "c", "require": {"column": column, "op": "in", "values": [number]}}])
        after = from_fields(to_fields(before))
        assert after == before
        assert repr(after[0].require) == repr(before[0].require)


@pytest.mark.parametrize("product", sample_products(), ids=lambda one: one.id)
def test_sample_products_pass_through_a_form(product: object) -> None:
    criteria = product.criteria  # type: ignore[attr-defined]
    assert from_fields(to_fields(criteria)) == criteria


def test_what_a_person_types_is_read_by_the_unit() -> None:
    typed = GOOD | {
        "clause.0.value": " 500000 ",
        "clause.0.zh": "",
        "clause.1.id": "place",
        "clause.1.op": "in",
        "clause.1.column": "prefecture",
        "clause.1.values.0": "620100",
        "clause.2.id": "both",
        "clause.2.op": "all",
        "clause.2.part.0.op": "not",
        "clause.2.part.0.part.0.op": "clause",
        "clause.2.part.0.part.0.clause": "place",
        "clause.2.part.1.op": "at_most",
        "clause.2.part.1.column": "loan_balance_fen",
        "clause.2.part.1.over": "sales_12m_fen",
        "clause.2.part.1.value": "0.5",
        "clause.3.id": "recent",
        "clause.3.op": "at_least",
        "clause.3.column": "last_sale_on",
        "clause.3.months_before": "3",
        "clause.3.shown": "bank_only",
        "clause.3.ground": "fraud",
    }
    ratio = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"}
    assert from_fields(typed) == clauses(
        [
            {"id": "sales", "require": {"column": "sales_12m_fen", "op": "at_least", "value": 500000}},
            {"id": "place", "require": {"column": "prefecture", "op": "in", "values": ["620100"]}},
            {"id": "both", "require": {"all": [{"not": {"clause": "place"}}, ratio]}},
            {
                "id": "recent",
                "require": {"column": "last_sale_on", "op": "at_least", "value": {"months_before": 3}},
                "shown": "bank_only",
                "ground": "fraud",
            },
        ]
    )


BAD: dict[str, tuple[dict[str, str | None], str]] = {
    "no clause": (dict.fromkeys(GOOD), "clause.0.id"),
    "no op": ({"clause.0.op": None}, "clause.0.op"),
    "no column": ({"clause.0.column": ""}, "clause.0.column"),
    "no value": ({"clause.0.value": None}, "clause.0.value"),
    "no id": ({"clause.0.id": None}, "clause.0.id"),
    "a bad id": ({"clause.0.id": "Sales 12"}, "clause.0.id"),
    "an unknown op": ({"clause.0.op": "more_than"}, "clause.0.op"),
    "a sentence for an op": ({"clause.0.op": "年开票不低于50万元"}, "clause.0.op"),
    "an unknown column": ({"clause.0.column": "年开票"}, "clause.0.column"),
    "a sentence for a value": ({"clause.0.value": "五十万元"}, "clause.0.value"),
    "a value in thirds": ({"clause.0.value": "0.333"}, "clause.0.value"),
    "a value without end": ({"clause.0.value": "9" * 5000}, "clause.0.value"),
    "a value too large": ({"clause.0.value": "9" * 30}, "clause.0.value"),
    "full-width digits of a count": (
        {"clause.0.column": "buyers_12m", "clause.0.value": "５"},
        "clause.0.value",
    ),
    "a gap": ({"clause.2.id": "x", "clause.2.op": "clause", "clause.2.clause": "sales"}, "clause.1"),
    "a strange field": ({"clause.0.colour": "red"}, "clause.0.colour"),
    "a strange form": ({"product.0.id": "x"}, "product"),
    "parts of a value": ({"clause.0.value.0": "1"}, "clause.0.value.0"),
    "a leading zero": ({"clause.00.id": "x"}, "clause.00"),
    "a clause without number": ({"clause": "x"}, "clause"),
    "a part for a comparison": ({"clause.0.part.0.op": "all"}, "clause.0.part"),
    "a divisor without end": ({"clause.0.over": "buyers_12m"}, "clause.0"),
    "a divisor unknown": ({"clause.0.over": "profit"}, "clause.0.over"),
    "a day of a sum": ({"clause.0.value": None, "clause.0.days_before": "9"}, "clause.0"),
    "a day in words": (
        {"clause.0.column": "last_sale_on", "clause.0.value": None, "clause.0.days_before": "九十"},
        "clause.0.days_before",
    ),
    "a day below none": (
        {"clause.0.column": "last_sale_on", "clause.0.value": None, "clause.0.days_before": "-1"},
        "clause.0.days_before",
    ),
    "a day that is none": ({"clause.0.column": "last_sale_on", "clause.0.value": "2026-02-30"}, "clause.0.value"),
    "days and months": (
        {
            "clause.0.column": "last_sale_on",
            "clause.0.value": None,
            "clause.0.days_before": "1",
            "clause.0.months_before": "1",
        },
        "clause.0",
    ),
    "an unknown mark": ({"clause.0.value_as": "number"}, "clause.0.value_as"),
    "shown to nobody": ({"clause.0.shown": "nobody"}, "clause.0.shown"),
    "a ground in the open": ({"clause.0.ground": "fraud"}, "clause.0"),
    "a loop": (
        {"clause.0.op": "clause", "clause.0.clause": "sales", "clause.0.column": None, "clause.0.value": None},
        "clause",
    ),
    "an unknown reference": (
        {"clause.0.op": "clause", "clause.0.clause": "gone", "clause.0.column": None, "clause.0.value": None},
        "clause.0",
    ),
    "twice the same id": (
        {f"clause.1.{name.rsplit('.', 1)[1]}": value for name, value in GOOD.items()},
        "clause.1.id",
    ),
    "an empty group": (
        {"clause.0.op": "all", "clause.0.column": None, "clause.0.value": None},
        "clause.0.all",
    ),
    "a not of two": (
        {
            "clause.0.op": "not",
            "clause.0.column": None,
            "clause.0.value": None,
            "clause.0.part.0.op": "clause",
            "clause.0.part.0.clause": "sales",
            "clause.0.part.1.op": "clause",
            "clause.0.part.1.clause": "sales",
        },
        "clause.0.part",
    ),
    "a code above": ({"clause.0.column": "tax_rating", "clause.0.value": "A"}, "clause.0"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_field_is_named(name: str) -> None:
    changes, field = BAD[name]
    fields = {key: value for key, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(FormError) as refused:
        from_fields(fields)
    assert refused.value.field == field
    assert field in str(refused.value)


def test_ten_thousand_clauses_and_deep_nesting_are_refused() -> None:
    many = {f"clause.{n}.{part}": text for n in range(10_000) for part, text in (("id", f"c{n}"), ("op", "clause"))}
    with pytest.raises(FormError, match="more than 200"):
        from_fields(many)
    with pytest.raises(FormError, match="more than 20000"):
        from_fields({f"clause.{n}.id": "x" for n in range(20_001)})
    with pytest.raises(FormError, match="deep"):
        from_fields(GOOD | {"clause.1" + ".part.0" * 10_000 + ".op": "all"})
    nine = {f"clause.0{'.part.0' * depth}.op": "not" for depth in range(10)}
    with pytest.raises(FormError, match="deep"):
        from_fields({"clause.0.id": "x"} | nine)


@given(
    fields=st.dictionaries(st.sampled_from(sorted({*GOOD, "clause.0.part.0.op", "clause.0.over"})), st.text(max_size=9))
)
def test_anything_posted_is_read_or_refused_by_name(fields: dict[str, str]) -> None:
    with contextlib.suppress(FormError):
        assert from_fields(to_fields(from_fields(fields)))
