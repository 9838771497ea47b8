"""Enterprise ids and the check digits of unified social credit codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import EnterpriseIdError
from features.uscc import (
    ALPHABET,
    CATEGORIES,
    EnterpriseId,
    Scheme,
    UsccFault,
    make_enterprise_id,
    make_uscc,
    normal_uscc,
    organisation_check_digit,
    parse_enterprise_id,
    uscc_fault,
)

REAL = "91110000600037341L"
#: GB 32100-2015: weight i is 3^i mod 31.
WEIGHTS = [pow(3, i, 31) for i in range(17)]
SERIALS = st.integers(0, 31**6 - 1)


def check_character(first: str) -> str:
    total = sum(weight * ALPHABET.index(one) for weight, one in zip(WEIGHTS, first, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def test_the_standard_s_own_example_holds() -> None:
    assert uscc_fault(REAL) is None
    assert check_character(REAL[:17]) == "L"
    assert organisation_check_digit(REAL[8:16]) == REAL[16]


@given(category=st.sampled_from(CATEGORIES), region=st.sampled_from(["620102", "623027"]), serial=SERIALS)
def test_a_made_code_satisfies_both_standards(category: str, region: str, serial: int) -> None:
    code = make_uscc(category, region, serial)
    assert len(code) == 18
    assert code.startswith(category + region)
    assert uscc_fault(code) is None
    assert code[17] == check_character(code[:17])
    assert code[16] == organisation_check_digit(code[8:16])


@given(st.sets(SERIALS, min_size=2, max_size=50))
def test_serials_give_different_codes(serials: set[int]) -> None:
    assert len({make_uscc("91", "620102", one) for one in serials}) == len(serials)


@given(serial=SERIALS, place=st.integers(0, 17), character=st.sampled_from(ALPHABET))
def test_any_one_changed_character_is_found(serial: int, place: int, character: str) -> None:
    code = make_uscc("92", "620102", serial)
    changed = code[:place] + character + code[place + 1 :]
    assert (uscc_fault(changed) is None) == (changed == code)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91110000600037341M", UsccFault.check_digit),
        ("9111000060003734", UsccFault.length),
        ("", UsccFault.length),
        ("9111000060003734IL", UsccFault.characters),
        ("A1110000600037341L", UsccFault.characters),
    ],
)
def test_each_fault_has_its_name(code: str, fault: UsccFault) -> None:
    assert uscc_fault(code) is fault


def test_an_id_is_read_in_normal_form() -> None:
    assert parse_enterprise_id(f"uscc: {REAL.lower()} ") == EnterpriseId(Scheme.uscc, REAL)
    assert normal_uscc("9111 0000-600037341l") == REAL
    assert str(parse_enterprise_id("cumcm2020c:E425")) == "cumcm2020c:E425"


@pytest.mark.parametrize("text", [REAL, "E1", "uscc:E1", "cumcm2020c:E0", "cumcm2020c:E01", "duns:1", "uscc:", ""])
def test_other_texts_are_no_ids(text: str) -> None:
    with pytest.raises(EnterpriseIdError):
        parse_enterprise_id(text)


def test_what_cannot_be_made_is_refused() -> None:
    for category, region, serial in [("11", "620102", 1), ("91", "62010", 1), ("91", "620102", -1)]:
        with pytest.raises(EnterpriseIdError):
            make_uscc(category, region, serial)
    with pytest.raises(EnterpriseIdError):
        make_uscc("91", "620102", 31**6)
    assert make_enterprise_id(Scheme.cumcm2020c, "E7").value == "E7"
