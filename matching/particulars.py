"""What a product says beside price, limits and criteria: its rate rule, places, desk, service and stage of life.

Every group is optional and left out of the document where it is absent. None of it decides who is eligible.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from matching.amounts import Ratio, Yuan
from matching.labels import CODES, Words

MAX_SPREAD_BP = 3_000
MAX_COUNT = 1_000_000
MAX_DAYS = 365


def is_none(value: object) -> bool:
    """Say whether an optional field is absent, so that its document leaves it out."""
    return value is None


def is_empty(value: object) -> bool:
    """Say whether a list is empty, so that its document leaves it out."""
    return value == ()


def _known_prefecture(code: str) -> str:
    if code not in CODES["prefecture"]:
        raise ValueError(f"there is no prefecture {code!r} (GB/T 2260, six figures)")
    return code


def _each_once(codes: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"prefecture {twice[0]} is named twice")
    return codes


Places = Annotated[tuple[Annotated[str, AfterValidator(_known_prefecture)], ...], AfterValidator(_each_once)]
Count = Annotated[int, Field(ge=1, le=MAX_COUNT, strict=True)]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS, strict=True)]


class Base(StrEnum):
    """The loan prime rate that a rate rule starts from, by its term."""

    lpr_1y = "lpr_1y"
    lpr_5y = "lpr_5y"


class Stage(StrEnum):
    """The stage of a firm's life that a product is made for."""

    start_up = "start_up"
    growth = "growth"
    mature = "mature"
    renewal = "renewal"


STAGES: dict[Stage, Words] = {
    Stage.start_up: Words("初创期", "start-up"),
    Stage.growth: Words("成长期", "growth"),
    Stage.mature: Words("成熟期", "mature"),
    Stage.renewal: Words("转型升级期", "renewal"),
}
BASES: dict[Base, Words] = {
    Base.lpr_1y: Words("1年期LPR", "one-year LPR"),
    Base.lpr_5y: Words("5年期以上LPR", "LPR over five years"),
}


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class RateRule(_Group):
    """The rate as the loan prime rate of the day plus basis points, within a floor and a cap where there are any."""

    base: Base
    spread_bp: Annotated[int, Field(ge=-MAX_SPREAD_BP, le=MAX_SPREAD_BP, strict=True)]
    floor_ppm: Annotated[Ratio | None, Field(alias="floor", ge=0, le=1_000_000, exclude_if=is_none)] = None
    cap_ppm: Annotated[Ratio | None, Field(alias="cap", gt=0, le=1_000_000, exclude_if=is_none)] = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.floor_ppm is not None and self.cap_ppm is not None and self.floor_ppm > self.cap_ppm:
            raise ValueError("the floor of a rate rule is above its cap")
        return self


class Desk(_Group):
    """Who handles it: prefectures with a branch (none: online), and how many loans and how much money a quarter.

    `officers` are those of the team that reads its files; products of one bank share theirs.
    """

    branches: Places = ()
    quota_loans: Count
    quota_fen: Annotated[Yuan | None, Field(alias="quota_yuan", gt=0, exclude_if=is_none)] = None
    officers: Count
    files_per_officer_month: Count


class Service(_Group):
    """How long it takes: days to a reply, hours of the firm's to apply, days until the money is there."""

    reply_days: Days
    hours_to_apply: Count
    days_to_money: Days

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.days_to_money < self.reply_days:
            raise ValueError("days_to_money is below reply_days: the money cannot come before the reply")
        return self
