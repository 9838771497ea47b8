"""Enterprise ids (`scheme:value`) and the unified social credit code with its two check digits.

GB 32100-2015: 1 registering authority, 1 category, 6 region, 9 organisation code, 1 check digit. The organisation code
ends in a check digit of its own (GB 11714-1997).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from features.errors import EnterpriseIdError

#: GB 32100-2015, table 2: no I, O, S, V, Z.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: First two characters of what the market regulator registers: companies, sole proprietors, farmers' cooperatives.
CATEGORIES = ("91", "92", "93")

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Codes issued so far begin with a digit or with M, so that a made one never is that of an existing enterprise.
_MADE = "XX"
_SERIAL_LENGTH = 6
_CUMCM2020C = re.compile(r"E[1-9]\d{0,5}")
_REGION = re.compile(r"[1-9]\d{5}")


class Scheme(StrEnum):
    """Who numbered the enterprise."""

    uscc = "uscc"
    cumcm2020c = "cumcm2020c"


class UsccFault(StrEnum):
    """What is wrong with a text that should be a unified social credit code."""

    length = "length"
    characters = "characters"
    check_digit = "check_digit"


@dataclass(frozen=True, slots=True)
class EnterpriseId:
    """An enterprise's id; its text is `scheme:value`."""

    scheme: Scheme
    value: str

    def __str__(self) -> str:
        """Return `scheme:value`."""
        return f"{self.scheme}:{self.value}"


def parse_enterprise_id(text: str) -> EnterpriseId:
    """Return the id written as `scheme:value`; raise `EnterpriseIdError` where scheme or value is not one."""
    scheme, colon, value = text.partition(":")
    if not colon or scheme not in {one.value for one in Scheme}:
        raise EnterpriseIdError(f"{text!r} is not an enterprise id of the form scheme:value; schemes: uscc, cumcm2020c")
    return make_enterprise_id(Scheme(scheme), value)


def make_enterprise_id(scheme: Scheme, value: str) -> EnterpriseId:
    """Return the id of a bare value in normal form; raise `EnterpriseIdError` where it is not one of the scheme."""
    if scheme is Scheme.uscc:
        code = normal_uscc(value)
        fault = uscc_fault(code)
        if fault is not None:
            raise EnterpriseIdError(f"{value!r} is not a unified social credit code: wrong {fault.replace('_', ' ')}")
        return EnterpriseId(scheme, code)
    if not _CUMCM2020C.fullmatch(value):
        raise EnterpriseIdError(f"{value!r} is not an id of the set cumcm2020c, which are E1, E2, …")
    return EnterpriseId(scheme, value)


def normal_uscc(text: str) -> str:
    """Return the text as codes are stored: upper case, half-width, without blanks and hyphens."""
    return str(uscc.compact(text))


def uscc_fault(code: str) -> UsccFault | None:
    """Return what is wrong with a code in normal form (its last check digit included), None where nothing is."""
    try:
        uscc.validate(code)
    except InvalidLength:
        return UsccFault.length
    except InvalidChecksum:
        return UsccFault.check_digit
    except ValidationError:
        return UsccFault.characters
    return None


def make_uscc(category: str, region: str, serial: int) -> str:
    """Return a code of no existing enterprise with both check digits right.

    `category` is one of `CATEGORIES` ("91" company, "92" sole proprietor, "93" cooperative), `region` six digits of
    GB/T 2260, `serial` from 0 to 31^6 - 1 (887 million). Raises `EnterpriseIdError` for anything else.
    """
    if category not in CATEGORIES or not _REGION.fullmatch(region):
        raise EnterpriseIdError(f"no category {category!r} or region {region!r}: 91, 92 or 93 and six digits are asked")
    body = _MADE + _serial_text(serial)
    first = category + region + body + organisation_check_digit(body)
    return first + str(uscc.calc_check_digit(first))


def organisation_check_digit(body: str) -> str:
    """Return the check digit of the eight characters of an organisation code (GB 11714-1997, weights mod 11)."""
    # int(…, 36) gives the standard's values: 0-9, then A = 10 to Z = 35.
    total = sum(weight * int(one, 36) for weight, one in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    return "0123456789X0"[11 - total % 11]


def _serial_text(serial: int) -> str:
    base = len(ALPHABET)
    if not 0 <= serial < base**_SERIAL_LENGTH:
        raise EnterpriseIdError(f"serial {serial} is out of range")
    digits = []
    for _ in range(_SERIAL_LENGTH):
        serial, digit = divmod(serial, base)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
