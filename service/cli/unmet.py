"""`rongqiao unmet`: demand that fits nothing, what keeps it out, and what a looser criterion would admit."""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

from service.access.caller import COMMAND
from service.cli.printing import print_json, print_line, print_table
from service.settings import Settings
from service.work import unmet
from service.work.home import open_home

GROUP_NAMES = {"place": "地区 place", "industry": "行业 industry", "size": "规模 size"}
COLUMNS = ("firms", "unmet", "may_fit_only", "few_products", "unmet_amount_yuan")
# Not always fewer than ten: also what would tell such a count by subtraction.
_UNTOLD = "—"
_ROUNDED = "家数舍至整十，金额与比率舍至两位有效数字，“—”不予显示 tens of firms, two figures of money, — is not told"


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    home: argparse.ArgumentParser,
    day: Callable[[str], date],
) -> None:
    """Add `unmet`."""
    command = commands.add_parser("unmet", parents=[home], help="which demand fits no product, and what keeps it out")
    command.add_argument("--product", metavar="ID", help="with --criterion: what a change of it would admit")
    command.add_argument("--criterion", metavar="CLAUSE", help="a clause of that product")
    command.add_argument(
        "--as-of",
        type=day,
        metavar="YYYY-MM-DD",
        help="preset: the latest known_on of the home; else a month's last day",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(work=_unmet)


def _unmet(arguments: argparse.Namespace, settings: Settings) -> int:
    if (arguments.product is None) != (arguments.criterion is None):
        sys.stderr.write("rongqiao: --product 与 --criterion 须同时给出。\n          Give both or neither.\n")
        return 2
    home = open_home(arguments.home, settings.database)
    if arguments.product is None:
        document, show = unmet.unmet_demand(home, COMMAND, arguments.as_of), _print_demand
    else:
        document = unmet.criterion(home, COMMAND, arguments.product, arguments.criterion, arguments.as_of)
        show = _print_steps
    if arguments.json:
        print_json(document)
    else:
        show(document)
    return 0


def _print_demand(document: dict[str, Any]) -> None:
    print_line(
        f"{document['from']}—{document['as_of']}：{_count(document['firms'])} 家企业提出融资需求"
        f" {_count(document['requests'])} 笔，各按最近一笔统计：没有任何产品符合的 {_count(document['unmet'])} 家"
        f"（其中资料补全后可能符合的 {_count(document['may_fit_only'])} 家），"
        f"只有一两款产品符合的 {_count(document['few_products'])} 家"
    )
    print_line(_ROUNDED)
    head = ("企业 firms", "未满足 unmet", "可能符合 may fit", "选择少 few", "未满足(元) yuan")
    for group, name in GROUP_NAMES.items():
        rows = ((row[f"{group}_zh"], *(_count(row[key]) for key in COLUMNS)) for row in document["by"][group])
        print_table(name, (name, *head), rows)
    kept = ("产品 product", "准入条件 criterion", "编号 id", "单独挡住 by it alone", "其中未满足 unmet")
    print_table(
        "挡在门外的条件 what keeps demand out",
        kept,
        (
            (row["product"], row["criterion_zh"], row["criterion_id"], _count(row["firms"]), _count(row["unmet"]))
            for row in document["kept_out_by"]
        ),
    )
    print_line(f"日志条目 log entry {document['log_entry']}")


def _print_steps(document: dict[str, Any]) -> None:
    head = (
        "改为 threshold",
        "新增(家) admitted",
        "其中原无产品 unmet",
        "金额(元) yuan",
        "预期损失(元) loss",
        "损失率 share",
    )
    rows = ((_threshold(step), *_told(step)) for step in document["steps"])
    print_table(f"{document['product']}：{document['criterion_zh']}", head, rows)
    if not document["steps"]:
        print_line("没有一种放宽能新增 10 家以上企业。 No looser threshold would let in ten firms.")
    print_line(_ROUNDED)
    before = document["before_loss_ppm"]
    if before is not None:
        print_line(f"现有符合企业的预期损失率 expected loss of those that fit today: {before / 10_000:.2f}%")
    print_line(f"违约损失率按 loss given default {document['loss_given_default_ppm'] / 10_000:.0f}%")
    print_line(f"日志条目 log entry {document['log_entry']}")


def _threshold(step: dict[str, Any]) -> str:
    return "取消该条件 left out" if step["is_left_out"] else str(step["value"])


def _told(step: dict[str, Any]) -> tuple[str, ...]:
    share = _UNTOLD if step["loss_ppm"] is None else f"{step['loss_ppm'] / 10_000:.2f}%"
    told = (_count(step[name]) for name in ("admitted", "unmet", "amount_yuan", "expected_loss_yuan"))
    return (*told, share)


def _count(value: int | str | None) -> str:
    return _UNTOLD if value is None else str(value)
