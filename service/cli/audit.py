"""`rongqiao audit verify` and `rongqiao db upgrade`."""

import argparse

from service.access.caller import COMMAND
from service.cli.printing import print_line
from service.settings import Settings
from service.work import match_log
from service.work.home import open_home, upgrade_home


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", home: argparse.ArgumentParser) -> None:
    """Add the groups `audit` and `db`."""
    audit = commands.add_parser("audit", help="check the match log").add_subparsers(required=True, metavar="ACT")
    check = audit.add_parser("verify", parents=[home], help="verify every entry of the log")
    check.set_defaults(work=_verify)
    base = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="ACT")
    newest = base.add_parser("upgrade", parents=[home], help="bring the database to the newest migration")
    newest.set_defaults(work=_upgrade)


def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    result = match_log.verify_log(home, COMMAND)
    for fault in result.faults:
        print_line(f"条目 {fault.entry}: {fault.zh}。 entry {fault.entry}: {fault.en}")
    verdict = "核验通过 all entries hold" if result.holds else f"{len(result.faults)} 条有误 do not hold"
    print_line(f"共 {result.entries} 条 entries: {verdict}")
    return 0 if result.holds else 1


def _upgrade(arguments: argparse.Namespace, settings: Settings) -> int:
    revision = upgrade_home(arguments.home, settings.database)
    print_line(f"数据库已是最新版本 the database is at {revision}")
    return 0
