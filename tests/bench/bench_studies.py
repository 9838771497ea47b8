"""Every study of `RONGQIAO_DATA` by its public command, beside what was asked: bar, half-way, goal, reached, how far.

`--size small` runs the studies of seconds to minutes, `--size full` all of them (an hour on two cores); `--only NAME …`
runs some. Each study is `rongqiao study report` in a process of its own, so that its seconds and memory are its own;
the last line is JSON. "How far" is the way from bar to goal, 0 % at the bar and 100 % at the goal.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RONGQIAO = str(Path(sys.executable).with_name("rongqiao"))
RANKER, ROLLING, MODEL, PLAIN = "ranker", "ranker, rolling", "rongqiao", "plain LightGBM"
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """A figure that was asked of a study: where it starts (a measured baseline) and where it should come to."""

    measure: str
    bar: float
    goal: float
    method: str = RANKER

    @property
    def half_way(self) -> float:
        """The middle between bar and goal."""
        return (self.bar + self.goal) / 2


@dataclass(frozen=True)
class Row:
    """A row of the issue's table: all its figures come from one run; `is_counted` of the first seven."""

    name: str
    study: str
    asks: tuple[Ask, ...] = ()
    is_counted: bool = True
    gains_over: str | None = None  # instead of figures: the paired gain over this baseline


ROWS = (
    Row(
        "ppp match",
        "ppp",
        (Ask("mrr", 0.411, 0.43), Ask("hit_at_10", 0.769, 0.785), Ask("tail_hit_at_10", 0.621, 0.65)),
    ),
    Row("ppp acquire", "ppp", (Ask("map", 0.197, 0.22), Ask("precision_at_10", 0.336, 0.37))),
    Row("sba7a match", "sba7a_match", (Ask("mrr", 0.426, 0.475),)),
    Row("sba7a product", "sba7a_product", (Ask("mrr", 0.404, 0.44),)),
    Row("sba7a risk, no term", "sba7a_risk", (Ask("auc", 0.690, 0.72, MODEL), Ask("ks", 0.283, 0.32, MODEL))),
    Row("polish year1", "polish_year1", (Ask("auc", 0.950, 0.950, MODEL),), gains_over=PLAIN),
    Row("polish year5", "polish_year5", (Ask("auc", 0.948, 0.948, MODEL),), gains_over=PLAIN),
    Row("illegal fundraising", "illegal_fundraising", (Ask("average_precision", 0.510, 0.56, MODEL),)),
    Row(
        "ppp match, rolling",
        "ppp",
        (
            Ask("mrr", 0.437, 0.45, ROLLING),
            Ask("hit_at_10", 0.787, 0.80, ROLLING),
            Ask("tail_hit_at_10", 0.641, 0.66, ROLLING),
        ),
        is_counted=False,
    ),
)
# The two years are one row of the table.
YEARS = {"polish year1": "polish", "polish year5": "polish"}
SMALL = ("sba7a_match", "sba7a_product", "sba7a_risk", "polish_year1", "polish_year5", "cumcm2020c")


@dataclass
class Ran:
    """What a study's commands gave: figures, seconds and memory."""

    document: Document = field(default_factory=dict)
    seconds: float = 0.0
    peak_mib: int = 0
    exit: int = 0


