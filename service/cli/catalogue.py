"""`rongqiao list` and `rongqiao product load|save|versions|withdraw`."""

import argparse
from pathlib import Path

from service.access.caller import COMMAND
from service.cli import criteria
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import catalogue, product_versions
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
    save = product.add_parser("save", parents=[home], help="save one product, or several, as their next version")
    save.add_argument("path", type=Path)
    save.set_defaults(work=_save)
    versions = product.add_parser("versions", parents=[home], help="list all versions of a product")
    versions.add_argument("id", metavar="ID")
    versions.add_argument("--json", action="store_true", help="print JSON")
    versions.set_defaults(work=_versions)
    withdraw = product.add_parser("withdraw", parents=[home], help="take a product out of every answer")
    withdraw.add_argument("id", metavar="ID")
    withdraw.set_defaults(work=_withdraw)
    criteria.add(product, home)


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
    count = product_versions.load(home, COMMAND, arguments.path)
    print_line(f"已载入 {count} 个产品 products loaded")
    return 0


def _save(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    for saved in product_versions.save(home, COMMAND, arguments.path.read_text(encoding="utf-8")):
        version = saved.version
        print_line(f"已保存 {version.product} 第 {version.number} 版 version {version.number}, {version.digest[:12]}")
        for finding in saved.findings:
            print_line(f"  {finding.words.zh} {finding.words.en}")
    return 0


def _versions(arguments: argparse.Namespace, settings: Settings) -> int:
    found = product_versions.versions(open_home(arguments.home, settings.database), COMMAND, arguments.id)
    if arguments.json:
        print_json(found)
        return 0
    columns = ("版本 number", "时间 saved at", "操作人 by", "哈希 digest")
    rows = (
        (str(one["number"]), one["saved_at"], one["saved_by"], "停用 withdrawn" if one["withdrawn"] else one["digest"])
        for one in found
    )
    print_table(f"{arguments.id} 的版本 versions", columns, rows)
    return 0


def _withdraw(arguments: argparse.Namespace, settings: Settings) -> int:
    found = product_versions.withdraw(open_home(arguments.home, settings.database), COMMAND, arguments.id)
    print_line(f"已停用 {found.product} withdrawn")
    return 0
