"""Advice beside trying everything, and hints over a scorecard beside OptBinning's counterfactuals.

`make bench NAME=advice [SIZE=small|full]`. Criteria: firms of a synthetic province × the packaged products (full: 500
firms × 60, small: 60 × 30), each firm as of the province's last day with its waiting paths over three years. For every
pair that does not fit, the cheapest cost and all sets that reach it by lasting acts must equal those of trying every
set of acts on every day at every value that criteria name, told by the evaluation over columns; carried out, a plan
must fit by that evaluation. Scorecard: OptBinning's own, fitted to drawn firms; both minimise its proximity (Σ |change
of weight of evidence| ÷ the range of points) over the same actionable inputs to reach the same log-odds; its time is
that of building and solving alone. Steps that no firm can take (against the direction of an act) are counted; ours are
then asked within feasible classes alone.

The last line is one JSON object: `pairs`, `fits`, `no_change_share` and `plan_share` (of the pairs that do not fit),
`agreement`, `plans`, `applied_fits_share`, `ms_per_pair`, `brute_ms_per_pair`, `scorecard_queries`, `scorecard_dearer`,
`scorecard_time_ratio`, `scorecard_ms`, `optbinning_ms`, `scorecard_infeasible`, `optbinning_infeasible`.
"""

import argparse
import contextlib
import io
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from brute_advice import brute, verdicts  # noqa: E402 - found through the root above
from province_worlds import facts, world  # noqa: E402

from features.columns import AS_OF, ENTERPRISE  # noqa: E402
from features.engine import ArrowSources, build_profiles  # noqa: E402
from features.frozen import FrozenSources  # noqa: E402
from matching.acts import AMOUNT, TERM, Acts, Outcome, packaged_acts  # noqa: E402
from matching.counterfactual import Plan, Status, advise, ask, cheapest  # noqa: E402
from matching.counterfactual_clauses import demands  # noqa: E402
from matching.counterfactual_paths import Path as WaitingPath  # noqa: E402
from matching.counterfactual_paths import path_of  # noqa: E402
from matching.counterfactual_question import Situation  # noqa: E402
from matching.criteria import EPOCH  # noqa: E402
from matching.eligibility import Request  # noqa: E402
from matching.product import Product, sample_products  # noqa: E402
from matching.scorecard_advice import Option, cheapest_switches  # noqa: E402
from models.binning import Bins  # noqa: E402
from models.inputs import ModelInput  # noqa: E402
from models.scorecard import Scorecard, Variable  # noqa: E402
from service.work.advice_facts import repair_start, stored_row  # noqa: E402

SIZES = {"small": (60, 30, 40), "full": (500, 60, 300)}
LASTING = frozenset({Outcome.sure, Outcome.granted})
CHUNK = 100
INPUTS, ROWS, CUT_OFF = 10, 4000, 0.15
REQUESTS = (Request(), Request(30_000_000, 12), Request(200_000_000, 24), Request(5_000_000, 48))


