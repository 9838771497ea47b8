"""`rongqiao cases`: run the cases of a file or a folder."""

import argparse
from pathlib import Path
from typing import Any

from service.cli.printing import print_json, print_line
from service.settings import Settings
from service.work import cases


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `cases`."""
    command = commands.add_parser("cases", help="run cases of products: facts of firms and the verdict each must get")
    command.add_argument("path", type=Path, metavar="PATH", help="a YAML file of cases, or a folder of them")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(work=_run)


def _run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 (cases ask nothing of a home)
    report = cases.run(arguments.path)
    if arguments.json:
        print_json(_document(report))
    else:
        _print(report)
    return 0 if report.holds else 1


def _print(report: cases.Report) -> None:
    for ran in report.files:
        for broken in ran.broken:
            print_line(f"{ran.file}：{_called(broken.case)}无法读取 cannot be read: {broken.sentence}")
        for one in ran.differences:
            print_line(f"{ran.file}：{_called(one.case)}{one.field} 预期 expected {one.expected}，实际 came {one.came}")
    wrong = len({(ran.file, name) for ran in report.files for name in _wrong(ran)})
    print_line(
        f"{len(report.files)}个文件 files · {report.cases}个用例 cases（来自公开产品 of published products："
        f"{report.published}）· 不符 not as expected {wrong}"
    )


def _wrong(ran: cases.Ran) -> list[str]:
    return [one.case for one in ran.differences] + [one.case for one in ran.broken]


def _called(case: str) -> str:
    return f"用例 case “{case}”：" if case else ""


def _document(report: cases.Report) -> dict[str, Any]:
    return {
        "files": len(report.files),
        "cases": report.cases,
        "published": report.published,
        "holds": report.holds,
        "broken": [
            {"file": ran.file, "case": one.case or None, "sentence": one.sentence}
            for ran in report.files
            for one in ran.broken
        ],
        "differences": [
            {"file": ran.file, "case": one.case, "field": one.field, "expected": one.expected, "came": one.came}
            for ran in report.files
            for one in ran.differences
        ],
    }
