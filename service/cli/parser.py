"""The command's words: groups add their own, one function runs the chosen one and speaks its failure."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from features.errors import FeatureError
from matching.errors import MatchingError
from models.errors import ModelError
from service.cli import audit, catalogue, data, matches, serving
from service.errors import ServiceError
from service.settings import Settings, read_settings

Work = Callable[[argparse.Namespace, Settings], int]

LARGEST_AMOUNT_YUAN = Decimal(10) ** 12
LONGEST_TERM_MONTHS = 600


def run(argv: Sequence[str] | None) -> int:
    """Parse `argv`, run the command, print a failure's sentence to standard error and return the exit code."""
    settings = read_settings()
    arguments = _parser(settings).parse_args(argv)
    work: Work = arguments.work
    try:
        return work(arguments, settings)
    except ServiceError as error:
        sys.stderr.write(f"rongqiao: {error.zh}\n          {error.en}\n")
    except (FeatureError, MatchingError, ModelError) as error:
        sys.stderr.write(f"rongqiao: {error}\n")
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.stderr.write("\nrongqiao: 已中断。 Interrupted.\n")
    return 1


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rongqiao", description="融桥: 企业画像、银企匹配与可核验的匹配日志")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    home = _home_option(settings.home)
    serving.add(commands, home, settings)
    data.add(commands, home, day)
    catalogue.add(commands, home)
    matches.add(commands, home, day, amount_fen, term_months)
    audit.add(commands, home)
    return parser


def _home_option(preset: Path) -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--home", type=Path, default=preset, metavar="DIR", help=f"the folder of everything (preset {preset})"
    )
    return parent


def day(text: str) -> date:
    """Read YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write YYYY-MM-DD") from error


def amount_fen(text: str) -> int:
    """Read an amount in yuan with at most two decimals; return fen."""
    try:
        yuan = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in yuan") from error
    if not yuan.is_finite() or not 0 < yuan <= LARGEST_AMOUNT_YUAN:
        raise argparse.ArgumentTypeError(f"an amount lies above 0 and at most at {LARGEST_AMOUNT_YUAN} yuan")
    fen = yuan * 100
    if fen != fen.to_integral_value():
        raise argparse.ArgumentTypeError(f"{text!r} has more than two decimals")
    return int(fen)


def term_months(text: str) -> int:
    """Read a term in whole months."""
    if not text.isdecimal() or not 0 < int(text) <= LONGEST_TERM_MONTHS:
        raise argparse.ArgumentTypeError(f"{text!r} is no term; whole months from 1 to {LONGEST_TERM_MONTHS}")
    return int(text)
