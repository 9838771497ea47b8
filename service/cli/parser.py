"""The command's words: groups add their own, one function runs the chosen one and speaks its failure."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from service import edge
from service.cli import (
    advice,
    audit,
    cases,
    catalogue,
    data,
    matches,
    models,
    odds,
    plans,
    policies,
    price,
    readiness,
    serving,
    studies,
    unmet,
)
from service.errors import BadRequestError, ServiceError
from service.settings import Settings, read_settings
from service.work.core_errors import CORE_ERRORS

Work = Callable[[argparse.Namespace, Settings], int]

T = TypeVar("T")


def run(argv: Sequence[str] | None) -> int:
    """Parse `argv`, run the command, print a failure's sentence to standard error and return the exit code."""
    settings = read_settings()
    arguments = _parser(settings).parse_args(argv)
    work: Work = arguments.work
    try:
        return work(arguments, settings)
    except ServiceError as error:
        sys.stderr.write(f"rongqiao: {error.zh}\n          {error.en}\n")
    except CORE_ERRORS as error:
        sys.stderr.write(f"rongqiao: {error}\n")
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.stderr.write("\nrongqiao: 已中断。 Interrupted.\n")
    return 1


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rongqiao", description="融桥：企业画像、银企匹配与可核验的匹配日志")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    home = _home_option(settings.home)
    serving.add(commands, home, settings)
    day = _argument(edge.day)
    data.add(commands, home, day)
    catalogue.add(commands, home)
    matches.add(commands, home, day, _argument(edge.amount_fen), _argument(edge.term_months))
    models.add(commands, home, day)
    studies.add(commands)
    odds.add(commands, home)
    cases.add(commands)
    unmet.add(commands, home, day)
    readiness.add(commands, home)
    advice.add(commands, home, day, _argument(edge.amount_fen), _argument(edge.term_months))
    plans.add(commands, home, day)
    price.add(commands)
    policies.add(commands, home, day, _argument(edge.amount_fen), _argument(edge.term_months))
    audit.add(commands, home)
    return parser


def _home_option(preset: Path) -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--home", type=Path, default=preset, metavar="DIR", help=f"the folder of everything (preset {preset})"
    )
    return parent


def _argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return `read` (of `service.edge`) with its refusal said as wrong use of the command."""

    def argument(text: str) -> T:
        try:
            return read(text)
        except BadRequestError as error:
            raise argparse.ArgumentTypeError(f"{error.zh} {error.en}") from error

    return argument
