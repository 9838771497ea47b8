"""A home trains its early warning where loans allow it: stored, entered, and the same whatever became known later."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from watched_worlds import END, FAILING, FIRMS, Row, known_by, watched_world

from features.uscc import make_uscc
from models.warning_artifact import load_warning
from service.access import consent
from service.access.caller import COMMAND, Ground, Purpose
from service.errors import NothingToDoError
from service.work import deliver, releases
from service.work.fitted import Trainings
from service.work.home import Home, open_or_create_home
from service.work.train_warning import fit_early_warning

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
_DROPPED = ("known_on_basis", "superseded_on", "row_id")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = open_or_create_home(tmp_path / "home", now=lambda: NOW)
    yield made
    made.database.close()


def _deliver(home: Home, rows: Mapping[str, list[Row]]) -> None:
    folder = home.folder.parent / f"in-{len(list(home.folder.parent.iterdir()))}"
    folder.mkdir()
    for name, some in rows.items():
        edge = [_edge(one) for one in some]
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(edge[0]))
            writer.writeheader()
            writer.writerows(edge)
    deliver.take(home, COMMAND, folder, "tables", ground=Ground.synthetic)


def _edge(row: Row) -> dict[str, object]:
    """Return a stored row as a delivery brings it: money in yuan, the rate as a fraction, a real code."""
    found: dict[str, object] = {}
    for name, value in row.items():
        if name in _DROPPED:
            continue
        if name.endswith("_fen"):
            found[name.removesuffix("_fen") + "_yuan"] = None if value is None else Decimal(value) / 100
        elif name.endswith("_ppm"):
            found[name.removesuffix("_ppm")] = None if value is None else Decimal(value) / 1_000_000
        else:
            found[name] = value
    number = int(str(row["enterprise"]).rpartition(":")[2])
    return {**found, "enterprise": make_uscc("91", "620102", number)}


def _fit(home: Home, as_of: date = END) -> Trainings:
    with home.database.read() as session:
        permit = consent.permit(session, COMMAND, Purpose.model_training, home.today)
    return fit_early_warning(home, permit, as_of)


def test_a_home_with_loans_gets_a_warning_with_figures_of_months_it_never_saw(home: Home) -> None:
    _deliver(home, watched_world())
    [fitted] = _fit(home).fitted
    assert (fitted.purpose, fitted.probability_name) == (releases.WARNING, "default_within_12m")
    assert fitted.id.startswith("warning-")
    metrics = orjson.loads(fitted.metrics_text)
    assert metrics["held_out_months"] == {"cutoff": "2024-11-30", "first": "2024-12-31", "last": "2025-05-31"}
    assert metrics["enterprises_by_basis"] == {"ground:synthetic": FIRMS}
    figures = metrics["within_12m"]["figures"]
    assert set(figures) >= {"logistic", "boosted", "tax arrears", "score at origination", "random"}
    # One flag a month says little; over all pairs of a month the order is better than chance.
    assert figures[fitted.kind]["auc_within_month"]["low"] > 0.5 == figures["random"]["auc_within_month"]["estimate"]
    loaded = load_warning(home.models_folder / fitted.id)
    assert loaded.training.last_day == END
    assert 10 <= loaded.training.bad_enterprises <= FAILING
    card = (home.models_folder / fitted.id / "card.md").read_text(encoding="utf-8")
    assert "贷后预警模型卡" in card
    assert "| tax arrears |" in card
    assert any("命中率 precision" in line for line in fitted.sentences)


def test_what_became_known_after_the_day_changes_no_byte(tmp_path: Path) -> None:
    day = date(2026, 5, 20)
    ids = []
    for name, rows in (("whole", watched_world()), ("cut", known_by(watched_world(), day))):
        made = open_or_create_home(tmp_path / name / "home", now=lambda: NOW)
        _deliver(made, rows)
        ids.append(_fit(made, day).fitted[0].id)
        made.database.close()
    assert ids[0] == ids[1]


def test_a_home_without_loans_or_with_few_defaults_says_why(home: Home) -> None:
    rows = watched_world()
    _deliver(home, {name: some for name, some in rows.items() if name != "loans"})
    with pytest.raises(NothingToDoError, match="没有可用的贷款报送记录"):
        _fit(home)


def test_a_warning_that_is_no_better_than_chance_is_not_entered(home: Home) -> None:
    _deliver(home, watched_world(tells=False))
    found = _fit(home)
    assert found.fitted == ()
    assert [one.purpose for one in found.withheld] == [releases.WARNING]
    assert "不优于随机" in found.withheld[0].zh
    assert not list(home.models_folder.glob("warning-*"))