def main() -> int:
    """Run the studies asked for, print the table and the JSON; return 1 where a command failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--only", nargs="*", choices=sorted(STUDIES), default=[])
    given = parser.parse_args()
    named = os.environ.get("RONGQIAO_DATA")
    if not named or not Path(named).is_dir():
        print("bench_studies: RONGQIAO_DATA names no folder of real data", file=sys.stderr)
        return 1
    names = given.only or (list(STUDIES) if given.size == "full" else list(SMALL))
    ran: dict[str, Ran] = {}
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-") as folder:
        for name in names:
            print(f"\n== {name}", flush=True)
            ran[name] = STUDIES[name](Path(named), Path(folder))
            print(f"{name}: {ran[name].seconds:.0f} s, {ran[name].peak_mib} MiB, exit {ran[name].exit}", flush=True)
    rows = [line for row in ROWS if row.study in ran for line in lines_of(row, ran[row.study].document)]
    print("\n".join([table(rows), "", *asides(ran)]))
    resolved = states(rows)
    result = {
        "rows": rows,
        "states": resolved,
        "half_way_or_better": sum(state in {"half-way", "goal"} for state in resolved.values()),
        "below_bar": [name for name, state in resolved.items() if state == "below bar"],
        "studies": {name: told(one) for name, one in ran.items()},
        "failed": [name for name, one in ran.items() if one.exit],
    }
    print(json.dumps(result))
    return 1 if result["failed"] else 0


def lines_of(row: Row, document: Document) -> Iterator[dict[str, Any]]:
    """Yield the figures of a row beside what was asked; nothing where the study gave none."""
    figures = figures_of(document)
    for ask in row.asks:
        found = figures.get((ask.method, ask.measure))
        if found is None:
            continue
        line = {
            "row": YEARS.get(row.name, row.name),
            "study": row.name,
            "measure": ask.measure,
            "bar": ask.bar,
            "goal": ask.goal,
            "reached": found["estimate"],
            "se": found["se"],
            "counted": row.is_counted,
        }
        yield line | (gain(row.gains_over, ask, document) if row.gains_over else way(ask, found["estimate"]))


def way(ask: Ask, reached: float) -> dict[str, Any]:
    """Return how far a figure came from its bar to its goal, and what that is called."""
    far = (reached - ask.bar) / (ask.goal - ask.bar)
    if reached >= ask.goal:
        state = "goal"
    elif reached >= ask.half_way:
        state = "half-way"
    else:
        state = "below half-way" if reached >= ask.bar else "below bar"
    return {"half_way": ask.half_way, "far": far, "state": state}


def gain(over: str, ask: Ask, document: Document) -> dict[str, Any]:
    """Return the paired gain over a baseline: the goal is an interval above 0, the bar a gain that is no loss."""
    every = (one for one in differences_of(document) if (one["against"], one["measure"]) == (over, ask.measure))
    found = next(every, None)
    if found is None:
        return {"half_way": None, "far": None, "state": "below bar"}
    state = "goal" if found["low"] > 0 else "below half-way" if found["estimate"] >= 0 else "below bar"
    return {"half_way": None, "far": None, "gain": [found[key] for key in ("estimate", "low", "high")], "state": state}


def asides(ran: Mapping[str, Ran]) -> Iterator[str]:
    """Yield what was asked beside the table: cost of a request, of the fit, the term that is a leak, the 123 firms."""
    for name in ("ppp", "sba7a_match", "sba7a_product"):
        if cost := ran[name].document.get("match", {}).get("cost_ms") if name in ran else None:
            alone, together = cost["ratio_alone"], cost["ratio_together"]
            yield f"{name}: one request, full ÷ counts: {together:.1f} together, {alone:.1f} alone (asked: at most 3)"
    if fit := ran["ppp_fit"].document.get("fit") if "ppp_fit" in ran else None:
        yield f"ppp: a fit took {fit['s']} s and {fit['peak_mib']} MiB (asked: 600 s on two cores, 8,192 MiB)"
    if "sba7a_risk_with_term" in ran:
        found = figures_of(ran["sba7a_risk_with_term"].document).get((MODEL, "auc"))
        yield f"sba7a risk with the term, rewritten after the outcome: AUC {found and found['estimate']}, a fiction"
    if train := ran["cumcm2020c"].document.get("train") if "cumcm2020c" in ran else None:
        for name, one in (train["differences"] or {}).items():
            yield f"cumcm2020c, 27 of 123: {name} {one['estimate']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]"


def figures_of(document: Document) -> dict[tuple[str, str], Document]:
    """Return each method's figure by (method, measure)."""
    parts = (document.get(name, {}).get("rows", []) for name in ("match", "risk"))
    return {(line["method"], line["measure"]): line for part in parts for line in part}


def differences_of(document: Document) -> list[Document]:
    """Return the paired differences of the model or ranker."""
    parts = (document.get(name, {}).get("differences", []) for name in ("match", "risk"))
    return [line for part in parts for line in part]


