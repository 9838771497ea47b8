"""What the inputs of a ranker speak of: inputs that say nearly the same are one family, told by one reason.

The contributions of a family are added up; the sentence is about one of its inputs, and the code is that input's: one
for where it speaks for the pair, one for where it speaks against (often the same).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matching.reasons import ReasonCode
from models.affinity import Measure, lift_name, share_name, support_name

C = ReasonCode


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one input speaks of.

    `of_product` marks what is the same for every firm of one product's list, or asked for by the reader: it orders
    nothing there. `count` is, for an input of affinity, the measure and the level behind it.
    """

    family: str
    speaks_for: ReasonCode
    against: ReasonCode
    of_product: bool = False
    count: tuple[Measure, str] | None = None


def _of_firm(family: str, code: ReasonCode, names: Iterable[str]) -> dict[str, Spoken]:
    return {name: Spoken(family, code, code) for name in names}


_PROFILE: dict[str, Spoken] = {
    **_of_firm("kind", C.rank_kind, ["kind"]),
    **_of_firm("industry", C.rank_industry, ["industry_section"]),
    **_of_firm("status", C.rank_status, ["registration_status"]),
    **_of_firm("age", C.rank_age, ["age_months"]),
    **_of_firm("capital", C.rank_capital, ["registered_capital_fen"]),
    **_of_firm(
        "changes",
        C.rank_register_changes,
        ["registration_changes_12m", "legal_representative_changes_6m"],
    ),
    **_of_firm(
        "sales",
        C.rank_sales_level,
        [
            "sales_12m_fen",
            "sales_6m_fen",
            "sales_3m_fen",
            "sales_24m_fen",
            "sales_per_active_month_log",
            "sales_invoices_log",
            "sales_ticket_log",
        ],
    ),
    **_of_firm(
        "growth",
        C.rank_sales_growth,
        [
            "sales_growth_12m_ratio",
            "sales_trend_12m_ratio",
            "sales_half_year_ratio",
            "sales_growth_last_year_log",
            "sales_growth_year_before_log",
        ],
    ),
    **_of_firm(
        "steadiness",
        C.rank_sales_steady,
        [
            "sales_cv_12m",
            "zero_sales_months_12m",
            "sales_months_12m",
            "sales_months_6m",
            "sales_months_24m",
            "sales_cv_38m",
            "zero_sales_months_38m_ratio",
            "sales_seasonality_38m",
        ],
    ),
    **_of_firm("recency", C.rank_sales_recent, ["months_since_last_sale", "days_since_last_invoice"]),
    **_of_firm("history", C.rank_sales_history, ["months_since_first_sale", "sales_months"]),
    **_of_firm(
        "buyers",
        C.rank_buyers_spread,
        ["top_buyer_share_12m", "buyers_12m", "buyer_hhi_12m", "top_buyer_share", "buyer_hhi", "buyers_log"],
    ),
    **_of_firm(
        "loyalty",
        C.rank_buyers_stay,
        ["buyers_lost_12m_ratio", "repeat_buyers_ratio", "buyers_new_12m_ratio"],
    ),
    **_of_firm(
        "suppliers",
        C.rank_suppliers,
        ["suppliers_12m", "top_supplier_share_12m", "repeat_suppliers_ratio", "supplier_hhi", "suppliers_log"],
    ),
    **_of_firm(
        "purchases",
        C.rank_purchases,
        [
            "purchases_12m_fen",
            "purchase_months",
            "purchases_per_active_month_log",
            "purchase_invoices_log",
            "purchase_ticket_log",
        ],
    ),
    **_of_firm("margin", C.rank_margin, ["gross_margin_ratio", "net_vat_ratio", "low_tax_sales_ratio"]),
    **_of_firm(
        "cleanness",
        C.rank_invoices_clean,
        [
            "sales_void_ratio_12m",
            "sales_red_letter_ratio_12m",
            "sales_red_letter_amount_ratio_12m",
            "purchase_void_ratio_12m",
            "sales_void_ratio",
            "purchase_void_ratio",
            "sales_red_letter_ratio",
            "purchase_red_letter_ratio",
            "sales_red_letter_amount_ratio",
        ],
    ),
    **_of_firm("rating", C.rank_tax_rating, ["tax_rating"]),
    **_of_firm("tax", C.rank_tax_paid, ["tax_paid_12m_fen", "taxable_sales_12m_fen"]),
    **_of_firm("filing", C.rank_tax_filing, ["late_filings_12m", "unfiled_returns_24m"]),
    **_of_firm("arrears", C.rank_tax_arrears, ["tax_arrears_fen"]),
    **_of_firm("loans", C.rank_loans_history, ["loan_balance_fen", "lenders_count", "has_had_loan"]),
    **_of_firm("repaying", C.rank_repayment_record, ["max_days_past_due_24m", "worst_loan_class_24m"]),
    **_of_firm(
        "court",
        C.rank_court_record,
        ["executed_open_count", "dishonest_open_count", "judgments_defendant_24m"],
    ),
    **_of_firm("penalties", C.rank_penalties, ["penalties_12m", "penalties_serious_open"]),
    **_of_firm("employees", C.rank_employees, ["insured_count"]),
    **_of_firm("hiring", C.rank_employees_growth, ["insured_growth_12m_ratio"]),
    **_of_firm("insurance", C.rank_insurance_paid, ["insurance_unpaid_12m_fen"]),
    **_of_firm(
        "honours",
        C.rank_honours,
        [
            "honours_count",
            "is_high_tech",
            "is_specialised",
            "is_tech_sme",
            "is_leading_agri",
            "is_model_cooperative",
            "is_model_farm",
        ],
    ),
}

