"""Stored models: the same fit has the same bytes, and nothing can be changed unseen."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from risk_tables import INPUTS, made_table, reordered

from models.artifact import load, model_id, save, stored_id
from models.boosted import Boosted, fit_boosted
from models.default_risk import DefaultRisk, ModelKind, TrainingTable, fit_default_risk
from models.errors import ArtifactError
from models.inputs import encode
from models.validation import Rows

TABLE = made_table(240)


def fitted(table: TrainingTable) -> DefaultRisk:
    return fit_default_risk(table, seed=7, inputs=INPUTS, repeats=1, bar="sales")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fingerprints() -> list[str]:
    """Return the id of the champion and the hash of the challenger's trees."""
    model = fitted(TABLE)
    rows = Rows(encode(TABLE.features, model.inputs), TABLE.bad, TABLE.enterprises)
    trees = fit_boosted(rows, model.inputs, seed=7).boosters[0].text
    return [model_id(model), hashlib.sha256(trees.encode()).hexdigest()]


@pytest.fixture(scope="module", params=list(ModelKind))
def model(request: pytest.FixtureRequest) -> DefaultRisk:
    """Return a model of each kind, whichever the rule would have chosen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.default_risk.choose_champion", lambda _: request.param)
        return fitted(TABLE)


def test_one_fit_has_one_set_of_bytes_whatever_the_order_of_rows_and_columns(tmp_path: Path) -> None:
    save(fitted(TABLE), tmp_path / "first")
    save(fitted(reordered(TABLE, seed=9)), tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "4"])
def test_neither_threads_nor_hashing_change_a_fit(threads: str) -> None:
    script = "from test_models_artifact import fingerprints; print(*fingerprints())"
    told = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
    path = os.pathsep.join((str(Path(__file__).parent), str(Path(__file__).parents[1])))
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **told, "PYTHONPATH": path},
    )
    assert done.stdout.split() == fingerprints()


def test_a_loaded_model_answers_to_the_bit_and_is_stored_as_it_was(model: DefaultRisk, tmp_path: Path) -> None:
    identity = save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    firms = [*TABLE.enterprises[:100].tolist(), *(f"uscc:new{n}" for n in range(140))]
    assert loaded.predict(TABLE.features, firms).tolist() == model.predict(TABLE.features, firms).tolist()
    told, first = loaded.contributions(TABLE.features, firms), model.contributions(TABLE.features, firms)
    assert told.table.equals(first.table)
    assert (loaded.inputs, loaded.training, loaded.metrics) == (model.inputs, model.training, model.metrics)
    assert identity == model_id(model) == stored_id(tmp_path / "model") == save(loaded, tmp_path / "again")
    assert contents(tmp_path / "model") == contents(tmp_path / "again")


def test_the_manifest_says_what_the_model_is(model: DefaultRisk, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(contents(tmp_path / "model")) - {"manifest.json"}
    assert manifest["training"]["first_day"] == manifest["training"]["last_day"] == "2024-06-30"
    assert manifest["training"]["seed"] == 7
    assert manifest["features"] == list(model.features)
    assert len(manifest["features_sha256"]) == 64
    assert set(manifest["libraries"]) >= {"lightgbm", "optbinning", "numpy"}


def test_the_card_speaks_chinese_first_and_names_the_champion_rule_and_limits(
    model: DefaultRisk, tmp_path: Path
) -> None:
    save(model, tmp_path / "model")
    card = (tmp_path / "model" / "card.md").read_text(encoding="utf-8")
    assert card.index("违约风险模型卡") < card.index("Model card")
    area = model.metrics["figures"]["scorecard"]["auc"]
    assert f"{area['estimate']:.3f} | {area['low']:.3f} … {area['high']:.3f}" in card
    assert "`sales`" in card


def test_every_file_is_guarded(model: DefaultRisk, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    for path in sorted((tmp_path / "model").iterdir()):
        kept = path.read_bytes()
        middle = len(kept) // 2
        path.write_bytes(kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1 :])
        if path.name != "manifest.json":
            with pytest.raises(ArtifactError, match=path.name):
                load(tmp_path / "model")
        assert stored_id(tmp_path / "model") != model_id(model) or path.name != "manifest.json"
        path.unlink()
        with pytest.raises(ArtifactError, match=path.name):
            load(tmp_path / "model")
        path.write_bytes(kept)
    assert load(tmp_path / "model").kind is model.kind


def test_what_the_manifest_does_not_name_is_not_loaded(model: DefaultRisk, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    (tmp_path / "model" / "extra.pkl").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"extra\.pkl"):
        load(tmp_path / "model")


def test_a_manifest_cannot_point_outside_its_folder(model: DefaultRisk, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    path = tmp_path / "model" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"]["../secret"] = "0" * 64
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ArtifactError, match="outside its folder"):
        load(tmp_path / "model")


def test_a_stored_model_is_never_written_over(model: DefaultRisk, tmp_path: Path) -> None:
    save(model, tmp_path / "model")
    with pytest.raises(ArtifactError, match="not empty"):
        save(model, tmp_path / "model")


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="manifest"):
        load(tmp_path)


def test_an_ensemble_is_stored_member_by_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.default_risk.choose_champion", lambda _: ModelKind.boosted)
    model = fitted(TABLE)
    assert isinstance(model.model, Boosted)
    members = tuple(part.boosters[0] for part in model.fold_models if isinstance(part, Boosted))
    large = replace(model, model=replace(model.model, boosters=members))
    save(large, tmp_path / "large")
    again = load(tmp_path / "large")
    strangers = [f"uscc:new{number}" for number in range(len(TABLE.bad))]
    chance = large.predict(TABLE.features, strangers)
    assert again.predict(TABLE.features, strangers).tolist() == chance.tolist()
    assert chance.tolist() != model.predict(TABLE.features, strangers).tolist()
    assert (tmp_path / "large" / "boosted-member-4.txt").exists()
