"""A policy that changes what a loan costs, as data: dated, with criteria like a product's, and what it changes.

The file format is that of `Policy.model_json_schema(by_alias=True)`; money in it is yuan, rates are fractions as text.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from importlib.resources import files
from itertools import combinations
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matching.amounts import Ratio, Yuan
from matching.criteria import Clause, Shown
from matching.criteria_check import check_criteria
from matching.documents import distinct, parse, read_as
from matching.errors import CriteriaError, PolicyError
from matching.labels import Words
from matching.particulars import MAX_SPREAD_BP, Base, is_none
from matching.product import Guarantee, OptionalDay, Product, Slug

MAX_LAG_MONTHS = 60
# Every set of policies is tried for the cheapest that go together.
MAX_TOGETHER = 12


class PolicyKind(StrEnum):
    """What a policy is: 贴息, 担保, 风险补偿 or 再贷款."""

    interest_subsidy = "interest_subsidy"
    guarantee = "guarantee"
    risk_compensation = "risk_compensation"
    relending = "relending"


KINDS: dict[PolicyKind, Words] = {
    PolicyKind.interest_subsidy: Words("贴息", "interest subsidy"),
    PolicyKind.guarantee: Words("担保费优惠", "guarantee fee reduction"),
    PolicyKind.risk_compensation: Words("风险补偿", "risk compensation"),
    PolicyKind.relending: Words("再贷款利率上限", "re-lending rate cap"),
}


class Paid(StrEnum):
    """When a subsidy is paid: with each instalment of interest, by quarter or year of the loan, or at its end."""

    with_instalment = "with_instalment"
    quarterly = "quarterly"
    yearly = "yearly"
    after_repaid = "after_repaid"


PAID: dict[Paid, Words] = {
    Paid.with_instalment: Words("随每期利息", "with each instalment of interest"),
    Paid.quarterly: Words("按季", "quarterly"),
    Paid.yearly: Words("按年", "once a year"),
    Paid.after_repaid: Words("还清贷款后", "after the loan is repaid"),
}


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Subsidy(_Data):
    """Interest paid back: a share of it, or so much of the rate; never more than the interest, nor than the cap.

    `lag_months` pass between the day it falls due and the day the firm has it.
    """

    share_ppm: Annotated[Ratio | None, Field(alias="share", gt=0, le=1_000_000, exclude_if=is_none)] = None
    points_ppm: Annotated[Ratio | None, Field(alias="points", gt=0, le=200_000, exclude_if=is_none)] = None
    cap_fen: Annotated[Yuan | None, Field(alias="cap_yuan", gt=0, exclude_if=is_none)] = None
    paid: Paid
    lag_months: Annotated[int, Field(ge=0, le=MAX_LAG_MONTHS, strict=True)] = 0

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.share_ppm is None) == (self.points_ppm is None):
            raise ValueError("a subsidy has exactly one of share and points")
        return self


class GuaranteeFee(_Data):
    """What the firm pays for the guarantee at most: this share of the loan a year, 0 where the fee is waived."""

    rate_ppm: Annotated[Ratio, Field(alias="rate", ge=0, le=100_000)]


class RateCap(_Data):
    """The rate of the loan at most: a fixed one, or the loan prime rate of the day plus basis points."""

    rate_ppm: Annotated[Ratio | None, Field(alias="rate", gt=0, le=1_000_000, exclude_if=is_none)] = None
    base: Annotated[Base | None, Field(exclude_if=is_none)] = None
    spread_bp: Annotated[int | None, Field(ge=-MAX_SPREAD_BP, le=MAX_SPREAD_BP, strict=True, exclude_if=is_none)] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.base is None) != (self.spread_bp is None) or (self.rate_ppm is None) == (self.base is None):
            raise ValueError("a rate cap has either a rate, or a base and spread_bp")
        return self


class Loans(_Data):
    """Which loans a policy is for; what is absent does not matter."""

    guarantees: tuple[Guarantee, ...] = ()
    amount_max_fen: Annotated[Yuan | None, Field(alias="amount_max_yuan", gt=0, exclude_if=is_none)] = None
    term_max_months: Annotated[int | None, Field(ge=1, le=600, strict=True, exclude_if=is_none)] = None

    def cover(self, product: Product, amount_fen: int, months: int) -> bool:
        """Say whether a loan of a product is among them."""
        return (
            (not self.guarantees or product.guarantee in self.guarantees)
            and (self.amount_max_fen is None or amount_fen <= self.amount_max_fen)
            and (self.term_max_months is None or months <= self.term_max_months)
        )


class Policy(_Data):
    """One dated policy: in force from `valid_from` to `valid_until`, both included; no last day, still in force.

    It combines with policies of the kinds it names in `combines_with`, where those name its own kind too.
    """

    id: Slug
    name: Annotated[str, Field(min_length=1, max_length=100)]
    kind: PolicyKind
    authority_zh: Annotated[str, Field(min_length=1, max_length=100)]
    source: Annotated[str, Field(min_length=1, max_length=400)]
    is_sample: bool
    valid_from: OptionalDay
    valid_until: OptionalDay = None
    criteria: tuple[Clause, ...] = ()
    loans: Loans = Loans()
    subsidy: Annotated[Subsidy | None, Field(exclude_if=is_none)] = None
    guarantee_fee: Annotated[GuaranteeFee | None, Field(exclude_if=is_none)] = None
    rate_cap: Annotated[RateCap | None, Field(exclude_if=is_none)] = None
    combines_with: tuple[PolicyKind, ...] = ()
    note_zh: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.valid_from is None:
            raise ValueError("valid_from is missing: a policy has a first day")
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        allowed = {
            PolicyKind.interest_subsidy: {"subsidy", "rate_cap"},
            PolicyKind.guarantee: {"guarantee_fee"},
            PolicyKind.relending: {"rate_cap"},
            PolicyKind.risk_compensation: set[str](),
        }[self.kind]
        said = {name for name in ("subsidy", "guarantee_fee", "rate_cap") if getattr(self, name) is not None}
        if not said <= allowed or (allowed - {"rate_cap"} or allowed) - said:
            raise ValueError(
                f"a policy of kind {self.kind} says what it changes and nothing else: subsidy (and, if it sets one, "
                "rate_cap) for interest_subsidy, guarantee_fee for guarantee, rate_cap for relending, none for "
                "risk_compensation"
            )
        distinct((clause.id for clause in self.criteria), "clause")
        hidden = [clause.id for clause in self.criteria if clause.shown is not Shown.public]
        if hidden:
            raise ValueError(f"clause {hidden[0]} is not public: a policy hides no condition")
        distinct((kind.value for kind in self.combines_with), "kind")
        return self

    def in_force(self, day: date) -> bool:
        """Say whether the policy holds on a day."""
        began = self.valid_from is not None and self.valid_from <= day
        return began and (self.valid_until is None or day <= self.valid_until)

    def digest(self) -> str:
        """Return the SHA-256 of the policy as written, the version a log entry can name."""
        document = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(document.encode()).hexdigest()


def go_together(policies: Sequence[Policy]) -> bool:
    """Say whether each policy combines with every other."""
    return all(
        one.kind in other.combines_with and other.kind in one.combines_with for one, other in combinations(policies, 2)
    )


def load_policies(text: str) -> tuple[Policy, ...]:
    """Read a policy file (a JSON array), checked against the feature dictionary.

    Raises PolicyError, or CriteriaError where only the criteria are at fault, with the policy and the field.
    """
    rows = parse(text, PolicyError)
    if not isinstance(rows, list):
        raise PolicyError("a policy file is a JSON array of policies")
    policies = tuple(read_as(Policy, row, place, PolicyError) for place, row in enumerate(rows))
    try:
        distinct((policy.id for policy in policies), "policy")
    except ValueError as error:
        raise PolicyError(str(error)) from None
    for policy in policies:
        try:
            check_criteria(policy.criteria)
        except CriteriaError as error:
            raise CriteriaError(f"policy {policy.id}: {error}") from None
    return policies


def sample_policies() -> tuple[Policy, ...]:
    """Read the packaged sample policies, each marked 示例 and naming its source."""
    return load_policies((files("matching") / "data" / "policies.json").read_text(encoding="utf-8"))
