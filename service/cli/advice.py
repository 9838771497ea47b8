"""`rongqiao advise`: what would make a product fit an enterprise, or more products."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import advice
from service.work.home import open_home
from service.work.match import Question

HEAD = ("步骤 step", "天 days", "工作量 effort")


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
    amount_fen: Callable[[str], int],
    term_months: Callable[[str], int],
) -> None:
    """Add `advise`."""
    command = commands.add_parser("advise", parents=[home], help="what would make a product fit, or why nothing does")
    command.add_argument("enterprise", metavar="ENTERPRISE", help="an enterprise's id")
    command.add_argument("product", metavar="PRODUCT", nargs="?", help="a product; left out: what makes more fit")
    command.add_argument("--amount", type=amount_fen, metavar="YUAN", help="the amount asked for")
    command.add_argument("--term", type=term_months, metavar="MONTHS", help="the term asked for")
    command.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="preset: the latest known_on of the home")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(work=_advise)


def _advise(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    question = Question(amount_fen=arguments.amount, term_months=arguments.term, as_of=arguments.as_of)
    if arguments.product is None:
        document, show = advice.advise_more(home, COMMAND, arguments.enterprise, question).document, _print_more
    else:
        answer = advice.advise_product(home, COMMAND, arguments.enterprise, arguments.product, question)
        document, show = answer.document, _print_product
    if arguments.json:
        print_json(document)
        return 0
    show(document)
    print_line(document["condition"])
    print_line(f"数据时点 as of {document['as_of']} · 日志条目 log entry {document['log_entry']}")
    return 0


def _print_product(document: dict[str, Any]) -> None:
    print_line(f"{document['product']['name']}：{document['text']}")
    for number, plan in enumerate(document["plans"], start=1):
        steps = [(step["zh"], step["days"], step["effort"]) for step in plan["steps"]]
        print_table(f"方案 plan {number}: {plan['days']}天 days", HEAD, steps)
    for one in document["proof"]:
        print_line(one["zh"])
    if document["internal"] is not None:
        print_line(document["internal"]["zh"])


def _print_more(document: dict[str, Any]) -> None:
    rows = [(one["text"], one["days"], "、".join(each["name"] for each in one["gained"])) for one in document["more"]]
    print_table("可使更多产品适合的做法 what makes more fit", ("做法 what", "天 days", "产品 products"), rows)
    for hint in document["hints"]:
        print_line(hint["zh"])
