"""What is taken of a delivered table, what is quarantined and by which rule."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from delivered import GOOD, RECEIVED_ON, A, B, row
from hypothesis import given
from hypothesis import strategies as st

from features.errors import ColumnTypeError, MissingColumnError
from features.quality import Checked, Source, check, sentence
from features.rules import SENTENCES, Rule
from features.tables import TABLES, stored_schema
from features.tables.frames import frame_schema

KNOWN = {f"uscc:{A}"}
EVERY = pytest.mark.parametrize("name", TABLES)


def text_frame(rows: list[dict[str, str]]) -> pa.Table:
    columns = {name: pa.array([one[name] or None for one in rows], pa.string()) for name in rows[0]}
    return pa.table(columns)


def checked(name: str, *rows: dict[str, str], received_on: date = RECEIVED_ON) -> Checked:
    return check(TABLES[name], text_frame(list(rows)), Source(received_on), KNOWN)


def findings(result: Checked) -> list[tuple[int, str, str, str | None]]:
    return [(one["row"], one["field"], one["rule"], one["value"]) for one in result.quarantined.to_pylist()]


@EVERY
def test_a_good_row_is_stored_by_the_contract(name: str) -> None:
    result = checked(name, row(name))
    assert findings(result) == []
    assert result.good.schema == stored_schema(TABLES[name])
    frame_schema(TABLES[name]).validate(result.good.to_pandas(types_mapper=pd.ArrowDtype))


def test_values_are_stored_exactly() -> None:
    (invoice,) = checked(
        "invoices", row("invoices", amount_yuan="-0.29", tax_yuan=" +12 ", status="void")
    ).good.to_pylist()
    assert (invoice["amount_fen"], invoice["tax_fen"], invoice["total_fen"]) == (-29, 1200, 113000)
    assert (invoice["enterprise"], invoice["is_void"], invoice["issued_on"]) == (f"uscc:{A}", True, date(2024, 5, 3))
    (loan,) = checked("loans", row("loans")).good.to_pylist()
    assert (loan["annual_rate_ppm"], loan["principal_fen"], loan["days_past_due"]) == (43_500, 30_000_000, 0)


SPOILED = [
    ("enterprises", "registered_capital_yuan", "-1", Rule.negative),
    ("enterprises", "enterprise", A[:17] + ("0" if A[17] != "0" else "1"), Rule.false_check_digit),
    ("enterprises", "enterprise", "12345", Rule.wrong_enterprise_id),
    ("enterprises", "name", "", Rule.missing_value),
    ("enterprises", "name", "两行\n名称", Rule.wrong_form),
    ("enterprises", "region", "62010", Rule.wrong_form),
    ("enterprises", "industry", "Z", Rule.wrong_form),
    ("enterprises", "kind", "有限公司", Rule.unknown_code),
    ("enterprises", "founded_on", "2020-01-03", Rule.known_before_event),
    ("tax_ratings", "rating", "E", Rule.unknown_code),
    ("tax_ratings", "rating_year", "23", Rule.out_of_range),
    ("tax_ratings", "rating_year", "2023.0", Rule.wrong_number),
    ("tax_filings", "period_end", "2024-02-30", Rule.wrong_date),
    ("tax_filings", "filed_on", "2024-04-12", Rule.known_before_event),
    ("tax_filings", "tax_paid_yuan", "-0.01", Rule.negative),
    ("tax_arrears", "amount_yuan", "0", Rule.not_positive),
    ("invoices", "enterprise", B, Rule.unknown_enterprise),
    ("invoices", "issued_on", "2024/05/03", Rule.wrong_date),
    ("invoices", "issued_on", "20240503", Rule.wrong_date),
    ("invoices", "issued_on", "0001-01-01", Rule.wrong_date),
    ("invoices", "issued_on", "2024-05-05", Rule.known_before_event),
    ("invoices", "known_on", "2024-07-01", Rule.known_in_future),
    ("invoices", "known_on", "yesterday", Rule.wrong_date),
    ("invoices", "amount_yuan", "1000.001", Rule.too_many_decimals),
    ("invoices", "amount_yuan", "1,000.00", Rule.wrong_amount),
    ("invoices", "amount_yuan", "1e3", Rule.wrong_amount),
    ("invoices", "amount_yuan", "10000000000001", Rule.out_of_range),
    ("invoices", "amount_yuan", "9999999999999999.99", Rule.out_of_range),
    ("invoices", "amount_yuan", "", Rule.missing_value),
    ("invoices", "counterparty", "  ", Rule.missing_value),
    ("invoices", "status", "红冲", Rule.unknown_code),
    ("loans", "annual_rate", "4.35", Rule.out_of_range),
    ("loans", "annual_rate", "0.04350001", Rule.too_many_decimals),
    ("loans", "annual_rate", "4.35%", Rule.wrong_number),
    ("loans", "balance_yuan", "-1", Rule.negative),
    ("loans", "days_past_due", "-1", Rule.negative),
    ("loans", "days_past_due", "3.5", Rule.wrong_number),
    ("loans", "drawn_on", "2024-07-01", Rule.known_before_event),
    ("judgments", "closed_on", "2024-05-03", Rule.known_before_event),
    ("penalties", "grade", "", Rule.missing_value),
    ("enterprises", "kind", "farm", Rule.unknown_code),
    ("registration_changes", "change", "法定代表人", Rule.unknown_code),
    ("registration_changes", "changed_on", "2024-03-05", Rule.known_before_event),
    ("honours", "honour", "iso9001", Rule.unknown_code),
    ("honours", "granted_on", "", Rule.missing_value),
    ("social_insurance", "period_end", "2024-04-29", Rule.not_month_end),
    ("social_insurance", "insured_count", "10000001", Rule.out_of_range),
    ("social_insurance", "paid_yuan", "-0.01", Rule.negative),
    ("requests", "amount_yuan", "0", Rule.not_positive),
    ("requests", "term_months", "601", Rule.out_of_range),
    ("requests", "requested_on", "2024-03-02", Rule.known_before_event),
    ("shown", "position", "0", Rule.not_positive),
    ("shown", "position", "1001", Rule.out_of_range),
    ("shown", "shown_chance", "1.01", Rule.out_of_range),
    ("shown", "shown_chance", "half", Rule.wrong_number),
    ("shown", "list_order", "best", Rule.unknown_code),
    ("applications", "applied_on", "2024-03-05", Rule.known_before_event),
    ("applications", "product", "", Rule.missing_value),
    ("decisions", "outcome", "approved", Rule.unknown_code),
    ("decisions", "annual_rate", "4.35", Rule.out_of_range),
    ("decisions", "settled_on", "2024-03-22", Rule.known_before_event),
    ("decisions", "settled_on", "2024-03-09", Rule.wrong_settlement),
    ("decisions", "settled_on", "", Rule.wrong_settlement),
]


@pytest.mark.parametrize(
    ("name", "field", "value", "rule"),
    SPOILED,
    ids=[f"{number}-{one[1]}-{one[3]}" for number, one in enumerate(SPOILED)],
)
def test_a_spoiled_value_is_quarantined_by_row_field_and_rule(name: str, field: str, value: str, rule: Rule) -> None:
    result = checked(name, row(name), row(name, **{field: value}), row(name))
    assert findings(result) == [(2, field, rule.value, value or None)]
    assert result.good_rows.tolist() == [1, 3]
    assert result.rows_read == 3
    zh, en = sentence(field, rule, value)
    assert SENTENCES[rule].zh in zh
    assert SENTENCES[rule].en in en
    assert field in zh


def test_all_that_is_wrong_with_a_row_is_named_and_the_row_counted_once() -> None:
    result = checked("invoices", row("invoices", amount_yuan="x", issued_on="y", status=""))
    assert {(field, rule) for _, field, rule, _ in findings(result)} == {
        ("amount_yuan", "wrong_amount"),
        ("issued_on", "wrong_date"),
        ("status", "missing_value"),
    }
    assert result.quarantined_rows == 1


def test_an_amount_and_a_tax_that_miss_the_total_are_warned_of_and_taken() -> None:
    result = checked("invoices", row("invoices", amount_yuan="x"), row("invoices", total_yuan="1130.01"))
    assert result.good.num_rows == 1
    assert [(one["row"], one["rule"], one["value"]) for one in result.warnings.to_pylist()] == [
        (2, "total_differs", "1130.01")
    ]


def test_what_may_be_missing_stays_missing() -> None:
    (found,) = checked(
        "enterprises", row("enterprises", kind="", founded_on="", registered_capital_yuan="")
    ).good.to_pylist()
    assert found["kind"] is found["founded_on"] is found["registered_capital_fen"] is None


def test_without_a_day_known_the_day_of_the_delivery_is_taken() -> None:
    bare = row("invoices")
    del bare["known_on"]
    (found,) = checked("invoices", bare).good.to_pylist()
    assert (found["known_on"], found["known_on_basis"]) == (RECEIVED_ON, "recorded")
    (found,) = checked("invoices", row("invoices", known_on="")).good.to_pylist()
    assert found["known_on"] == RECEIVED_ON


@pytest.mark.parametrize("outcome", ["refused", "granted"])
def test_only_what_was_taken_or_lapsed_has_a_day_settled(outcome: str) -> None:
    settled, still_open = row("decisions", outcome=outcome), row("decisions", outcome=outcome, settled_on="")
    result = checked("decisions", settled, still_open)
    assert findings(result) == [(1, "settled_on", "wrong_settlement", "2024-03-20")]
    assert result.good_rows.tolist() == [2]


def test_a_rate_that_was_not_recorded_is_missing_and_one_that_was_is_exact() -> None:
    chances = [row("shown", shown_chance=chance) for chance in ("", "0", "0.333333", "1")]
    assert checked("shown", *chances).good["shown_chance_ppm"].to_pylist() == [None, 0, 333_333, 1_000_000]
    bare = row("decisions", amount_yuan="", annual_rate="", loan_no="")
    (found,) = checked("decisions", bare).good.to_pylist()
    assert found["amount_fen"] is found["annual_rate_ppm"] is found["loan_no"] is None


@pytest.mark.parametrize(
    ("day", "is_taken"), [("2024-02-29", True), ("2024-02-28", False), ("2023-02-28", True), ("2023-12-31", True)]
)
def test_a_month_is_named_by_its_last_day(day: str, is_taken: bool) -> None:  # noqa: FBT001 - a parameter of the case
    assert (checked("social_insurance", row("social_insurance", period_end=day)).good.num_rows == 1) is is_taken


def test_a_missing_required_column_refuses_the_file() -> None:
    bare = row("invoices")
    del bare["status"], bare["tax_yuan"]
    with pytest.raises(MissingColumnError) as refused:
        checked("invoices", bare)
    assert refused.value.columns == ("tax_yuan", "status")


def test_columns_beyond_the_contract_are_named_and_left_out() -> None:
    result = checked("penalties", row("penalties", remark="备注"))
    assert result.ignored_columns == ("remark",)
    assert "remark" not in result.good.column_names


def typed_invoices(**columns: pa.Array) -> pa.Table:
    frame = text_frame([GOOD["invoices"]] * len(next(iter(columns.values()))))
    for name, values in columns.items():
        frame = frame.set_column(frame.schema.get_field_index(name), name, values)
    return frame


def test_typed_columns_are_read_as_their_text_would_be() -> None:
    frame = typed_invoices(
        issued_on=pa.array([date(2024, 5, 3), None, None], pa.date32()),
        known_on=pa.array([1_714_780_800_000, 1_714_780_800_001, None], pa.timestamp("ms")),
        invoice_no=pa.array([7, 8, 9], pa.int64()),
        amount_yuan=pa.array([943.4, 0.1 + 0.2, float("nan")]),
        tax_yuan=pa.array([Decimal("1.50"), Decimal("1.505"), None], pa.decimal128(20, 3)),
        total_yuan=pa.array([1, 2, None], pa.int32()),
        status=pa.array(["valid", "void", None]).dictionary_encode(),
    )
    result = check(TABLES["invoices"], frame, Source(RECEIVED_ON), KNOWN)
    (found,) = result.good.to_pylist()
    assert (found["amount_fen"], found["tax_fen"], found["total_fen"]) == (94_340, 150, 100)
    assert (found["invoice_no"], found["known_on"]) == ("7", date(2024, 5, 4))
    assert {(number, field, rule) for number, field, rule, _ in findings(result)} == {
        (2, "issued_on", "missing_value"),
        (2, "known_on", "wrong_date"),
        (2, "amount_yuan", "too_many_decimals"),
        (2, "tax_yuan", "too_many_decimals"),
        (3, "issued_on", "missing_value"),
        (3, "amount_yuan", "missing_value"),
        (3, "tax_yuan", "missing_value"),
        (3, "total_yuan", "missing_value"),
        (3, "status", "missing_value"),
    }


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("amount_yuan", pa.array([1.5], pa.float32())),
        ("invoice_no", pa.array([1.0])),
        ("issued_on", pa.array([20240503])),
        ("issued_on", pa.array([0], pa.timestamp("s", "Asia/Shanghai"))),
        ("status", pa.array([True])),
    ],
)
def test_a_type_that_cannot_hold_the_values_refuses_the_file(name: str, values: pa.Array) -> None:
    with pytest.raises(ColumnTypeError) as refused:
        check(TABLES["invoices"], typed_invoices(**{name: values}), Source(RECEIVED_ON), KNOWN)
    assert refused.value.column == name


FEN = st.integers(-(10**15), 10**15)


@given(st.lists(FEN, min_size=1, max_size=20))
def test_every_amount_comes_back_as_text_float_or_decimal(amounts: list[int]) -> None:
    yuan = [Decimal(one) / 100 for one in amounts]
    forms = [
        pa.array([f"{one:f}" for one in yuan]),
        pa.array([f"{one:.4f}" for one in yuan]),
        pa.array([float(one) for one in yuan]),
        pa.array([one.quantize(Decimal("0.01")) for one in yuan], pa.decimal128(20, 2)),
    ]
    for form in forms:
        result = check(TABLES["invoices"], typed_invoices(amount_yuan=form), Source(RECEIVED_ON), KNOWN)
        assert result.good["amount_fen"].to_pylist() == amounts


@given(st.floats(-1e13, 1e13))
def test_a_float_counts_as_its_shortest_decimal(yuan: float) -> None:
    fen = Decimal(repr(yuan)) * 100
    result = check(TABLES["invoices"], typed_invoices(amount_yuan=pa.array([yuan])), Source(RECEIVED_ON), KNOWN)
    if fen == fen.to_integral_value():
        assert result.good["amount_fen"].to_pylist() == [int(fen)]
    else:
        assert findings(result) == [(1, "amount_yuan", "too_many_decimals", findings(result)[0][3])]


@given(st.text(max_size=12))
def test_no_text_is_taken_for_an_amount_that_it_does_not_say(text: str) -> None:
    frame = typed_invoices(amount_yuan=pa.array([text]))
    result = check(TABLES["invoices"], frame, Source(RECEIVED_ON), KNOWN)
    for stored in result.good["amount_fen"].to_pylist():
        assert Decimal(text.strip()) * 100 == stored


def test_every_rule_has_its_sentences() -> None:
    assert set(SENTENCES) == set(Rule)
