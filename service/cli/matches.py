"""`rongqiao match`: the three lists for an enterprise or for a product."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.errors import BadRequestError
from service.settings import Settings
from service.work import match, match_pages
from service.work.home import Home, open_home

FIRST = 1
# What stands for the id of a firm that is no longer in the list.
_GONE = "—"


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
    command.add_argument("--sort", metavar="ORDER", help="of products: chance, price, speed or plain")
    command.add_argument("--place", default="", metavar="CODE", help="of enterprises: those of a place (GB/T 2260)")
    command.add_argument("--section", default="", metavar="LETTER", help="of enterprises: those of a section, A to T")
    command.add_argument("--sales-band", default="", metavar="N", help="of enterprises: those of a band of sales")
    command.add_argument("--page", type=_top, metavar="N", help="of enterprises: page N, each of K rows")
    command.add_argument("--cursor", type=_top, metavar="ENTRY", help="for page 2 and on: the first page's log entry")
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
        sort=match.sort_of(arguments.sort),
        narrowing=match.narrowing_of(arguments.place, arguments.section, arguments.sales_band),
    )
    if arguments.enterprise is not None:
        answer = match.products_for(home, COMMAND, arguments.enterprise, question)
    else:
        answer = _enterprises(home, arguments, question)
    if arguments.json:
        print_json(answer.document)
    else:
        _print_lists(answer.document)
    return 0


def _enterprises(home: Home, arguments: argparse.Namespace, question: match.Question) -> match.Answer:
    if arguments.cursor is not None:
        return match_pages.further_page(home, COMMAND, arguments.product, arguments.cursor, arguments.page or FIRST + 1)
    if arguments.page is None:
        return match.enterprises_for(home, COMMAND, arguments.product, question)
    if arguments.page > FIRST:
        raise BadRequestError(
            "第 2 页起请用 --cursor 给出首页的日志条目编号。",
            "From page 2 on give --cursor, the first page's log entry.",
        )
    return match_pages.first_page(home, COMMAND, arguments.product, question)


def _print_lists(document: dict[str, Any]) -> None:
    other = "product" if "enterprise" in document else "enterprise"
    counts = document["counts"]
    for key, title in (("fits", "符合 fits"), ("may_fit", "可能符合 may fit")):
        ranked, rows = _ranked(document[key], other)
        print_table(f"{title}: {counts[key]}", ranked, rows)
    failed = ("编号 id", "名称 name", "未满足的条件 criterion", "企业的值 value")
    refused = (
        (_GONE, row["zh"], "", "") if "gone" in row else (row[other], row["name"], row["criterion"], row["value"])
        for row in document["does_not_fit"]
    )
    print_table(f"暂不符合 does not fit: {counts['does_not_fit']}", failed, refused)
    for note in document["notes"]:
        print_line(note["zh"])
    print_line(f"排序 order {_order(document)}")
    if "cursor" in document:
        print_line(f"第 {document['page']}/{document['pages']} 页 page · --cursor {document['cursor']}")
    print_line(f"数据时点 as of {document['as_of']} · 日志条目 log entry {document['log_entry']}")


def _ranked(rows: list[dict[str, Any]], other: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of a list; the share granted has a column where a model tells it."""
    told = any(row.get("granted_band") is not None for row in rows)
    head = ("编号 id", "名称 name", "得分 score", *(["每100家申请获批 granted of 100"] if told else []), "理由 reasons")
    return head, [
        (_GONE, row["zh"], "", *([""] if told else []), "")
        if "gone" in row
        else (
            row[other],
            row["name"],
            "—" if row["score"] is None else f"{row['score']:.3f}",
            *([_band(row["granted_band"])] if told else []),
            "\n".join(reason["text"] for reason in row["reasons"]),
        )
        for row in rows
    ]


def _band(band: dict[str, Any] | None) -> str:
    """Write a band: of 100 firms alike that applied so many were granted, and how many such firms there were."""
    if band is None:
        return "—"
    if band["low"] is None:
        return "样本不足10家"
    return f"{band['low']}–{band['high']}（n={band['n']}）"


def _order(document: dict[str, Any]) -> str:
    if document["sort"] != "chance":
        return f"{document['sort_zh']} {document['sort_en']}"
    model = document["order_model"]
    return "透明评分 transparent score" if model is None else f"学习排序 ranker {model['id']}"


def _top(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; a whole number from 1")
    return int(text)
