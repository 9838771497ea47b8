"""`rongqiao ingest`, `rongqiao profile`, `rongqiao train`: data in, profiles, models."""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import deliver, profile, readiness, train
from service.work.deliver import DeliveryReport
from service.work.home import open_home, open_or_create_home


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
) -> None:
    """Add the three commands."""
    ingest = commands.add_parser("ingest", parents=[home], help="take a delivery of data")
    ingest.add_argument("format", choices=("tables", "cumcm2020c"), help="the delivery's format")
    ingest.add_argument("path", type=Path, help="its file or folder")
    ingest.add_argument("--json", action="store_true", help="print the report as JSON")
    ingest.set_defaults(work=_ingest)
    build = commands.add_parser("profile", parents=[home], help="build the profiles of all enterprises as of a day")
    build.set_defaults(work=_profile)
    fit = commands.add_parser(
        "train", parents=[home], help="train the models that the home's outcomes and match history allow"
    )
    fit.add_argument("--no-activate", action="store_true", help="stop at evaluated: approve and activate nothing")
    fit.add_argument(
        "--reject-factor",
        type=float,
        metavar="FACTOR",
        help="assume that refused firms default FACTOR times (1 to 10) as often as granted ones of the same score band "
        "(preset: assume nothing of them)",
    )
    fit.set_defaults(work=_train)
    for command in (build, fit):
        command.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="preset: the latest known_on of the home")
        command.add_argument("--json", action="store_true", help="print the result as JSON")


def _ingest(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_or_create_home(arguments.home, settings.database)
    report = deliver.take(home, COMMAND, arguments.path, arguments.format)
    told = readiness.review_if_any(home, COMMAND)
    if arguments.json:
        print_json(report.as_json())
    else:
        _print_report(report)
        if told is not None:
            print_line(f"已复核融资目标 goals reviewed {told.goals}，通知企业 firms told {told.told}")
    if report.anything_kept:
        return 0
    sys.stderr.write("rongqiao: 没有任何可接收的数据。\n          Nothing could be taken.\n")
    return 1


def _print_report(report: DeliveryReport) -> None:
    rows = [
        (name, one["rows_read"], one["taken"], one["taken_with_warning"], one["dropped_duplicates"], one["quarantined"])
        for name, one in report.counts().items()
    ]
    columns = ("表 table", "读入 read", "接收 taken", "其中有警告 warned", "重复剔除 duplicates", "隔离 quarantined")
    print_table(f"接收报告 delivery {report.delivery_id}", columns, rows)
    for line in report.sentences():
        print_line(line)


def _profile(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    built = profile.build(home, COMMAND, arguments.as_of)
    if arguments.json:
        print_json(built.as_json())
    else:
        print_line(f"画像日期 as of {built.as_of}: {built.enterprises} 户 enterprises, {built.features} 项 features")
        print_line(f"哈希 hash {built.hash}")
    return 0


def _train(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    activate, factor = not arguments.no_activate, arguments.reject_factor
    trained = train.train(home, COMMAND, arguments.as_of, activate=activate, reject_factor=factor)
    if arguments.json:
        print_json(trained.as_json())
    else:
        for line in trained.sentences():
            print_line(line)
    return 0
