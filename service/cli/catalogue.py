"""`rongqiao list` and `rongqiao product load`."""

import argparse
from pathlib import Path

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import catalogue
from service.work.home import open_home


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", home: argparse.ArgumentParser) -> None:
    """Add `list` and `product`."""
    lists = commands.add_parser("list", parents=[home], help="list products or enterprises")
    lists.add_argument("what", choices=("products", "enterprises"))
    lists.add_argument("--json", action="store_true", help="print JSON")
    lists.set_defaults(work=_list)
    product = commands.add_parser("product", help="the catalogue").add_subparsers(required=True, metavar="ACT")
    load = product.add_parser("load", parents=[home], help="put the products of a JSON file into the home")
    load.add_argument("path", type=Path)
    load.set_defaults(work=_load)


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    if arguments.what == "enterprises":
        rows = catalogue.enterprises(home, COMMAND)
    else:
        rows = catalogue.products(home, COMMAND)
    if arguments.json:
        print_json(rows)
    elif arguments.what == "enterprises":
        print_table("企业 enterprises", ("编号 id", "名称 name"), ((row["id"], row["name"]) for row in rows))
    else:
        columns = ("编号 id", "名称 name", "银行 bank")
        print_table("产品 products", columns, ((row["id"], row["name"], row["bank_name"]) for row in rows))
    return 0


def _load(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    count = catalogue.load(home, COMMAND, arguments.path)
    print_line(f"已载入 {count} 个产品 products loaded")
    return 0
