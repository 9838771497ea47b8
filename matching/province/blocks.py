"""What is drawn of the firms themselves: blocks, each a pure function of seed and number, joined to buckets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.province import honours, insurance, loans, public_record, registry, taxes
from matching.province.activity import Activity, draw_activity
from matching.province.firms import Firms, draw_firms, join_firms
from matching.province.invoices import purchase_rows, sales_rows
from matching.province.tables import Rows, join_rows
from matching.province.timeline import Timeline, streams

#: Firms drawn together; a smaller province is the beginning of a larger one.
BLOCK = 500
#: Firms of one bucket: the teams of officers that serve them, and the memory that is needed at a time.
BUCKET = 5_000
# From which number bank suits over loans drawn off the platform are counted, and those over loans drawn on it.
OFF_PLATFORM_SUITS, PLATFORM_SUITS = 21, 41


@dataclass(frozen=True, slots=True)
class Block:
    """`BLOCK` consecutive firms and all their rows by table, whenever they are known."""

    firms: Firms
    activity: Activity
    rows: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Up to `BUCKET` consecutive firms with the rows known by the window's end; `Rows.firm` is the place in `firms`."""

    seed: int
    number: int
    timeline: Timeline
    firms: Firms
    rows: Mapping[str, Rows]


def draw_block(seed: int, number: int, timeline: Timeline) -> Block:
    """Draw a block: the same rows for the same seed, number and last day, however many firms are wanted."""
    rng = streams(seed, number)
    firms = draw_firms(number * BLOCK, BLOCK, timeline, rng["firms"])
    activity = draw_activity(firms, timeline, rng["activity"])
    sales, sales_by_month = sales_rows(activity, rng["sales"])
    filings, arrears = taxes.filing_and_arrear_rows(activity, sales_by_month, rng["taxes"])
    lent, missed_on = loans.loan_rows(firms, timeline, rng["loans"])
    changes = registry.draw_changes(firms, timeline, rng["registry"])
    own_suits = public_record.judgment_rows(firms, timeline, rng["public"])
    bank_suits = public_record.bank_suit_rows(firms, missed_on, OFF_PLATFORM_SUITS, rng["public"])
    rows = {
        "enterprises": registry.registry_rows(firms, changes, timeline, rng["registry"]),
        "registration_changes": registry.change_rows(changes),
        "tax_ratings": taxes.rating_rows(firms, timeline, rng["taxes"]),
        "tax_filings": filings,
        "tax_arrears": arrears,
        "social_insurance": insurance.insurance_rows(activity, rng["insurance"]),
        "invoices": sales.followed_by(purchase_rows(activity, rng["purchases"])),
        "loans": lent,
        "judgments": own_suits.followed_by(bank_suits),
        "penalties": public_record.penalty_rows(firms, timeline, rng["public"]),
        "honours": honours.honour_rows(firms, timeline, rng["honours"]),
    }
    return Block(firms, activity, rows)


def draw_bucket(seed: int, number: int, wanted: int, timeline: Timeline) -> Bucket:
    """Draw the first `wanted` firms of a bucket and the rows of theirs that are known by the last day."""
    first = number * BUCKET // BLOCK
    blocks = [draw_block(seed, first + place, timeline) for place in range(-(-wanted // BLOCK))]
    shifts = [place * BLOCK for place in range(len(blocks))]
    kept = [
        {name: known_rows(rows, wanted - shift, timeline) for name, rows in block.rows.items()}
        for block, shift in zip(blocks, shifts, strict=True)
    ]
    rows = {name: join_rows([one[name] for one in kept], shifts) for name in kept[0]}
    return Bucket(seed, number, timeline, join_firms([one.firms for one in blocks]).first(wanted), rows)


def known_rows(rows: Rows, firms: int, timeline: Timeline) -> Rows:
    """Return the rows of the first so many firms that are known by the last day."""
    known_on = np.asarray(rows.columns["known_on"])
    return rows.take(np.flatnonzero((rows.firm < firms) & (known_on <= timeline.end_day)))
