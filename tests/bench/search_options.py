"""The recorded search behind the settings of the option ranker: seeded, on a valid window, never on a test split.

A match study is fitted on the splits of its `fit` but the last and asked for the rows of the last, which must not be
one of its `test`. For each candidate (the presets of `models.option_ranker.OptionSettings` first, then settings drawn
by the seed; fewer candidates are the first of more) MRR, hit@10 and tail hit@10 with their standard errors are printed
in Markdown, and the paired difference in MRR to the presets; the last line is JSON. `--gap DAYS` leaves the newest
rows out of the fit, so many days before the first row asked, for a study whose test is asked weeks after its fit;
`--asked` draws so many of a long split. Run as
`python tests/bench/search_options.py CONFIG.toml --candidates 12 --seed 20260630`.
"""

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from models.errors import StudyError
from models.match_judged import TOP, Requests
from models.option_affinity import AffinitySettings
from models.option_ranker import OptionSettings, fit_options
from models.option_snapshot import LONG, MAIN
from models.option_trees import TreeSettings, TreeSize
from models.option_windows import WindowSettings
from models.study import known_rows
from models.study_config import StudyConfig
from models.study_metrics import MatchMeasure, Values, figures, true_ranks
from models.study_table import StudyRows
from service.work.study_files import read_form, read_history, resolved

SHOWN = (MatchMeasure.mrr, MatchMeasure.hit_at_10, MatchMeasure.tail_hit_at_10)
HEAD = (
    "half-lives | priors: place, first, ratio | power | place by | leaves, least, trees, rate | ln(affinity) | depth | "
    "newest, windows | MRR | hit@10 | tail | MRR − presets | CPU s"
)


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--candidates", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20260630)
    parser.add_argument("--gap", type=int, default=0, help="days between the newest row of the fit and the first asked")
    parser.add_argument("--asked", type=int, help="how many rows of the valid split are asked; without it all")
    given = parser.parse_args()
    form = resolved(read_form(given.config))
    seen, asked = window(read_history(form).rows, form.config, given.gap)
    if given.asked is not None and given.asked < len(asked):
        drawn = np.random.default_rng(given.seed).choice(len(asked), given.asked, replace=False)
        asked = asked.take(np.sort(drawn))
    print(f"| {HEAD} |\n{'|---' * 13}|", flush=True)
    found: list[dict[str, object]] = []
    preset = None
    for settings in candidates(given.candidates, given.seed):
        started = time.process_time()
        values = judged(seen, asked, form.config, settings, given.seed)
        mrr = values[MatchMeasure.mrr]
        preset = mrr if preset is None else preset
        gain = mrr - preset
        error = float(np.std(gain, ddof=1) / np.sqrt(len(gain)))
        spent = time.process_time() - started
        told = {name: (one.estimate, one.error) for name, one in figures(values).items() if name in SHOWN}
        found.append({**asdict(settings), **told, "gain": (float(gain.mean()), error), "cpu_s": round(spent, 1)})
        cells = [*said(settings), *(f"{told[name][0]:.4f} ± {told[name][1]:.4f}" for name in SHOWN)]
        print(f"| {' | '.join([*cells, f'{gain.mean():+.4f} ± {error:.4f}', f'{spent:.0f}'])} |", flush=True)
    print(
        json.dumps({**vars(given), "config": given.config.name, "fit": len(seen), "rows": len(asked), "tried": found})
    )


def window(rows: StudyRows, config: StudyConfig, gap: int) -> tuple[StudyRows, StudyRows]:
    """Return the rows to fit on and those to ask, none of them of a test split."""
    *earlier, last = config.fit
    if not earlier or last in config.test:
        raise StudyError("the search needs two splits to fit on, of which the last is no test")
    seen = known_rows(rows.take(rows.in_splits(tuple(earlier))), config)
    asked = known_rows(rows.take(rows.in_splits((last,))), config)
    if gap and (seen.day is None or asked.day is None):
        raise StudyError("a gap needs columns.date")
    if gap and seen.day is not None and asked.day is not None:
        before = seen.day < asked.day.min() - np.timedelta64(gap, "D")
        seen = known_rows(seen.take(before), config)
    return seen, asked


def judged(seen: StudyRows, asked: StudyRows, config: StudyConfig, settings: OptionSettings, seed: int) -> Values:
    """Return the measures of each request by a ranker of these settings."""
    model = fit_options(seen, config, seed, settings)
    requests = Requests.of(asked, model.options, model.sizes)
    return requests.values(true_ranks(model.match(requests.rows, TOP), requests.truth))


def candidates(number: int, seed: int) -> list[OptionSettings]:
    """Return the presets and so many settings drawn by the seed; both sizes of trees are the one drawn."""
    generator = np.random.default_rng(seed)
    return [OptionSettings(), *(_drawn(generator) for _ in range(number))]


def said(settings: OptionSettings) -> list[str]:
    """Return the cells of a row; what presets have for few and for many requests stands as few ÷ many."""
    affinity, trees, windows = settings.affinity, settings.trees, settings.windows
    sizes = [", ".join(str(value) for value in asdict(size).values()) for size in (trees.few, trees.many)]
    weights = [str(trees.few_affinity), str(trees.many_affinity)]
    return [
        ", ".join(str(part) for part in settings.half_lives),
        f"{affinity.place_prior:g}, {affinity.first_prior:g}, {affinity.ratio_prior:g}",
        f"{affinity.ratio_power:g}",
        {MAIN: "main", LONG: "long"}[affinity.place_column],
        " ÷ ".join(dict.fromkeys(sizes)),
        " ÷ ".join(dict.fromkeys(weights)),
        str(trees.depth),
        f"{windows.newest:g}, {windows.windows}",
    ]


def _drawn(generator: np.random.Generator) -> OptionSettings:
    def one(*values: float) -> float:
        return float(generator.choice(values))

    half_lives = one(0.08, 0.15, 0.3), one(0.35, 0.5, 0.8), one(1.0, 2.0, 4.0)
    affinity = AffinitySettings(
        place_prior=one(5, 10, 15, 30),
        ratio_prior=one(4, 8, 16, 32),
        place_column=int(one(MAIN, LONG)),
        ratio_power=one(0.7, 0.85, 1.0),
        first_prior=one(2, 5, 10),
    )
    size = TreeSize(
        num_leaves=int(one(7, 15, 31, 63)),
        min_data_in_leaf=int(one(50, 100, 200)),
        num_iterations=int(one(100, 150, 250)),
        learning_rate=one(0.03, 0.06, 0.1),
    )
    weight = one(0.0, 0.5, 1.0)
    trees = TreeSettings(int(one(20, 30, 50)), size, size, few_affinity=weight, many_affinity=weight)
    windows = replace(WindowSettings(), newest=one(0.15, 0.25, 0.4), windows=int(one(2, 4, 6)))
    return OptionSettings(half_lives, affinity, windows, trees)


if __name__ == "__main__":
    main()
