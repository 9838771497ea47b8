"""Values as people write them: read exactly, or refused with a sentence."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import edge
from service.errors import BadRequestError


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (edge.amount_fen, "500000", 50_000_000),
        (edge.amount_fen, "0.01", 1),
        (edge.amount_fen, " 1,234.50 ", 123_450),
        (edge.amount_fen, "５００", 50_000),
        (edge.amount_fen, "1000000000000", 10**14),
        (edge.amount_fen, "1.500", 150),
        (edge.amount_wan_fen, "50", 50_000_000),
        (edge.amount_wan_fen, "0.000001", 1),
        (edge.term_months, "12", 12),
        (edge.term_months, "600", 600),
        (edge.list_length, "1000", 1000),
        (edge.day, "2026-06-30", date(2026, 6, 30)),
        (edge.day, "２０２６-０６-３０", date(2026, 6, 30)),
    ],
)
def test_a_value_is_read(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((edge.amount_fen, text) for text in ("", "0", "-1", "1.001", "1e5", "NaN", "inf", "1_000")),
        *((edge.amount_fen, text) for text in ("十", "1000000000000.01")),
        *((edge.amount_wan_fen, text) for text in ("0", "0.0000001", "100000000.000001", "abc")),
        *((edge.term_months, text) for text in ("0", "-3", "1.5", "601", "", "x", "9" * 400)),
        *((edge.list_length, text) for text in ("0", "1001", "all")),
        *((edge.day, text) for text in ("2026-02-30", "20260630", "2026-W01-1", "2026-6-30", "", "today")),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused_in_both_languages(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        read(text)
    assert caught.value.zh
    assert caught.value.en


@given(st.integers(min_value=1, max_value=edge.LARGEST_AMOUNT_FEN))
def test_no_fen_is_lost(fen: int) -> None:
    assert edge.amount_fen(str(Decimal(fen) / 100)) == fen
    assert edge.amount_wan_fen(f"{Decimal(fen) / 1_000_000:f}") == fen


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    for read in (edge.amount_fen, edge.amount_wan_fen, edge.term_months, edge.list_length, edge.day):
        try:
            value: object = read(text)
        except BadRequestError:
            continue
        assert value
