"""Which dictionary features a default model may read."""

import pytest

from features.dictionary import FEATURES, Unit
from models.errors import TrainingTableError
from models.inputs import InputKind
from models.offered import BAR, offered_inputs

OFFERED = {item.name: item for item in offered_inputs(list(FEATURES))}


def test_numbers_keep_the_direction_and_tables_of_the_dictionary() -> None:
    for name, feature in FEATURES.items():
        if feature.unit not in (Unit.code, Unit.day, Unit.year):
            assert OFFERED[name].direction == feature.direction, name
            assert set(OFFERED[name].tables) == feature.tables, name


def test_neither_place_nor_calendar_is_offered() -> None:
    assert not {"region", "prefecture", "tax_rating_year", "last_invoice_on", "last_sale_on"} & set(OFFERED)


def test_codes_are_read_in_their_order_or_as_mere_names() -> None:
    assert OFFERED["tax_rating"].levels == ("A", "B", "M", "C", "D")
    assert OFFERED["tax_rating"].direction == -1  # D, the last, is the riskiest
    assert OFFERED["worst_loan_class_24m"].levels[-1] == "loss"
    assert OFFERED["industry_section"].kind is InputKind.nominal


def test_the_bar_is_a_feature_where_more_is_safer() -> None:
    assert OFFERED[BAR].direction == 1


def test_the_order_is_the_dictionarys_whatever_order_is_asked() -> None:
    backwards = offered_inputs(list(FEATURES)[::-1])
    assert [item.name for item in backwards] == list(OFFERED)


def test_an_outcome_or_a_banks_rating_is_named_and_refused() -> None:
    with pytest.raises(TrainingTableError, match="credit_rating, defaulted"):
        offered_inputs(["sales_12m_fen", "defaulted", "credit_rating"])
