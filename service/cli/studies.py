"""`rongqiao study`: the platform's models on any table that a TOML file describes, and its plan on any market."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.printing import print_json, print_json_line, print_line
from service.settings import Settings

if TYPE_CHECKING:
    from service.work.studies import Told

PRESET_OPTIONS = 100
PRESET_QUERIES = 500
PRESET_CUSTOMERS = 20


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group `study`."""
    acts = commands.add_parser("study", help="the models on a table of one's own, described by a TOML file")
    group = acts.add_subparsers(required=True, metavar="ACT")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument("config", type=Path, metavar="CONFIG.toml", help="the description of the study")
    match = group.add_parser("match", parents=[config], help="the best options of each query")
    acquire = group.add_parser("acquire", parents=[config], help="the best queries of each option")
    risk = group.add_parser("risk", parents=[config], help="the probability of each query that its label is 1")
    fit = group.add_parser("fit", parents=[config], help="fit once, for --model")
    report = group.add_parser("report", parents=[config], help="how the model does beside the baselines")
    for command in (match, acquire, risk):
        command.add_argument("--queries", type=Path, metavar="FILE", help="a Parquet of rows to ask about")
    either = match.add_mutually_exclusive_group()
    for splits in (either, fit):
        splits.add_argument("--fit", type=_splits, default=(), metavar="SPLIT,…", help="in place of the study's `fit`")
    for stored in (either, acquire, risk):
        stored.add_argument("--model", type=Path, metavar="DIR", help="a model of `study fit`: no refit")
    match.add_argument("--top", type=_count, default=PRESET_OPTIONS, metavar="K", help="preset 100")
    acquire.add_argument(
        "--top", type=_count, default=PRESET_QUERIES, metavar="K", help="queries per option, preset 500"
    )
    acquire.add_argument(
        "--min-customers", type=_count, default=PRESET_CUSTOMERS, metavar="N", help="rows of an option in the fit"
    )
    for command in (match, acquire, risk):
        command.add_argument("--out", type=Path, required=True, metavar="FILE.parquet", help="the result")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    report.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    _add_market(group)
    for command, work in ((match, _match), (acquire, _acquire), (risk, _risk), (fit, _fit), (report, _report)):
        command.set_defaults(work=work)


def _add_market(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    market = group.add_parser("market", help="plan the orders shown to both sides of a market together")
    market.add_argument(
        "market", type=Path, metavar="MARKET.npz", help="arrays left and right, both left × right, chances from 0 to 1"
    )
    market.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="left_rank and right_rank")
    market.add_argument(
        "--attention", choices=("inverse", "log", "exp"), default="inverse", help="what a place is worth, preset 1/r"
    )
    market.set_defaults(work=_market)


def _match(arguments: argparse.Namespace, _: Settings) -> int:
    from service.work import studies  # noqa: PLC0415 (the other commands need no study)
    from service.work.study_work import Question  # noqa: PLC0415

    question = Question(arguments.config, arguments.queries, arguments.fit, arguments.model)
    return _say(studies.match(question, arguments.out, arguments.top))


def _acquire(arguments: argparse.Namespace, _: Settings) -> int:
    from service.work import studies  # noqa: PLC0415
    from service.work.study_work import Question  # noqa: PLC0415

    question = Question(arguments.config, arguments.queries, model=arguments.model)
    return _say(studies.acquire(question, arguments.out, arguments.min_customers, arguments.top))


def _risk(arguments: argparse.Namespace, _: Settings) -> int:
    from service.work import studies  # noqa: PLC0415
    from service.work.study_work import Question  # noqa: PLC0415

    question = Question(arguments.config, arguments.queries, model=arguments.model)
    return _say(studies.risk(question, arguments.out))


def _fit(arguments: argparse.Namespace, _: Settings) -> int:
    from service.work import studies  # noqa: PLC0415
    from service.work.study_work import Question  # noqa: PLC0415

    return _say(studies.fit(Question(arguments.config, fit=arguments.fit), arguments.out))


def _report(arguments: argparse.Namespace, _: Settings) -> int:
    from service.work import study_reports  # noqa: PLC0415
    from service.work.study_work import Question  # noqa: PLC0415

    found = study_reports.report(Question(arguments.config))
    if arguments.json:
        print_json(found.document)
    else:
        for line in found.lines:
            print_line(line)
        print_json_line(found.document)
    return 0


def _market(arguments: argparse.Namespace, _: Settings) -> int:
    from service.work import market_study  # noqa: PLC0415

    told = market_study.market(arguments.market, arguments.out, arguments.attention)
    for line in told.lines:
        print_line(line)
    print_json_line(told.document)
    return 0


def _say(told: "Told") -> int:
    """Print the leak check to standard error, where it is seen and spoils no output, and what was done."""
    for line in told.leaks:
        sys.stderr.write(f"{line}\n")
    for line in told.done:
        print_line(line)
    return 0


def _splits(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} names an empty split; splits are separated by commas")
    return found


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; a whole number from 1")
    return int(text)
