"""The recorded search behind the trees and features of the risk models: seeded, on valid windows, never on a test.

A study with splits `train` and `valid` is fitted on `train` and looked at on `valid`; one with folds is looked at on
the first of them, the rest being fitted. For each candidate (a size of trees drawn by the seed, those of
`models.boosted.SIZES` first) AUC and KS are printed in Markdown; the last line is JSON. Run as
`python tests/bench/search_risk.py CONFIG.toml --candidates 8 --seed 20260630`.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from models.boosted import SIZES, fit_members, mean_raw
from models.boosting import Trees
from models.metrics import auc, ks
from models.study import known_rows, outer_folds
from models.study_config import StudyConfig
from models.study_order import by_content
from models.study_risk import encode_apart
from models.study_table import StudyRows
from service.work.study_files import read_form, read_history, resolved


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20260630)
    given = parser.parse_args()
    form = resolved(read_form(given.config))
    seen, asked = window(known_rows(read_history(form).rows, form.config), form.config, given.seed)
    split = encode_apart(by_content(seen), asked, form.config)
    print("| leaves | least rows | trees | rate | inputs | L2 | AUC | KS | s |\n|---|---|---|---|---|---|---|---|---|")
    found = []
    for trees in candidates(given.candidates, given.seed):
        started = time.process_time()
        score = mean_raw(fit_members(split.seen, split.inputs, trees, given.seed, 1), split.asked.matrix)
        one = {"auc": auc(split.asked.bad, score), "ks": ks(split.asked.bad, score)}
        spent = time.process_time() - started
        found.append({**asdict(trees), **one, "cpu_s": round(spent, 1)})
        told = (trees.num_leaves, trees.min_data_in_leaf, trees.num_iterations, trees.learning_rate)
        more = (trees.feature_fraction, trees.lambda_l2, f"{one['auc']:.4f}", f"{one['ks']:.4f}", f"{spent:.1f}")
        print(f"| {' | '.join(str(value) for value in (*told, *more))} |", flush=True)
    print(json.dumps({"config": given.config.name, "seed": given.seed, "rows": len(asked), "tried": found}))


def window(rows: StudyRows, config: StudyConfig, seed: int) -> tuple[StudyRows, StudyRows]:
    """Return the rows to fit on and those to look at, none of them of a test split."""
    if config.folds is not None:
        fold = outer_folds(rows, config, seed)
        return rows.take(fold != 0), rows.take(fold == 0)
    return rows.take(rows.in_splits(("train",))), rows.take(rows.in_splits(("valid",)))


def candidates(number: int, seed: int) -> list[Trees]:
    """Return the presets and so many sizes drawn by the seed."""
    generator = np.random.default_rng(seed)
    drawn = [
        Trees(
            num_leaves=int(generator.choice([8, 16, 31, 63])),
            min_data_in_leaf=int(generator.choice([10, 20, 40, 100])),
            num_iterations=int(generator.choice([150, 300, 500])),
            learning_rate=float(generator.choice([0.02, 0.05, 0.1])),
            feature_fraction=float(generator.choice([0.1, 0.2, 0.5, 1.0])),
            lambda_l2=float(generator.choice([0.0, 1.0, 5.0, 20.0])),
        )
        for _ in range(number)
    ]
    return [*SIZES, *drawn]


if __name__ == "__main__":
    main()
