"""`rongqiao model`: which models there are, their approval, activation and retirement, and how the one in use does."""

import argparse
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import model_watch, releases
from service.work.home import open_home

ACTS: dict[str, tuple[releases.Act, str]] = {
    "show": (releases.show, "show a model with its figures"),
    "approve": (releases.approve, "approve an evaluated model"),
    "activate": (releases.activate, "make an approved model the active one of its purpose"),
    "retire": (releases.retire, "put a model out of use"),
}


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
) -> None:
    """Add the group `model`."""
    group = commands.add_parser("model", help="the models and their states").add_subparsers(
        required=True, metavar="ACT"
    )
    every = group.add_parser("list", parents=[home], help="list all models, the newest first")
    every.set_defaults(work=_list)
    watch = group.add_parser("watch", parents=[home], help="watch the default model in use for drift")
    watch.add_argument("--as-of", type=day, default=None, metavar="DAY", help="the day (preset: the latest known)")
    watch.set_defaults(work=_watch)
    parsers = [every, watch]
    for name, (act, about) in ACTS.items():
        one = group.add_parser(name, parents=[home], help=about)
        one.add_argument("model", metavar="ID", help="the model's id")
        one.set_defaults(work=_act, act=act)
        parsers.append(one)
    for one in parsers:
        one.add_argument("--json", action="store_true", help="print JSON")


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    found = [releases.as_json(one) for one in releases.models(open_home(arguments.home, settings.database), COMMAND)]
    if arguments.json:
        print_json(found)
    else:
        columns = ("编号 id", "用途 purpose", "状态 state", "时点 as of")
        rows = (
            (
                one["id"],
                one["purpose"],
                f"{releases.STATES_ZH[one['state']]} {one['state']}",
                one["as_of"],
            )
            for one in found
        )
        print_table("模型 models", columns, rows)
    return 0


def _act(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    document = releases.as_json(arguments.act(home, COMMAND, arguments.model))
    if arguments.json:
        print_json(document)
    else:
        for line in _lines(document):
            print_line(line)
    return 0


def _watch(arguments: argparse.Namespace, settings: Settings) -> int:
    found = model_watch.watch(open_home(arguments.home, settings.database), COMMAND, arguments.as_of)
    if arguments.json:
        print_json(found.as_json())
    else:
        for line in found.sentences():
            print_line(line)
    return 0


def _lines(document: dict[str, Any]) -> Iterator[str]:
    purpose, state = document["purpose"], document["state"]
    yield f"模型 model {document['id']}"
    yield f"  用途 purpose: {releases.PURPOSES_ZH.get(purpose, '')} {purpose}, {document['kind']}"
    yield f"  状态 state: {releases.STATES_ZH[state]} {state}; 数据时点 as of {document['as_of']}"
    for name, zh in (("trained_at", "训练"), ("approved_at", "批准"), ("activated_at", "启用"), ("retired_at", "停用")):
        if document[name] is not None:
            by = f" {document['approved_by']}" if name == "approved_at" else ""
            yield f"  {zh} {name}: {document[name]}{by}"
