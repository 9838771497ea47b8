"""Policies for the tests, written as a file would hold them."""

import json
from datetime import date

from matching_worlds import Row

from matching.cost_items import Loan
from matching.policy import Policy, load_policies

DRAWN = date(2026, 1, 31)
HALF: Row = {"share": "0.5", "paid": "quarterly"}
EVERY_KIND = ["interest_subsidy", "guarantee", "risk_compensation", "relending"]


def policy_row(**changes: object) -> Row:
    """Write an interest subsidy of a half, paid quarterly, that combines with every kind; `changes` replace some."""
    row: Row = {
        "id": "half",
        "name": "贴息一半",
        "kind": "interest_subsidy",
        "authority_zh": "财政部门",
        "source": "测试",
        "is_sample": True,
        "valid_from": "2025-01-01",
        "valid_until": "2026-12-31",
        "subsidy": HALF,
        "combines_with": EVERY_KIND,
    }
    return {key: value for key, value in (row | changes).items() if value is not None}


def policy(**changes: object) -> Policy:
    """Read that policy as a file would give it."""
    return load_policies(json.dumps([policy_row(**changes)]))[0]


def fee_policy(rate: str, **changes: object) -> Policy:
    """Read a policy that limits the guarantee fee to a rate a year."""
    effect = {"kind": "guarantee", "subsidy": None, "guarantee_fee": {"rate": rate}}
    return policy(**({"id": "fee"} | effect | changes))


def capped(rate: str, **changes: object) -> Policy:
    """Read a re-lending policy that limits the rate."""
    return policy(**({"id": "cap", "kind": "relending", "subsidy": None, "rate_cap": {"rate": rate}} | changes))


def loan(yuan: int = 100_000, months: int = 12, drawn_on: date = DRAWN) -> Loan:
    """Ask for a loan."""
    return Loan(yuan * 100, months, drawn_on)
