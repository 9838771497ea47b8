"""The default model of a home: its examples, what it leaves out and counts, and what it says of the refused."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import orjson
import pytest

from features.outcomes import default_outcomes
from features.tables import TABLES
from matching.province import build_world
from matching.province.tables import write_tables
from models.artifact import load
from models.card import model_card
from models.reject_inference import RejectInference, RejectMethod
from service.access import consent
from service.access.caller import COMMAND, Ground, Purpose
from service.access.consent import Permit
from service.errors import BadRequestError
from service.store.facts import Grant
from service.work import deliver, train
from service.work.home import Home, open_or_create_home
from service.work.train_risk import examples_of, fit_risk

FIRMS, SEED = 1_000, 42
END = date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    made = open_or_create_home(folder / "home", now=lambda: NOW)
    (folder / "in").mkdir()
    write_tables(build_world(FIRMS, SEED, dirty=False)[0].tables, folder / "in")
    deliver.take(made, COMMAND, folder / "in", "tables", ground=Ground.synthetic)
    yield made
    made.database.close()


def permit_of(home: Home) -> Permit:
    with home.database.read() as session:
        return consent.permit(session, COMMAND, Purpose.model_training, home.today)


def test_the_examples_are_good_or_bad_and_all_others_are_counted(home: Home) -> None:
    told = default_outcomes(home.facts.sources(Grant(None, frozenset(TABLES), "test")), END).to_pylist()
    counts = Counter(one["outcome"] for one in told)
    examples = examples_of(home, permit_of(home), END)
    assert examples.outcomes == {**counts, "cured": sum(one["is_cured"] for one in told)}
    assert min(counts.values()) > 0
    assert set(counts) == {"good", "bad", "indeterminate", "immature"}
    expected = {(one["enterprise"], one["drawn_on"]): one["outcome"] for one in told}
    table = examples.table
    assert len(table.bad) == counts["good"] + counts["bad"]
    for firm, day, bad in zip(table.enterprises.tolist(), table.days.tolist(), table.bad.tolist(), strict=True):
        assert expected[firm, day] == ("bad" if bad else "good")


@pytest.mark.slow
def test_a_model_that_assumes_something_of_the_refused_says_what_and_of_how_many(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.default_risk.preset_repeats", lambda _rows: 1)
    fitted = fit_risk(home, permit_of(home), END, RejectInference(RejectMethod.parcelling, 2.0))
    model = load(home.models_folder / fitted.id)
    inferred = model.metrics["reject_inference"]
    assert inferred["refused"] > 100
    assert model.marks == ("reject inference: parcelling × 2",)
    assert orjson.loads(fitted.metrics_text)["reject_inference"] == inferred
    (line,) = [one for one in fitted.sentences if "拒绝推断" in one]
    assert "被拒企业的违约率为获批企业的 2 倍" in line
    assert f"(refused {inferred['refused']})" in line
    outcomes = model.metrics["outcomes"]
    card = model_card(model)
    assert f"- {inferred['assumption']['zh']}（被拒 {inferred['refused']} 笔）" in card
    assert f"{outcomes['cured']} cured ones stay bad" in card
    assert f"immature {outcomes['immature']}" in "".join(fitted.sentences)
    assert f"indeterminate {outcomes['indeterminate']}" in "".join(fitted.sentences)
    assert f"cured, still bad {outcomes['cured']}" in "".join(fitted.sentences)


def test_a_factor_beyond_reason_is_refused_before_anything_is_fitted(home: Home) -> None:
    with pytest.raises(BadRequestError, match="between 1 and 10"):
        train.train(home, COMMAND, END, reject_factor=20.0)
