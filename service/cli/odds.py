"""`rongqiao odds promises`: what bands promised and what was granted, by bank and month."""

import argparse
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import odds
from service.work.home import open_home

_HEAD = ("月份 month", "银行 bank", "承诺 promised", "获批 granted", "对照 kept", "笔数 decided", "企业 firms")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", home: argparse.ArgumentParser) -> None:
    """Add `odds`."""
    group = commands.add_parser("odds", help="honest odds: promise and outcome")
    acts = group.add_subparsers(dest="act", required=True, metavar="ACT")
    command = acts.add_parser("promises", parents=[home], help="promise and outcome by bank and month")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(work=_promises)


def _promises(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    document = odds.promises(home, COMMAND.log_name)
    if arguments.json:
        print_json(document)
        return 0
    print_table(
        f"每{document['per']}家申请企业中的获批家数 of 100 that applied", _HEAD, [_row(one) for one in document["rows"]]
    )
    print_line(document["source"])
    print_line(f"数据时点 as of {document['as_of']} · 日志条目 log entry {document['log_entry']}")
    return 0


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    if one["decided"] is None:
        return (one["month"], one["bank_name"], "—", "—", one["kept_zh"], "—", "—")
    return (
        one["month"],
        one["bank_name"],
        f"{one['low']:.0f}–{one['high']:.0f}",
        f"{one['granted']:.1f}",
        one["kept_zh"],
        str(one["decided"]),
        str(one["firms"]),
    )
