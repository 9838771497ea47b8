"""The tags that a firm sees of itself, each a set of feature columns, and profiles without those it deleted.

A deleted tag is missing to ranking, reasons and scores from then on; who is eligible still rests on the whole profile,
for a bank's criterion is a demand and no tag. Every column of the dictionary belongs to one tag, so that nothing of a
deleted one is left to be read under another name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from features.columns import ENTERPRISE
from features.dictionary import FEATURES
from matching.errors import MatchingError
from matching.labels import Words


class TagName(StrEnum):
    """What a tag is called in addresses, stores and logs."""

    kind = "kind"
    place = "place"
    industry = "industry"
    age = "age"
    capital = "capital"
    register = "register"
    size = "size"
    growth = "growth"
    activity = "activity"
    partners = "partners"
    invoices = "invoices"
    margin = "margin"
    tax_rating = "tax_rating"
    tax_record = "tax_record"
    loans = "loans"
    public_record = "public_record"
    qualifications = "qualifications"
    employment = "employment"


@dataclass(frozen=True, slots=True)
class FirmTag:
    """A tag: its name, what it is called, and the columns it stands for; `leading` is the one shown as its value."""

    name: TagName
    words: Words
    columns: frozenset[str]
    leading: str


_WORDS: Final[dict[TagName, tuple[Words, str]]] = {
    TagName.kind: (Words("主体类型", "kind of entity"), "kind"),
    TagName.place: (Words("所在地区", "place"), "prefecture"),
    TagName.industry: (Words("所属行业", "industry"), "industry_section"),
    TagName.age: (Words("成立与经营年限", "age"), "age_months"),
    TagName.capital: (Words("注册资本", "registered capital"), "registered_capital_fen"),
    TagName.register: (Words("登记状态与变更", "register and its changes"), "registration_status"),
    TagName.size: (Words("经营规模", "size of business"), "sales_12m_fen"),
    TagName.growth: (Words("增长与波动", "growth and steadiness"), "sales_growth_12m_ratio"),
    TagName.activity: (Words("开票活跃度", "invoicing activity"), "sales_months_12m"),
    TagName.partners: (Words("客户与供应商", "buyers and suppliers"), "buyers_12m"),
    TagName.invoices: (Words("作废与红字发票", "void and red-letter invoices"), "sales_void_ratio_12m"),
    TagName.margin: (Words("毛利与税负", "margin and tax burden"), "gross_margin_ratio"),
    TagName.tax_rating: (Words("纳税信用等级", "tax credit rating"), "tax_rating"),
    TagName.tax_record: (Words("纳税与申报", "tax paid and filed"), "tax_paid_12m_fen"),
    TagName.loans: (Words("贷款与还款", "loans and repayment"), "loan_balance_fen"),
    TagName.public_record: (Words("司法与处罚", "courts and penalties"), "judgments_defendant_24m"),
    TagName.qualifications: (Words("荣誉资质", "qualifications"), "honours_count"),
    TagName.employment: (Words("用工与社保", "employment"), "insured_count"),
}
# The columns of single tags; what is not named here goes by what its name says, else by its table.
_NAMED: Final[dict[str, TagName]] = {
    "kind": TagName.kind,
    "region": TagName.place,
    "prefecture": TagName.place,
    "industry_section": TagName.industry,
    "age_months": TagName.age,
    "months_since_first_sale": TagName.age,
    "registered_capital_fen": TagName.capital,
    "registration_status": TagName.register,
    "tax_rating": TagName.tax_rating,
    "tax_rating_year": TagName.tax_rating,
    "gross_margin_ratio": TagName.margin,
    "net_vat_ratio": TagName.margin,
    "low_tax_sales_ratio": TagName.margin,
}
_PARTS: Final[tuple[tuple[str, TagName], ...]] = (
    ("void", TagName.invoices),
    ("red_letter", TagName.invoices),
    ("buyer", TagName.partners),
    ("supplier", TagName.partners),
    ("growth", TagName.growth),
    ("trend", TagName.growth),
    ("_cv_", TagName.growth),
    ("seasonality", TagName.growth),
    ("half_year", TagName.growth),
    ("months", TagName.activity),
    ("last_", TagName.activity),
    ("sales_invoices", TagName.activity),
    ("purchase_invoices", TagName.activity),
)
_TABLES: Final[dict[str, TagName]] = {
    "invoices": TagName.size,
    "tax_filings": TagName.tax_record,
    "tax_arrears": TagName.tax_record,
    "loans": TagName.loans,
    "judgments": TagName.public_record,
    "penalties": TagName.public_record,
    "registration_changes": TagName.register,
    "honours": TagName.qualifications,
    "social_insurance": TagName.employment,
}
# Sales that a return declares tell the size of a business as invoices do.
_NAMED["taxable_sales_12m_fen"] = TagName.size


def _tag_of(name: str) -> TagName:
    if name in _NAMED:
        return _NAMED[name]
    tables = FEATURES[name].tables
    if tables == {"invoices"}:
        return next((tag for part, tag in _PARTS if part in name), TagName.size)
    return _TABLES[min(tables)]


def _tags() -> "dict[TagName, FirmTag]":
    columns: dict[TagName, set[str]] = {name: set() for name in TagName}
    for name in FEATURES:
        columns[_tag_of(name)].add(name)
    return {name: FirmTag(name, words, frozenset(columns[name]), first) for name, (words, first) in _WORDS.items()}


TAGS: Final[Mapping[TagName, FirmTag]] = _tags()


def columns_of_tags(names: Iterable[str]) -> frozenset[str]:
    """Return the columns of tags; MatchingError where one is unknown."""
    found: set[str] = set()
    for name in names:
        if name not in set(TagName):
            raise MatchingError(f"there is no tag {name!r}")
        found |= TAGS[TagName(name)].columns
    return frozenset(found)


def without_tags(profiles: pa.Table, deleted: Mapping[str, Iterable[str]]) -> pa.Table | None:
    """Return the profiles with the columns of each firm's deleted tags missing in its row.

    None where no firm of the table deleted any: ranking may then read the profiles as they are.
    """
    firms = profiles.column(ENTERPRISE)
    hidden: dict[str, list[str]] = {}
    for firm, names in deleted.items():
        for name in columns_of_tags(names):
            hidden.setdefault(name, []).append(firm)
    concerned = {
        name: pc.is_in(firms, value_set=pa.array(sorted(of), firms.type))
        for name, of in hidden.items()
        if name in profiles.column_names
    }
    concerned = {name: mask for name, mask in concerned.items() if pc.any(mask).as_py()}
    found = profiles
    for name, mask in sorted(concerned.items()):
        place, column = found.column_names.index(name), found.column(name)
        blank = pa.scalar(None, column.type)
        found = found.set_column(place, found.schema.field(name), pc.if_else(mask, blank, column))
    return found if concerned else None
