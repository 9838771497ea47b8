"""`rongqiao price`: the annual rate of dated cash flows."""

import argparse
from pathlib import Path

from service.cli.printing import print_json, print_line
from service.settings import Settings
from service.work import price


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `price`."""
    command = commands.add_parser("price", help="the annual rate of dated cash flows (XIRR, Act/365)")
    command.add_argument("path", type=Path, metavar="CASHFLOWS.csv", help="header date,amount; rows in any order")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(work=_price)


def _price(arguments: argparse.Namespace, _settings: Settings) -> int:
    rate = price.price(arguments.path)
    if arguments.json:
        print_json({"rate": rate})
    else:
        print_line(f"年化利率 annual rate（XIRR, Act/365）: {rate:.6%}（{rate!r}）")
    return 0
