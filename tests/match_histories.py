"""Small match histories in stored form, written day by day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from features.tables import TABLES, stored_schema
from matching.choice_states import History

SCHEMAS: dict[str, pa.Schema] = {
    name: stored_schema(TABLES[name]) for name in ("requests", "shown", "applications", "decisions")
}


class Written:
    """A history in the making; every line is a version with the day it was known."""

    def __init__(self) -> None:
        """Begin without a line."""
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}

    def request(self, enterprise: str, number: str, day: date, *, known: date | None = None, **values: int) -> None:
        asked = {"amount_fen": 20_000_000, "term_months": 12, **values}
        self._add("requests", (enterprise, number), known or day, requested_on=day, **asked)

    def shown(self, pair: tuple[str, str, str], day: date, *, known: date | None = None, **values: object) -> None:
        place = {"position": 1, "list_order": "written", "shown_chance_ppm": 1_000_000, **values}
        self._add("shown", pair, known or day, shown_on=day, **place)

    def applied(self, pair: tuple[str, str, str], day: date, *, known: date | None = None) -> None:
        self._add("applications", pair, known or day, applied_on=day, amount_fen=20_000_000, term_months=12)

    def decided(self, pair: tuple[str, str, str], day: date, outcome: str, *, known: date | None = None) -> None:
        self._add("decisions", pair, known or day, decided_on=day, outcome=outcome)

    def history(self) -> History:
        return History(**{name: table(name, rows) for name, rows in self.rows.items()})

    def _add(self, name: str, key: tuple[str, ...], known: date, **values: object) -> None:
        row = dict(zip(("enterprise", "request_no", "product"), key, strict=False))
        row_id = sum(len(rows) for rows in self.rows.values()) + 1
        self.rows[name].append({**row, **values, "known_on": known, "known_on_basis": "recorded", "row_id": row_id})


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows as the stored table of that name; what a row does not name is missing."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMAS[name])
