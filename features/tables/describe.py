"""The contracts as a document for those who deliver data: docs/accepted_tables.md is what this returns."""

from collections.abc import Iterable

from features.rules import SENTENCES
from features.tables.contract import Column, ColumnKind, Table, TableKind

_HEAD = """# Accepted tables

Generated from `features/tables`; a test compares. A delivery is a folder (or one file) of files named `<table>.csv` or
`<table>.parquet`, CSV in UTF-8 with a header. Every row is checked by itself: good rows of a bad file are taken, the
others are quarantined with row, field and rule. Columns not named here are left out and reported.

- **Money** is in yuan as decimal text (or a number of Parquet) and is stored as whole fen. More than two decimals is
  quarantined, never rounded; a floating-point number counts as the shortest decimal that denotes it. Rates are
  fractions with up to six decimals. No thousands separators, no exponents.
- **Days** are `YYYY-MM-DD`. `known_on` is the first day the platform could have used the fact: the day of the delivery
  where the column is left out or empty; a day after the delivery, or before the event, is quarantined.
- **Empty** means missing. A row that misses a required value is quarantined; a file that misses a required column is
  refused.
- **Versions**: rows that agree in the key speak of the same fact. A row equal to the version before it is a duplicate
  and dropped; one that differs supersedes it from its `known_on` on, so that an earlier day still sees the earlier
  version. Of invoices that agree in the key on one `known_on`, the void one stays. Any other two rows of one delivery
  with the same key and `known_on` that differ are in conflict: one stays, the other is quarantined.
- **Enterprises** must stand in `enterprises` of this delivery or an earlier one.
- A *stream* says nothing of an enterprise without a row (its features are missing); a *register*, once delivered, says
  that there is none (zero).
"""


_RULES = """
## Rules

A row that breaks one is quarantined and listed in `deliveries/<id>/quarantine.csv` by table, file, row (from 1,
without the header), field, rule and value; `total_differs` only warns.

| rule | 说明 | what it says |
|---|---|---|"""


def describe_tables(tables: Iterable[Table]) -> str:
    """Return the document in Markdown."""
    return _HEAD + "".join(_section(one) for one in tables) + _rules()


def _rules() -> str:
    lines = [f"| `{rule}` | {said.zh} | {said.en} |" for rule, said in SENTENCES.items()]
    return "\n".join([_RULES, *lines]) + "\n"


def _section(table: Table) -> str:
    key = ", ".join(f"`{table.column(stored).name}`" for stored in table.key)
    public = "public 公开" if table.is_public else "by authorisation 需授权"
    kind = "stream 流水" if table.kind is TableKind.stream else "register 名录"
    lines = [
        f"\n## {table.name}: {table.zh}\n",
        f"{table.en.capitalize() if table.en.islower() else table.en}; {public}; {kind}. Key: {key}.",
        f"Event day: `{table.event_on}`. Usual lag: {table.usual_lag_days} days.",
        f"Supplied by: {table.supplier_zh}; {table.supplier_en}.\n",
        "| column | 名称 | meaning | holds | required | stored as |",
        "|---|---|---|---|---|---|",
        *(_line(one) for one in table.columns),
    ]
    return "\n".join(lines) + "\n"


def _line(column: Column) -> str:
    required = "yes" if column.required else "no"
    return f"| `{column.name}` | {column.zh} | {column.en} | {_holds(column)} | {required} | `{column.stored}` |"


def _holds(column: Column) -> str:
    if column.codes:
        return ", ".join(f"`{one}`" for one in column.codes)
    if column.pattern is not None:
        return f"text `{column.pattern}`"
    if column.is_month_end:
        return "last day of a month"
    match column.kind:
        case ColumnKind.money:
            return "yuan" if column.least is None or column.least < 0 else f"yuan {('≥', '>')[column.least]} 0"
        case ColumnKind.number:
            return f"whole number {column.least} to {column.most}"
        case kind:
            return _HOLDS.get(kind, kind.value)


_HOLDS = {ColumnKind.rate: "fraction 0 to 1", ColumnKind.enterprise: "18 characters, GB 32100"}
