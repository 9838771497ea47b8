"""`rongqiao plan`: the joint plan of both sides' orders."""

import argparse
from collections.abc import Callable
from datetime import date

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line
from service.settings import Settings
from service.work import plan
from service.work.home import open_home


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
) -> None:
    """Add the group `plan`."""
    acts = commands.add_parser("plan", help="the orders shown to firms and banks, planned together")
    group = acts.add_subparsers(required=True, metavar="ACT")
    run = group.add_parser("run", parents=[home], help="plan, store and log; every night")
    run.add_argument("--as-of", type=day, metavar="YYYY-MM-DD", help="preset: the latest known_on of the home")
    run.add_argument("--json", action="store_true", help="print JSON")
    run.set_defaults(work=_run)


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    home = open_home(arguments.home, settings.database)
    done = plan.run(home, COMMAND, arguments.as_of)
    if arguments.json:
        print_json(done)
        return 0
    print_line(
        f"{done['as_of']}：{done['firms']} 家企业 firms, {done['products']} 个产品 products, {done['pairs']} 对 pairs；"
        f"退出计划 left planning {done['left_planning']}"
    )
    for key, name in (("own", "各按自己的排序 own orders"), ("planned", "联合排序 planned together")):
        print_line(
            f"{name}：期望匹配 expected {done[f'{key}_matches']:.1f}, 有效匹配 effective "
            f"{done[f'{key}_effective_matches']:.1f}, 无力受理的申请 unread {done[f'{key}_unread_share']:.1%}, "
            f"嫉妒 envies {done[f'{key}_envies']}"
        )
    if seats := done["seats"]:
        print_line(
            f"季度名额分配 seats of the quarter：{seats['seated']} 家 firms, 不稳定对 blocking pairs "
            f"{seats['blocking_pairs']}, 未用名额 unused quota {seats['unused_quota']}；小银行占 small banks "
            f"{seats['small_banks_of_seats']:.1%} (名额中 of quota {seats['small_banks_of_quota']:.1%})，"
            f"偏远地区占 remote {seats['remote_of_seats']:.1%} (企业中 of firms {seats['remote_of_firms']:.1%})"
        )
    if done["pressure"]:
        print_line(f"名额将尽的产品 products short of quota: {', '.join(sorted(done['pressure']))}")
    print_line(f"计划 plan {done['plan']}；日志条目 log entry {done['log_entry']}")
    return 0