def main() -> int:
    """Measure and print; return 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    firms, products, queries = SIZES[parser.parse_args().size]
    figures = criteria_figures(firms, sample_products()[:products]) | scorecard_figures(queries)
    print(json.dumps(figures))
    holds = figures["agreement"] == 1.0 and figures["applied_fits_share"] == 1.0
    return 0 if holds and not figures["scorecard_dearer"] and not figures["scorecard_infeasible"] else 1


def criteria_figures(firms: int, products: Sequence[Product]) -> dict[str, Any]:
    """Advise on every pair, try everything beside it, and compare."""
    acts = packaged_acts()
    province, _ = world(firms)
    as_of = province.end
    counts: Counter[str] = Counter()
    ours_s = brute_s = 0.0
    agree = applied = plans = asked = 0
    for number, situation in enumerate(situations(firms, as_of, acts)):
        request = REQUESTS[number % len(REQUESTS)]
        for product in products:
            clauses = demands(product, request)
            started = time.process_time()
            advice = advise(product, request, situation, acts, clauses)
            ours_s += time.process_time() - started
            counts[advice.status.value] += 1
            if advice.status is Status.fits:
                continue
            asked += 1
            question = ask(product, request, situation, acts, clauses.public, LASTING)
            lasting = cheapest(question)
            started = time.process_time()
            tried = brute(product, request, situation, acts, LASTING, days_of(situation, acts))
            brute_s += time.process_time() - started
            agree += answer(lasting) == tried
            if answer(lasting) != tried:
                print("differs:", number, product.id, answer(lasting), tried)
            for plan in lasting:
                plans += 1
                applied += fits(product, plan, as_of)
        if number % 50 == 0:
            print(f"firm {number}: {dict(counts)}, agree {agree} of {asked}", flush=True)
    pairs = firms * len(products)
    print(f"statuses: {dict(counts)}")
    return {
        "pairs": pairs,
        "fits": counts[Status.fits.value],
        "no_change_share": round(counts[Status.no_change.value] / asked, 4),
        "plan_share": round(counts[Status.plan.value] / asked, 4),
        "agreement": agree / asked,
        "plans": plans,
        "applied_fits_share": applied / plans if plans else 1.0,
        "ms_per_pair": round(1000 * ours_s / pairs, 3),
        "brute_ms_per_pair": round(1000 * brute_s / asked, 2),
    }


def situations(firms: int, as_of: date, acts: Acts) -> list[Situation]:
    """Return every firm with its paths over the horizon and the day from which its penalties may be repaired."""
    province, _ = world(firms)
    ids = sorted(f"uscc:{one}" for one in province.enterprises)
    found = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        tables = {name: rows.filter(pc.is_in(rows[ENTERPRISE], pa.array(some))) for name, rows in facts(firms).items()}
        now = build_profiles(ArrowSources(tables), asked(some, [as_of]), threads=1)
        days = [as_of + timedelta(days=number) for number in range(1, acts.horizon_days + 1)]
        later = build_profiles(
            FrozenSources(ArrowSources(tables), as_of), asked(some, days), features=acts.waits, threads=1
        )
        for number, firm in enumerate(some):
            row = stored_row(now.slice(number, 1))
            own = {name: rows.filter(pc.equal(rows[ENTERPRISE], pa.scalar(firm))) for name, rows in tables.items()}
            starts = repair_start(FrozenSources(ArrowSources(own), as_of), as_of, acts)
            paths = paths_of(later.slice(number * len(days), len(days)), row, acts)
            found.append(Situation(row, (as_of - EPOCH).days, paths, starts))
    return found


def asked(firms: Sequence[str], days: Sequence[date]) -> pa.Table:
    """Return the pairs of firms and days, firm after firm."""
    names = pa.array([firm for firm in firms for _ in days], pa.string())
    return pa.table({ENTERPRISE: names, AS_OF: pa.array([day for _ in firms for day in days], pa.date32())})


def paths_of(profiles: pa.Table, row: Any, acts: Acts) -> dict[str, WaitingPath]:  # noqa: ANN401 (a row of values)
    """Return the paths of one firm from its profiles on days to come."""
    found = {}
    for name in acts.waits:
        path = path_of(dict(enumerate(profiles.column(name).to_pylist(), start=1)), row.get(name))
        if path is not None and row.get(name) is not None:
            found[name] = path
    return found


def days_of(situation: Situation, acts: Acts) -> list[int]:
    """Return every day on which anything at all changes for a firm: between them every day is like the one before."""
    days = {0, *(day for path in situation.paths.values() for day in path.days)}
    days |= {change.fades_days for act in acts.acts for change in act.changes if change.way == "follow"}
    days |= {act.days + start for act in acts.acts for start in (0, situation.starts.get(act.id, 0))}
    # The yearly rating starts at the end of an April.
    first = date.fromordinal(EPOCH.toordinal() + situation.as_of)
    ends = [date(first.year + more, 4, 30) for more in range(4)]
    days |= {(end - first).days for end in ends}
    return sorted(day for day in days if 0 <= day <= acts.horizon_days)


def answer(plans: Sequence[Plan]) -> Any:  # noqa: ANN401 (what brute force returns)
    """Return plans as brute force gives them."""
    return (plans[0].cost, frozenset(tuple(sorted(plan.acts)) for plan in plans)) if plans else None


def fits(product: Product, plan: Plan, as_of: date) -> bool:
    """Tell the row that a plan leads to by the evaluation over columns."""
    row = dict(plan.row) | {AMOUNT: plan.request.amount_fen, TERM: plan.request.term_months}
    return verdicts(product, [row], as_of)[0]


def scorecard_figures(queries: int) -> dict[str, Any]:
    """Fit OptBinning's scorecard, ask both for the same counterfactuals, and compare cost and time."""
    random = np.random.default_rng(7)
    names = [f"x{number}" for number in range(INPUTS)]
    matrix = np.rint(random.gamma(2.0, 2.0, size=(ROWS, INPUTS)))
    truth = matrix @ random.uniform(0.05, 0.5, INPUTS) - 9.0
    bad = (random.uniform(size=ROWS) < 1 / (1 + np.exp(-truth))).astype(int)
    frame = pd.DataFrame(matrix, columns=names)
    theirs = optbinning_scorecard(frame, bad, names)
    card = as_ours(theirs, names)
    chances = 1 / (1 + np.exp(-card.log_odds(matrix)))
    rows = np.flatnonzero(chances > CUT_OFF)[:queries]
    asking = optbinning_counterfactual(theirs, frame)
    actionable = names[: INPUTS // 2 + 1]
    dearer = ours_infeasible = theirs_infeasible = 0
    ours_s = theirs_s = 0.0
    for place in rows:
        row, weights = matrix[place], asking._wrange  # noqa: SLF001 (the weights of its own objective)
        started = time.perf_counter()
        every = cheapest_switches(card, row, log_odds(CUT_OFF), options(card, row, weights, len(actionable)))
        ours_s += time.perf_counter() - started
        found = asked_of(asking, frame.iloc[[place]], actionable, card, row)
        theirs_s += asking._time_solver  # noqa: SLF001 (building and solving alone, without its frames of results)
        within = options(card, row, weights, len(actionable), only_down=True)
        down = cheapest_switches(card, row, log_odds(CUT_OFF), within)
        steps = () if down is None else down.switches
        ours_infeasible += any(one.option.cell > cell_of(card, one.variable, row) for one in steps)
        if found is not None:
            cost, is_up = found
            theirs_infeasible += is_up
            dearer += every is None or every.cost > cost + 1e-6
        elif every is not None and every.log_odds < log_odds(CUT_OFF) - 1e-6:
            print("OptBinning finds none:", place, every)
    return {
        "scorecard_queries": len(rows),
        "scorecard_dearer": dearer,
        "scorecard_time_ratio": round(ours_s / theirs_s, 4),
        "scorecard_ms": round(1000 * ours_s / len(rows), 3),
        "optbinning_ms": round(1000 * theirs_s / len(rows), 3),
        "scorecard_infeasible": ours_infeasible,
        "optbinning_infeasible": theirs_infeasible,
    }


def log_odds(chance: float) -> float:
    """Return ln(p ÷ (1 − p))."""
    return float(np.log(chance / (1 - chance)))


def optbinning_scorecard(frame: pd.DataFrame, bad: Any, names: Sequence[str]) -> Any:  # noqa: ANN401 (theirs)
    """Fit OptBinning's scorecard, its intercept moved so that even odds stand at the cut-off."""
    with contextlib.redirect_stdout(io.StringIO()):
        from optbinning import BinningProcess  # noqa: PLC0415 (brings cvxpy, which prints)
        from optbinning.scorecard import Scorecard as Theirs  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        process = BinningProcess(list(names), binning_fit_params={name: {"max_n_bins": 6} for name in names})
        fitted = Theirs(binning_process=process, estimator=LogisticRegression(C=1e3)).fit(frame, bad)
    fitted.estimator_.intercept_ = fitted.estimator_.intercept_ - log_odds(CUT_OFF)
    return fitted


def as_ours(theirs: Any, names: Sequence[str]) -> Scorecard:  # noqa: ANN401 (theirs)
    """Return the same scorecard as ours, with its true intercept."""
    table = theirs.table(style="detailed")
    coefficients = theirs.estimator_.coef_.ravel()
    variables = []
    for place, name in enumerate(names):
        woe = table[table["Variable"] == name]["WoE"].to_numpy(dtype=float)[:-2]
        splits = tuple(float(one) for one in theirs.binning_process_.get_binned_variable(name).splits)
        counts = (1,) * (len(woe) + 1)
        bins = Bins(splits, (), counts, counts, (*(float(one) for one in woe), 0.0))
        variables.append(Variable(place, bins, -float(coefficients[place])))
    intercept = float(np.ravel(theirs.estimator_.intercept_)[0]) + log_odds(CUT_OFF)
    return Scorecard(tuple(map(ModelInput, names)), tuple(variables), intercept)


def options(
    card: Scorecard,
    row: Any,  # noqa: ANN401 (a row of doubles)
    weights: Any,  # noqa: ANN401 (theirs)
    actionable: int,
    *,
    only_down: bool = False,
) -> dict[int, list[Option]]:
    """Return the classes of the first inputs at OptBinning's proximity; with `only_down` those that a fall reaches."""
    found = {}
    for place, variable in enumerate(card.variables[:actionable]):
        now, woe = cell_of(card, place, row), variable.bins.woe
        cells = range(now) if only_down else range(len(woe) - 1)
        found[place] = [
            Option(cell, float(weights[place]) * abs(woe[cell] - woe[now])) for cell in cells if cell != now
        ]
    return found


def cell_of(card: Scorecard, place: int, row: Any) -> int:  # noqa: ANN401 (a row of doubles)
    """Return the class of a variable in a row."""
    return int(card.variables[place].bins.classes(row[place : place + 1])[0])


def optbinning_counterfactual(theirs: Any, frame: pd.DataFrame) -> Any:  # noqa: ANN401 (theirs)
    """Return OptBinning's counterfactuals over a scorecard, ready to be asked."""
    from optbinning.scorecard import Counterfactual  # noqa: PLC0415 (brings cvxpy, which prints)

    return Counterfactual(theirs).fit(frame)


def asked_of(
    asking: Any,  # noqa: ANN401 (theirs)
    query: pd.DataFrame,
    actionable: Sequence[str],
    card: Scorecard,
    row: Any,  # noqa: ANN401 (a row of doubles)
) -> tuple[float, bool] | None:
    """Ask OptBinning; return the cost by its own objective and whether any input goes up, None without an answer."""
    with contextlib.redirect_stdout(io.StringIO()):
        asking.generate(
            query=query,
            y=0,
            outcome_type="binary",
            n_cf=1,
            objectives={"proximity": 1.0},
            max_changes=len(card.variables),
            actionable_features=list(actionable),
        )
    if asking.status not in ("OPTIMAL", "FEASIBLE"):
        return None
    optimizer = asking._optimizer  # noqa: SLF001 (which classes it took, before they are written as text)
    is_up = False
    for place, variable in enumerate(card.variables):
        now, woe = cell_of(card, place, row), variable.bins.woe[:-1]
        others = [cell for cell, one in enumerate(woe) if abs(one - woe[now]) > 1e-12]
        taken = (number for number in range(len(others)) if optimizer._z[place, number].solution_value() > 0.5)  # noqa: SLF001
        is_up |= any(others[number] > now for number in taken)
    return float(optimizer.solver_.Objective().Value()), is_up


if __name__ == "__main__":
    sys.exit(main())
