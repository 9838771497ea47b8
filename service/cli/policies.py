"""`rongqiao policy`: policies loaded, pushed and followed; `rongqiao cost`: the cost sheet of a loan."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import cost, policies
from service.work.home import open_home

_FEW = "<10"


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
    amount_fen: Callable[[str], int],
    term_months: Callable[[str], int],
) -> None:
    """Add `policy` and `cost`."""
    group = commands.add_parser("policy", help="policies that change what a loan costs").add_subparsers(
        required=True, metavar="ACT"
    )
    load = group.add_parser("load", parents=[home], help="put the policies of a JSON file into the home")
    load.add_argument("path", type=Path, nargs="?", help="preset: the packaged samples")
    load.set_defaults(work=_load)
    push = group.add_parser("push", parents=[home], help="tell each firm once of the policies that are for it")
    push.add_argument("--json", action="store_true", help="print JSON")
    push.set_defaults(work=_push)
    listed = group.add_parser("list", parents=[home], help="policies and how far firms have come, of ten and more")
    listed.add_argument("--json", action="store_true", help="print JSON")
    listed.set_defaults(work=_list)
    decide = group.add_parser("decide", parents=[home], help="note what a firm's application came to")
    decide.add_argument("policy")
    decide.add_argument("enterprise")
    decide.add_argument("result", choices=("granted", "refused"))
    decide.set_defaults(work=_decide)
    sheet = commands.add_parser("cost", parents=[home], help="the cost sheet of a loan (贷款明白纸)")
    sheet.add_argument("product")
    sheet.add_argument("--amount", type=amount_fen, required=True, metavar="YUAN")
    sheet.add_argument("--term", type=term_months, required=True, metavar="MONTHS")
    sheet.add_argument("--policy", action="append", default=[], metavar="ID", help="use this policy; may be repeated")
    sheet.add_argument("--on", type=day, metavar="YYYY-MM-DD", help="the day the loan is drawn; preset: today")
    sheet.add_argument("--json", action="store_true", help="print JSON")
    sheet.set_defaults(work=_cost)


def _load(arguments: argparse.Namespace, settings: Settings) -> int:
    count = policies.load(open_home(arguments.home, settings.database), COMMAND, arguments.path)
    print_line(f"已载入 {count} 项政策 policies loaded")
    return 0


def _push(arguments: argparse.Namespace, settings: Settings) -> int:
    done = policies.push(open_home(arguments.home, settings.database), COMMAND)
    if arguments.json:
        print_json(done.as_json())
        return 0
    print_table("推送 pushed", ("政策 policy", "企业 firms"), sorted(done.told.items()))
    print_line(f"到期结束 expired {done.expired} · 数据时点 as of {done.as_of}")
    return 0


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    found = policies.summary(open_home(arguments.home, settings.database), COMMAND)
    if arguments.json:
        print_json(found)
        return 0
    states = [state.value for state in policies.PushState]
    head = ("政策 policy", "名称 name", "有效 in force", *(f"{_zh(name)} {name}" for name in states))
    print_table("政策 policies", head, (_row(one, states) for one in found))
    return 0


def _decide(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    policies.decide(home, COMMAND, arguments.policy, arguments.enterprise, granted=arguments.result == "granted")
    print_line(f"已记录 noted: {arguments.policy} · {arguments.enterprise} · {arguments.result}")
    return 0


def _cost(arguments: argparse.Namespace, settings: Settings) -> int:
    asked = cost.Asked(arguments.product, arguments.amount, arguments.term, arguments.on, tuple(arguments.policy))
    told = cost.cost(open_home(arguments.home, settings.database), COMMAND, asked)
    if arguments.json:
        print_json(told.document)
    else:
        for line in told.lines:
            print_line(line)
    return 0


def _zh(state: str) -> str:
    return policies.STATES[policies.PushState(state)].zh


def _row(one: dict[str, Any], states: list[str]) -> tuple[object, ...]:
    counts = (_FEW if one["states"][name] is None else one["states"][name] for name in states)
    return (one["policy"], one["name"], "是 yes" if one["in_force"] else "否 no", *counts)
