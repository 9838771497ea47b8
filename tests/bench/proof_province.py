"""A province of a seed that nothing was solved on, 100,000 enterprises, held to the given shares and emerging figures.

Given: kinds, sections within kind, prefectures (± 2 points), tax ratings of the rated (± 1 point). Emerging: amount
drawn per borrower by kind (± 25 %), bad loans 1.5–3.0 %, mean rate 3.5–5.5 %. Beside them stands how hard the world
is on 20,000 enterprises: g = (NDCG − rule only) ÷ (oracle − rule only) of the best single column and of trees fitted
on the truth itself, with the noise as it is, halved and doubled. The last line is JSON; exit 1 where one is missed.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from province_figures import DRAWN_YUAN, NPL_RANGE, RATE_RANGE, THIN_LEAST, emerging  # noqa: E402 - found through the path above
from province_hardness import hardness  # noqa: E402

from matching.province.build import PRESET_END, write_world  # noqa: E402
from matching.province.reference import KINDS, industries, industry_shares, kind_shares, places, rating_shares  # noqa: E402

SEED = 4
HARD_SEED = 5
NOISES = (1.0, 0.5, 2.0)
DRAWN_WITHIN = 0.25


def main() -> int:
    """Build, compare, print; return 1 where something is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=100_000)
    parser.add_argument("--hardness", type=int, default=20_000, help="enterprises of the worlds whose hardness is told")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rongqiao-proof-") as folder:
        province, _ = write_world(Path(folder), given.enterprises, SEED, dirty=False)
        seconds = round(time.monotonic() - started, 1)
        files = {path.stem: ds.dataset(path) for path in Path(folder).glob("*.parquet")}
        found = emerging(files, PRESET_END)
        registry, ratings = (files[name].to_table().to_pandas() for name in ("enterprises", "tax_ratings"))
    drawn = found.drawn_yuan
    missed = [*shares_missed(registry), *ratings_missed(ratings)]
    missed += [
        f"drawn per borrower, {kind}" for kind in KINDS if abs(drawn[kind] / DRAWN_YUAN[kind] - 1) > DRAWN_WITHIN
    ]
    missed += [f"bad loans {found.npl:.4f}"] * (not NPL_RANGE[0] <= found.npl <= NPL_RANGE[1])
    missed += [f"rate {found.rate:.4f}"] * (not RATE_RANGE[0] <= found.rate <= RATE_RANGE[1])
    missed += [f"thin files {found.thin:.4f}"] * (found.thin < THIN_LEAST)
    hard = {str(noise): hardness(given.hardness, HARD_SEED, noise) for noise in NOISES}
    if not 0.20 <= hard["1.0"]["single"] <= 0.50:
        missed.append(f"best single column {hard['1.0']['single']:.3f}")
    if not 0.60 <= hard["1.0"]["fitted_on_truth"] <= 0.90:
        missed.append(f"trees on the truth {hard['1.0']['fitted_on_truth']:.3f}")
    result = {
        "enterprises": len(province.enterprises),
        "seconds_to_write": seconds,
        "drawn_yuan": {kind: round(value) for kind, value in found.drawn_yuan.items()},
        "npl": round(found.npl, 4),
        "rate": round(found.rate, 4),
        "default_rate": round(found.default_rate, 4),
        "thin": round(found.thin, 4),
        "hardness": hard,
        "missed": missed,
    }
    print(json.dumps(result))
    return 1 if missed else 0


def shares_missed(registry: pd.DataFrame) -> list[str]:
    """Name the shares of kinds, sections within kind and prefectures that lie more than two points off."""
    firms = registry.drop_duplicates("enterprise")
    missed = _off("kind", firms["kind"], dict(zip(KINDS, kind_shares(), strict=True)), 0.02)
    for kind in KINDS:
        sections: dict[str, float] = {}
        for one, share in zip(industries(), industry_shares(kind), strict=True):
            sections[one.section] = sections.get(one.section, 0.0) + float(share)
        known = firms.loc[(firms["kind"] == kind) & firms["industry"].notna(), "industry"].str[:1]
        missed += _off(f"section of {kind}", known, sections, 0.02)
    place = firms["region"].dropna().str[:4] + "00"
    return missed + _off("prefecture", place, dict(zip(places().prefectures, places().weights, strict=True)), 0.02)


def ratings_missed(ratings: pd.DataFrame) -> list[str]:
    """Name the shares of tax ratings that lie more than a point off."""
    group = ratings["rating"].map({"A": "A", "B": "B+M", "M": "B+M", "C": "C+D", "D": "C+D"})
    return _off("rating", group, rating_shares(), 0.01)


def _off(what: str, values: "pd.Series[str]", wanted: Mapping[str, float], within: float) -> list[str]:
    found = values.value_counts(normalize=True)
    names = sorted(set(wanted) | set(found.index))
    shares = {name: (float(found.get(name, 0.0)), float(wanted.get(name, 0.0))) for name in names}
    return [
        f"{what} {name}: {is_:.4f}, not {want:.4f}"
        for name, (is_, want) in shares.items()
        if np.abs(is_ - want) > within
    ]


if __name__ == "__main__":
    sys.exit(main())