_PAIR: dict[str, Spoken] = {
    "all_in_rate_ppm": Spoken("price", C.rank_price_low, C.rank_price_high, of_product=True),
    "annual_rate_ppm": Spoken("price", C.rank_price_low, C.rank_price_high, of_product=True),
    "fee_unknown_flag": Spoken("fees", C.rank_fees_known, C.rank_fees_unknown, of_product=True),
    "amount_max_fen": Spoken("size", C.rank_amount_range, C.rank_amount_range, of_product=True),
    "amount_min_fen": Spoken("size", C.rank_amount_range, C.rank_amount_range, of_product=True),
    "term_asked_months": Spoken("term", C.rank_term_fits, C.rank_term_unusual, of_product=True),
    "term_to_max_ratio": Spoken("term", C.rank_term_fits, C.rank_term_unusual, of_product=True),
    "term_max_months": Spoken("term", C.rank_term_fits, C.rank_term_unusual, of_product=True),
    "term_min_months": Spoken("term", C.rank_term_fits, C.rank_term_unusual, of_product=True),
    "guarantee": Spoken("guarantee", C.rank_guarantee, C.rank_guarantee, of_product=True),
    "repayment": Spoken("repayment", C.rank_repayment, C.rank_repayment, of_product=True),
    "product_age_months": Spoken("novelty", C.rank_new_product, C.rank_new_product, of_product=True),
    "line_fen": Spoken("line", C.rank_line_covers, C.rank_line_short),
    "asked_to_line_ratio": Spoken("line", C.rank_line_covers, C.rank_line_short),
    "line_room_ratio": Spoken("line", C.rank_line_covers, C.rank_line_short),
    "line_to_sales_ratio": Spoken("line", C.rank_line_covers, C.rank_line_short),
    "asked_to_sales_ratio": Spoken("amount", C.rank_amount_fits, C.rank_amount_unusual),
    "amount_asked_fen": Spoken("amount", C.rank_amount_fits, C.rank_amount_unusual, of_product=True),
    "asked_to_max_ratio": Spoken("amount", C.rank_amount_fits, C.rank_amount_unusual, of_product=True),
    "criteria_room_ratio": Spoken("criteria", C.rank_criteria_room, C.rank_criteria_tight),
    "criteria_room_min_ratio": Spoken("criteria", C.rank_criteria_room, C.rank_criteria_tight),
    "pair_score_ratio": Spoken("score", C.rank_transparent_score, C.rank_transparent_score),
}

# By level of affinity the family and, by measure, the code.
_LEVELS: dict[str, tuple[str, Mapping[Measure, ReasonCode]]] = {
    "product": (
        "of product",
        {
            Measure.taken: C.rank_product_taken,
            Measure.granted: C.rank_product_granted,
            Measure.applied: C.rank_product_applied,
        },
    ),
    "bank": ("of bank", {Measure.granted: C.rank_bank_grants}),
    "bank_kind": ("of kind", {Measure.granted: C.rank_bank_grants_kind}),
    "bank_section": ("of section", {Measure.granted: C.rank_bank_grants_section}),
    "kind_section": ("of section", {Measure.taken: C.rank_peers_taken}),
    "product_section": (
        "of section",
        {
            Measure.taken: C.rank_section_taken,
            Measure.granted: C.rank_section_granted,
            Measure.applied: C.rank_section_applied,
        },
    ),
    "product_kind_section": (
        "of kind",
        {
            Measure.taken: C.rank_kind_taken,
            Measure.granted: C.rank_kind_granted,
            Measure.applied: C.rank_kind_applied,
        },
    ),
    "product_prefecture": (
        "of place",
        {
            Measure.taken: C.rank_place_taken,
            Measure.granted: C.rank_place_granted,
            Measure.applied: C.rank_place_applied,
        },
    ),
    "product_size": (
        "of size",
        {
            Measure.taken: C.rank_size_taken,
            Measure.granted: C.rank_size_granted,
            Measure.applied: C.rank_size_applied,
        },
    ),
    "product_amount": (
        "of amount",
        {
            Measure.taken: C.rank_amount_taken,
            Measure.granted: C.rank_amount_granted,
            Measure.applied: C.rank_amount_applied,
        },
    ),
    "product_term": ("of term", {Measure.taken: C.rank_term_taken, Measure.applied: C.rank_term_applied}),
}
#: Levels at which every firm of a product's list with the same request has the same share.
_OF_PRODUCT = frozenset({"product", "bank", "product_amount", "product_term"})


def _counted(measure: Measure, level: str) -> Spoken:
    family, codes = _LEVELS[level]
    return Spoken(family, codes[measure], codes[measure], level in _OF_PRODUCT, (measure, level))


def _affinity() -> dict[str, Spoken]:
    found: dict[str, Spoken] = {}
    for level, (_, codes) in _LEVELS.items():
        for measure in codes:
            spoken = _counted(measure, level)
            found |= {name(measure, level): spoken for name in (share_name, lift_name)}
            # How much is known of a share is told with it, as what it is: how often the pair was met.
            met = Spoken("experience", C.rank_track_record, C.rank_little_record, spoken.of_product, spoken.count)
            found[support_name(measure, level)] = met
    return found


#: By name of the input what it speaks of; an input that is not here is never told.
FAMILIES: Mapping[str, Spoken] = {**_PROFILE, **_PAIR, **_affinity()}
