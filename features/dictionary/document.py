"""The dictionary as a document: docs/data_dictionary.md is what this returns."""

from collections.abc import Iterable

from features.dictionary.feature import Block, Feature, Unit

_HEAD = """# Data dictionary

Generated from `features/dictionary`; a test compares. A profile is one row per enterprise and day (`as_of`); every
column is listed here. The definitions are SQL, one file per block: `features/sql/<block>.sql`.

- **What is known on a day**: a row of a table counts where `known_on` is not after the day, no later version of the
  fact was known by then (`superseded_on`), and the event itself is not after it (`features/sql/known.sql`). A penalty
  counts while it is publicised (`features/sql/known_penalties.sql`).
- **Windows** of n months are the n complete calendar months before the month of `as_of`. Lapses and adverse records
  (late or unfiled returns, past due loans, judgments, penalties, unpaid social insurance) and changes of registration
  count in the unfinished month too. A change of the legal representative counts for six months from its day.
- **Missing**: a feature is missing where a table it reads may not be read or was never delivered. Invoices, tax
  filings, tax ratings and social insurance are streams: without any known row their features are missing. Loans,
  judgments, penalties, tax arrears, changes of registration and honours are registers: no known row is zero, or `none`.
  A ratio over nothing is missing.
- **Honours** count from the day granted to their last day of validity, each kind once. **People insured** are those of
  the newest known month, where it is no older than twelve months; growth compares it with the month twelve before.
- **Amounts** are net of tax. Void invoices leave every amount and every count but the void share; red letters (negative
  invoices) stay in. A month *with sales* has a valid invoice of a positive amount. A partner whose red letters outweigh
  its invoices has a share of zero. HHI is the sum of squared shares.
- **Direction**: + where more is safer for a lender, − where more is riskier; models are held to it. *Personal*: of a
  sole proprietor, or a family farm registered as one, it speaks of its owner as a person.
"""

_BLOCKS = {
    Block.registry: ("登记", "registry"),
    Block.invoices: ("发票", "invoices"),
    Block.tax: ("税务", "tax"),
    Block.credit: ("信贷", "credit"),
    Block.public_record: ("公共记录", "public record"),
    Block.qualifications: ("变更与资质", "changes and qualifications"),
    Block.employment: ("用工与社保", "employment"),
}
_UNITS = {
    Unit.fen: "fen (int64)",
    Unit.ratio: "ratio (double)",
    Unit.log: "logarithm (double)",
    Unit.count: "count (int64)",
    Unit.months: "months (int64)",
    Unit.days: "days (int64)",
    Unit.year: "year (int64)",
    Unit.flag: "1 yes, 0 no (int64)",
    Unit.code: "code (string)",
    Unit.day: "day (date32)",
}
_DIRECTIONS = {1: "+", -1: "−", 0: ""}


def describe_features(features: Iterable[Feature]) -> str:
    """Return the document in Markdown, by block in the order of the columns."""
    listed = list(features)
    return _HEAD + "".join(_section(block, [one for one in listed if one.block is block]) for block in Block)


def _section(block: Block, features: list[Feature]) -> str:
    zh, en = _BLOCKS[block]
    lines = [
        f"\n## {zh} {en}\n",
        "| column | 名称 | meaning | unit | decimals | window | direction | reads | personal |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_line(one) for one in features),
    ]
    return "\n".join(lines) + "\n"


def _line(one: Feature) -> str:
    tables = ", ".join(f"`{name}`" for name in sorted(one.tables))
    window = "" if one.window is None else f"{one.window} months"
    cells = [
        f"`{one.name}`",
        one.zh,
        one.en,
        _UNITS[one.unit],
        str(one.precision),
        window,
        _DIRECTIONS[one.direction],
        tables,
        "yes" if one.personal else "",
    ]
    return f"| {' | '.join(cells)} |"