def states(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return the state of each counted row: that of its worst figure."""
    order = ("below bar", "below half-way", "half-way", "goal")
    found: dict[str, str] = {}
    for line in rows:
        if line["counted"]:
            both = (line["state"], found.get(line["row"], "goal"))
            found[line["row"]] = min(both, key=order.index)
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    head = ["", "| study | measure | bar | half-way | goal | reached ± SE | how far | |", "|---" * 8 + "|"]
    return "\n".join([*head, *(_table_row(line) for line in rows)])


def _table_row(line: Mapping[str, Any]) -> str:
    half_way = "" if line["half_way"] is None else f"{line['half_way']:.4f}"
    goal = f"{line['goal']:.3f}"
    far = "" if line["far"] is None else f"{line['far']:.0%}"
    if "gain" in line:
        estimate, low, high = line["gain"]
        goal, far = "gain > 0", f"gain {estimate:+.4f} [{low:+.4f}, {high:+.4f}]"
    error = "" if line["se"] is None else f" ± {line['se']:.4f}"
    reached = f"{line['reached']:.4f}{error}"
    cells = (line["study"], line["measure"], line["bar"], half_way, goal, reached, far, line["state"])
    return f"| {' | '.join(map(str, cells))} |"


def told(one: Ran) -> dict[str, Any]:
    """Return a study's seconds, memory and figures without the long lists of its leak check."""
    kept = {name: part for name, part in one.document.items() if name in {"match", "risk", "drift", "train", "fit"}}
    return {"s": round(one.seconds, 1), "peak_mib": one.peak_mib, "exit": one.exit, **kept}


def run(*words: str) -> Ran:
    """Run a command, show what it prints, and take the JSON object of its last line."""
    ran, printed = measured(*words)
    lines = printed.rstrip().split("\n")
    try:
        document = json.loads(lines[-1])
        lines = lines[:-1]
    except ValueError:
        document = {}
    print("\n".join(lines), flush=True)
    ran.document = document if isinstance(document, dict) else {}
    return ran


def measured(*words: str) -> tuple[Ran, str]:
    """Run a command; return its seconds, memory and exit code, and what it printed."""
    started = time.monotonic()
    with subprocess.Popen([RONGQIAO, *words], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)  # the memory of this child alone
        process.returncode = os.waitstatus_to_exitcode(status)
    return Ran({}, time.monotonic() - started, used.ru_maxrss // 1024, process.returncode), printed


def reported(config: str) -> Callable[[Path, Path], Ran]:
    """Return the run of a study's report."""
    return lambda data, _: run("study", "report", str(data / config))


def with_term(data: Path, folder: Path) -> Ran:
    """Report the risk study of 7(a) with the rewritten term among its numbers: a fiction, and the check names it."""
    text = rewritten(data / "sba7a/risk.toml").replace("numbers = [", 'numbers = ["term_months", ', 1)
    return _report_of(folder / "risk_with_term.toml", text)


def under_drift(data: Path, folder: Path) -> Ran:
    """Report calibration under drift on the dated charge-offs, quarter by quarter."""
    text = rewritten(data / "sba7a/risk.toml")
    text = re.sub(r"(?m)^(fit|test) = .*\n", "", text)
    text = re.sub(r"(?m)^split = .*$", 'split = "balanced_sample"', text)
    head = 'outcome_known = "charge_off_date"\nhorizon_months = 36\nfit = ["true"]\n'
    return _report_of(folder / "drift.toml", text.replace("[columns]", f"{head}\n[columns]", 1))


def fitted_ppp(data: Path, folder: Path) -> Ran:
    """Fit the PPP study once, for its seconds and memory alone."""
    ran = run("study", "fit", str(data / "ppp/match.toml"), "--out", str(folder / "ppp"))
    ran.document = {"fit": {"s": round(ran.seconds, 1), "peak_mib": ran.peak_mib}}
    return ran


def trained_cumcm(data: Path, folder: Path) -> Ran:
    """Train the platform's default model on the 123 firms and take its report."""
    home = str(folder / "home")
    for words in (("ingest", "cumcm2020c", str(data / "cumcm2020c")), ("profile",)):
        done = run(*words, "--home", home)
        if done.exit:
            return done
    ran, printed = measured("train", "--home", home, "--json")
    found = (with_bar(json.loads(printed)) if ran.exit == 0 else None) or {}
    ran.document = {"train": {name: found.get(name) for name in ("figures", "bar", "bar_auc", "differences")}}
    print(json.dumps(ran.document, indent=1), flush=True)
    return ran


def with_bar(value: object) -> Document | None:
    """Return the report, wherever it stands in what `train` prints, that holds the one-variable bar."""
    if isinstance(value, dict):
        if "bar_auc" in value:
            return value
        value = list(value.values())
    if isinstance(value, list):
        return next((found for one in value if (found := with_bar(one)) is not None), None)
    return None


def rewritten(config: Path) -> str:
    """Return a description whose history is named in full, so that it can lie elsewhere."""
    text = config.read_text(encoding="utf-8")
    return re.sub(r'(?m)^history = "(.*?)"', lambda one: f'history = "{config.parent / one[1]}"', text)


def _report_of(config: Path, text: str) -> Ran:
    config.write_text(text, encoding="utf-8")
    return run("study", "report", str(config))


STUDIES: dict[str, Callable[[Path, Path], Ran]] = {
    "cumcm2020c": trained_cumcm,
    "polish_year1": reported("polish_bankruptcy/risk_year1.toml"),
    "polish_year5": reported("polish_bankruptcy/risk_year5.toml"),
    "sba7a_match": reported("sba7a/match.toml"),
    "sba7a_product": reported("sba7a/product.toml"),
    "sba7a_risk": reported("sba7a/risk.toml"),
    "sba7a_risk_with_term": with_term,
    "sba7a_drift": under_drift,
    "illegal_fundraising": reported("illegal_fundraising/risk.toml"),
    "ppp_fit": fitted_ppp,
    "ppp": reported("ppp/match.toml"),
}

if __name__ == "__main__":
    sys.exit(main())
