"""`rongqiao match`: the three lists for an enterprise or for a product."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import match
from service.work.home import open_home


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
    amount_fen: Callable[[str], int],
    term_months: Callable[[str], int],
) -> None:
    """Add `match`."""
    command = commands.add_parser("match", parents=[home], help="match an enterprise with products, or the reverse")
    subject = command.add_mutually_exclusive_group(required=True)
    subject.add_argument("--enterprise", metavar="ID", help="an enterprise: which products fit")
    subject.add_argument("--product", metavar="ID", help="a product: which enterprises fit")
    command.add_argument("--amount", type=amount_fen, metavar="YUAN", help="the amount asked for")
    command.add_argument("--term", type=term_months, metavar="MONTHS", help="the term asked for")
    command.add_argument("--top", type=_top, metavar="K", help="cut each list at K rows")
    command.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="preset: the latest known_on of the home")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(work=_match)


def _match(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    question = match.Question(
        amount_fen=arguments.amount,
        term_months=arguments.term,
        as_of=arguments.as_of,
        top=arguments.top,
    )
    if arguments.enterprise is not None:
        answer = match.products_for(home, COMMAND, arguments.enterprise, question)
    else:
        answer = match.enterprises_for(home, COMMAND, arguments.product, question)
    if arguments.json:
        print_json(answer.document)
    else:
        _print_lists(answer.document)
    return 0


def _print_lists(document: dict[str, Any]) -> None:
    other = "product" if "enterprise" in document else "enterprise"
    counts = document["counts"]
    for key, title in (("fits", "符合 fits"), ("may_fit", "可能符合 may fit")):
        ranked, rows = _ranked(document[key], other)
        print_table(f"{title}: {counts[key]}", ranked, rows)
    failed = ("编号 id", "名称 name", "未满足的条件 criterion", "企业的值 value")
    refused = ((row[other], row["name"], row["criterion"], row["value"]) for row in document["does_not_fit"])
    print_table(f"暂不符合 does not fit: {counts['does_not_fit']}", failed, refused)
    for note in document["notes"]:
        print_line(note["zh"])
    print_line(f"排序 order {_order(document)}")
    print_line(f"数据时点 as of {document['as_of']} · 日志条目 log entry {document['log_entry']}")


def _ranked(rows: list[dict[str, Any]], other: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of a list; the share granted has a column where a model tells it."""
    told = any(row["granted_of_applied"] is not None for row in rows)
    head = ("编号 id", "名称 name", "得分 score", *(["申请者获批 granted of applied"] if told else []), "理由 reasons")
    return head, [
        (
            row[other],
            row["name"],
            f"{row['score']:.3f}",
            *(["—" if row["granted_of_applied"] is None else f"{row['granted_of_applied']:.0%}"] if told else []),
            "\n".join(reason["text"] for reason in row["reasons"]),
        )
        for row in rows
    ]


def _order(document: dict[str, Any]) -> str:
    model = document["order_model"]
    return "透明评分 transparent score" if model is None else f"学习排序 ranker {model['id']}"


def _top(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; a whole number from 1")
    return int(text)
