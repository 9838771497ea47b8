"""`rongqiao readiness`: look at the goals of firms again, and what became of them."""

import argparse
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import readiness
from service.work.home import open_home

_HIDDEN = "—"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", home: argparse.ArgumentParser) -> None:
    """Add `readiness`."""
    group = commands.add_parser("readiness", help="firms that wait for a product to fit them").add_subparsers(
        required=True, metavar="ACT"
    )
    review = group.add_parser("review", parents=[home], help="look at all goals again; tell whom its product fits now")
    review.set_defaults(work=_review)
    summary = group.add_parser("summary", parents=[home], help="what became of goals, of ten and more")
    summary.add_argument("--json", action="store_true", help="print JSON")
    summary.set_defaults(work=_summary)


def _review(arguments: argparse.Namespace, settings: Settings) -> int:
    done = readiness.review(open_home(arguments.home, settings.database), COMMAND)
    print_line(f"复核目标 goals reviewed {done.goals}，通知企业 firms told {done.told}（数据时点 as of {done.as_of}）")
    return 0


def _summary(arguments: argparse.Namespace, settings: Settings) -> int:
    found = readiness.summary(open_home(arguments.home, settings.database), COMMAND)
    if arguments.json:
        print_json(found)
        return 0
    head = ("产品 product", "目标 set", "进行中 open", "达成 reached", "放弃 given up", "中位天数 median days")
    print_table("融资准备 readiness", head, (_row(one) for one in found))
    return 0


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    exits = one["exits"]
    counts = (one["set_count"], one["open_count"], exits["reached"], exits["given_up"])
    median = one["median_days"]
    return (one["product"], *(_HIDDEN if count is None else str(count) for count in (*counts, median)))
