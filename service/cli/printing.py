"""What the command prints: one JSON document, or tables for a reader."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Column, Table


def print_json(document: Any) -> None:  # noqa: ANN401 (any JSON document)
    """Print one JSON document and nothing else on standard output."""
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_json_line(document: Any) -> None:  # noqa: ANN401 (any JSON document)
    """Print one JSON document as one line."""
    sys.stdout.write(orjson.dumps(document).decode() + "\n")


def print_line(text: str) -> None:
    """Print one line for a reader."""
    sys.stdout.write(text + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table for a reader; Chinese characters count two columns."""
    # Folded, never cut: an id without its end names nothing.
    table = Table(*(Column(one, overflow="fold") for one in columns), title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(soft_wrap=False).print(table)
