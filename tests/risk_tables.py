"""Made-up training tables for the tests of the risk models: a known truth, missing blocks, codes and noise."""

import numpy as np
import pandas as pd

from models.default_risk import TrainingTable
from models.inputs import InputKind, ModelInput

RATINGS = ("A", "B", "M", "C", "D")
INPUTS = (
    ModelInput("sales", 1, tables=("invoices",)),
    ModelInput("void_ratio", -1, tables=("invoices",)),
    ModelInput("noise", 0, tables=("invoices",)),
    ModelInput("tax_rating", -1, InputKind.ordinal, RATINGS, ("tax_ratings",)),
    ModelInput("kind", 0, InputKind.nominal, (), ("enterprises",)),
)


def made_features(rows: int, seed: int) -> pd.DataFrame:
    """Return features of which a tenth of the ratings is missing and a few firms have no invoices."""
    generator = np.random.default_rng(seed)
    invoiced = generator.random(rows) > 0.05
    rating = generator.choice(np.array(RATINGS, dtype=object), rows, p=[0.2, 0.3, 0.2, 0.2, 0.1])
    rating[generator.random(rows) < 0.1] = None
    return pd.DataFrame(
        {
            "sales": np.where(invoiced, generator.lognormal(10, 1.5, rows), np.nan),
            "void_ratio": np.where(invoiced, generator.beta(1, 12, rows), np.nan),
            "noise": np.where(invoiced, generator.normal(size=rows), np.nan),
            "tax_rating": rating,
            "kind": generator.choice(["company", "cooperative", "sole_proprietor"], rows),
        }
    )


def made_table(rows: int = 240, *, seed: int = 1, dated: bool = True) -> TrainingTable:
    """Return examples whose log-odds of default fall with sales and rise with the void ratio and the rating."""
    features = made_features(rows, seed)
    generator = np.random.default_rng(seed + 1)
    rating = features["tax_rating"].map({level: n for n, level in enumerate(RATINGS)}).fillna(1.5).astype(float)
    size = np.log(features["sales"]).fillna(10) - 10
    log_odds = -1.4 - 0.9 * size + 6 * features["void_ratio"].fillna(0.08) + 0.7 * (rating - 1.5)
    bad = (generator.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)
    enterprises = np.array([f"uscc:{number:06d}" for number in range(rows)])
    days = np.full(rows, np.datetime64("2024-06-30"))
    return TrainingTable(features, bad.to_numpy(), enterprises, days, dated)


def reordered(table: TrainingTable, seed: int) -> TrainingTable:
    """Return the same table with rows and columns in another order."""
    generator = np.random.default_rng(seed)
    rows = generator.permutation(len(table.bad))
    features = table.features.iloc[rows, generator.permutation(table.features.shape[1])]
    return TrainingTable(features, table.bad[rows], table.enterprises[rows], table.days[rows], table.dated)
