"""A bank's product as data: amount, term, price, limits, fees and criteria, read from JSON without a float.

The file format is that of `Product.model_json_schema(by_alias=True)`; money in it is yuan, inside it is fen.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from matching.amounts import Ratio, Yuan
from matching.canonical import demands
from matching.criteria import MAX_CONDITIONS, Clause, expanded
from matching.criteria_check import check_criteria
from matching.documents import distinct, parse, read_as
from matching.errors import CriteriaError, ProductError
from matching.particulars import Desk, Places, RateRule, Service, Stage, is_empty, is_none
from matching.stated import INTERNAL
from matching.vocabulary import column

RESERVED_IDS = frozenset({"amount_range", "term_range", "credit_line", "bank_internal", "bank_range"})
# What products of equal score may be told apart by, beside their criteria: the loan itself. What a bank is called, how
# large it is and what it may word as it likes decides no order.
TERMS = frozenset(
    {
        "amount_min_fen",
        "amount_max_fen",
        "term_min_months",
        "term_max_months",
        "annual_rate_ppm",
        "rate_rule",
        "repayment",
        "guarantee",
        "limits",
        "fees",
    }
)
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Positive = Annotated[Yuan, Field(gt=0)]
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_day(written: object) -> object:
    # A number would be read as seconds since 1970, and 20260105 as a number.
    if written is None or isinstance(written, date) or (isinstance(written, str) and _ISO_DAY.fullmatch(written)):
        return written
    raise ValueError(f"a day is written as text, 2026-01-05, not {written!r}")


# Left out of every document where there is none, so that a product without it keeps its digest.
OptionalDay = Annotated[date | None, BeforeValidator(_iso_day), Field(exclude_if=is_none)]


class Repayment(StrEnum):
    """How principal and interest come back; months throughout."""

    bullet = "bullet"
    interest_monthly = "interest_monthly"
    equal_instalments = "equal_instalments"
    equal_principal = "equal_principal"


class Guarantee(StrEnum):
    """What secures the loan."""

    unsecured = "unsecured"
    guarantor = "guarantor"
    guarantee_company = "guarantee_company"
    mortgage = "mortgage"
    pledge = "pledge"
    receivables = "receivables"
    livestock = "livestock"
    government_fund = "government_fund"


class FeeKind(StrEnum):
    """What a fee is paid for."""

    guarantee = "guarantee"
    valuation = "valuation"
    insurance = "insurance"
    registration = "registration"
    notary = "notary"
    service = "service"
    other = "other"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Fee(_Data):
    """One fee: a share of the loan, an amount, or known to exist and not published; never silently zero."""

    kind: FeeKind
    payer: Literal["enterprise", "bank", "government"]
    rate_ppm: Annotated[Ratio | None, Field(alias="rate", ge=0)] = None
    amount_fen: Annotated[Yuan | None, Field(alias="amount_yuan", ge=0)] = None
    each: Literal["once", "year"] = "once"
    unknown: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.rate_ppm, self.amount_fen, self.unknown)) != 1:
            raise ValueError("a fee has exactly one of rate, amount_yuan and unknown")
        return self


class ShareLimit(_Data):
    """At most this share (or multiple) of a money column."""

    rule: Literal["share"]
    of: str
    share_ppm: Annotated[Ratio, Field(alias="share", gt=0)]


class CapsLimit(_Data):
    """A cap per code; a code that is not named gets nothing."""

    rule: Literal["caps"]
    by: str
    caps_fen: Annotated[dict[str, Positive], Field(alias="caps_yuan", min_length=1)]


class SharesLimit(_Data):
    """A share of a money column per code; a code that is not named gets nothing."""

    rule: Literal["shares"]
    by: str
    of: str
    shares_ppm: Annotated[dict[str, Annotated[Ratio, Field(gt=0)]], Field(alias="shares", min_length=1)]


Limit = Annotated[ShareLimit | CapsLimit | SharesLimit, Field(discriminator="rule")]


class Product(_Data):
    """One product of one bank.

    `amount_max_fen` is the cap that every limit rule stands beside; `offered_from` is the first day on which the
    product may be shown to anybody, None where it always could. `annual_rate_ppm` is the published rate; a `rate_rule`
    says how it moves with the loan prime rate (`matching.lpr.rate_on`). `places` are the prefectures where it is lent,
    none for everywhere: a description, for who may have it is said by criteria alone.
    """

    id: Slug
    name: Annotated[str, Field(min_length=1)]
    bank: Slug
    bank_name: Annotated[str, Field(min_length=1)]
    is_sample: bool
    pattern: str | None = None
    amount_min_fen: Annotated[Positive, Field(alias="amount_min_yuan")]
    amount_max_fen: Annotated[Positive, Field(alias="amount_max_yuan")]
    term_min_months: Annotated[int, Field(ge=1, strict=True)]
    term_max_months: Annotated[int, Field(le=600, strict=True)]
    annual_rate_ppm: Annotated[Ratio, Field(alias="annual_rate", ge=0, le=1_000_000)]
    repayment: Repayment
    guarantee: Guarantee
    limits: tuple[Limit, ...] = ()
    fees: tuple[Fee, ...] = ()
    criteria: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=MAX_CONDITIONS)]
    note_zh: str = ""
    offered_from: OptionalDay = None
    rate_rule: Annotated[RateRule | None, Field(exclude_if=is_none)] = None
    places: Annotated[Places, Field(exclude_if=is_empty)] = ()
    desk: Annotated[Desk | None, Field(exclude_if=is_none)] = None
    service: Annotated[Service | None, Field(exclude_if=is_none)] = None
    stage: Annotated[Stage | None, Field(exclude_if=is_none)] = None
    value_zh: Annotated[str | None, Field(min_length=1, max_length=200, exclude_if=is_none)] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.amount_min_fen > self.amount_max_fen:
            raise ValueError("amount_min_yuan is above amount_max_yuan")
        if self.term_min_months > self.term_max_months:
            raise ValueError("term_min_months is above term_max_months")
        distinct((clause.id for clause in self.criteria), "clause")
        taken = RESERVED_IDS & {clause.id for clause in self.criteria}
        if taken:
            raise ValueError(f"clause id {min(taken)} is reserved")
        return self

    def offered_on(self, day: date) -> bool:
        """Say whether the product may be shown on a day."""
        return self.offered_from is None or self.offered_from <= day

    def content(self) -> bytes:
        """Return canonical bytes of `TERMS` and of what is demanded, the same for products that differ in neither.

        Demands are in the form of `matching.canonical`, limits and fees sorted: another wording or order is no other
        content, nor is a demand written twice.
        """
        terms = self.model_dump(mode="json", include=set(TERMS), by_alias=True)
        several = {name: sorted(_canonical(one).decode() for one in terms[name]) for name in ("limits", "fees")}
        return _canonical(terms | several | {"criteria": demands(expanded(self.criteria))})

    def digest(self) -> str:
        """Return the SHA-256 of the whole product as written, the version a log entry can name."""
        return hashlib.sha256(_canonical(self.model_dump(mode="json"))).hexdigest()


def check_product(product: Product) -> None:
    """Raise CriteriaError where criteria or limits do not fit the feature dictionary."""
    try:
        check_criteria(product.criteria)
        for limit in product.limits:
            _check_limit(limit)
    except CriteriaError as error:
        raise CriteriaError(f"product {product.id}: {error}") from None


def load_products(text: str) -> tuple[Product, ...]:
    """Read a product file (a JSON array), checked against the feature dictionary.

    Raises ProductError, or CriteriaError where only the criteria are at fault, with the product and the field.
    """
    rows = parse(text, ProductError)
    if not isinstance(rows, list):
        raise ProductError("a product file is a JSON array of products")
    products = tuple(read_as(Product, row, place, ProductError) for place, row in enumerate(rows))
    try:
        distinct((product.id for product in products), "product")
    except ValueError as error:
        raise ProductError(str(error)) from None
    for product in products:
        check_product(product)
    return products


def dump_products(products: Iterable[Product]) -> str:
    """Write products as the text of a file that `load_products` reads back."""
    rows = [product.model_dump(mode="json", exclude_defaults=True) for product in products]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def sample_products() -> tuple[Product, ...]:
    """Read the packaged sample products, each marked 示例."""
    return load_products((files("matching") / "data" / "sample_products.json").read_text(encoding="utf-8"))


def _check_limit(limit: Limit) -> None:
    if not isinstance(limit, ShareLimit) and limit.by in INTERNAL:
        raise CriteriaError(f"every firm reads a limit table, so none is keyed by {limit.by}")
    if not isinstance(limit, CapsLimit) and column(limit.of).unit != "fen":
        raise CriteriaError(f"a share is taken of a money column, not of {limit.of}")
    if not isinstance(limit, ShareLimit) and column(limit.by).unit != "code":
        raise CriteriaError(f"a limit table is keyed by a column of codes, not by {limit.by}")


def _canonical(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
