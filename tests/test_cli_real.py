"""The contract of the command, on real invoices: what `list`, `match` and `audit verify` print and how they end."""

import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matching.product import sample_products
from service.access.caller import COMMAND
from service.cli import main
from service.work import match
from service.work.home import open_home

pytest_plugins = ["real_home_fixtures"]
pytestmark = pytest.mark.slow

KEYS = {"as_of", "model", "products_source", "fits", "may_fit", "does_not_fit", "counts", "log_entry"}
LISTS = ("fits", "may_fit", "does_not_fit")


@pytest.fixture
def home(real_home: Path, tmp_path: Path) -> Path:
    """Return a copy of the real home that the test may change."""
    shutil.copytree(real_home, tmp_path / "home")
    return tmp_path / "home"


def _run(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:  # noqa: ANN401 (any JSON document)
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_match_has_the_keys_of_the_contract_and_reasons_of_the_firms_own(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _run(capsys, "match", "--home", str(home), "--enterprise", "E1")
    assert answer.keys() >= KEYS
    assert answer["as_of"] == "2020-02-21"
    assert answer["products_source"] == "packaged samples"
    assert answer["model"]["probability_name"] == "default_probability"
    assert answer["last_invoice_on"] is not None
    for key in ("fits", "may_fit"):
        scores = [row["score"] for row in answer[key]]
        assert scores == sorted(scores, reverse=True)
        for row in answer[key]:
            assert row.keys() >= {"product", "name", "score", "reasons"}
            assert 1 <= len(row["reasons"]) <= 4
            assert all(reason["code"] and reason["text"] and reason["source"] for reason in row["reasons"])
    assert all({"column", "who"} <= item.keys() for row in answer["may_fit"] for item in row["missing"])
    assert all(row["missing"] for row in answer["may_fit"])
    refused = [row["product"] for row in answer["does_not_fit"]]
    # In no order that a name could buy, and in the same one each time.
    again = _run(capsys, "match", "--home", str(home), "--enterprise", "E1")
    assert refused == [row["product"] for row in again["does_not_fit"]]
    assert len(set(refused)) == len(refused)
    assert all(row["criterion"] and row["value"] for row in answer["does_not_fit"])
    listed = {row["product"] for key in LISTS for row in answer[key]}
    offered = {product.id for product in sample_products() if product.offered_on(date(2020, 2, 21))}
    assert listed == offered
    assert sum(answer["counts"][key] for key in LISTS) == len(offered) < len(sample_products())
    said = " ".join(note["zh"] for note in answer["notes"])
    assert "标签无日期" in said
    assert all(name in said for name in ("行业", "地区", "成立日期", "纳税", "贷款")), (
        "the answer names what this home lacks"
    )


def test_top_cuts_each_list_apart_and_counts_stay_whole(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = _run(capsys, "match", "--home", str(home), "--product", "sample-01")
    cut = _run(capsys, "match", "--home", str(home), "--product", "sample-01", "--top", "20")
    assert cut["counts"] == whole["counts"]
    assert [len(cut[key]) for key in LISTS] == [min(20, whole["counts"][key]) for key in LISTS]
    assert cut["fits"] == whole["fits"][:20]
    assert sum(whole["counts"].values()) == 425
    assert whole["without_authorisation"] == [], "the ground of the open set covers every firm for the command"
    enterprises = {row["id"] for row in _run(capsys, "list", "enterprises", "--home", str(home))}
    assert {row["enterprise"] for key in LISTS for row in whole[key]} == enterprises


def test_amount_and_term_are_asked_only_where_given(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    products = {row["id"]: row for row in _run(capsys, "list", "products", "--home", str(home))}
    free = _run(capsys, "match", "--home", str(home), "--enterprise", "E2")
    asked = _run(capsys, "match", "--home", str(home), "--enterprise", "E2", "--amount", "123456.78", "--term", "9")
    assert asked["amount_yuan"] == "123456.78"
    assert {row["product"] for row in asked["fits"]} <= {row["product"] for row in free["fits"]}
    for row in asked["fits"]:
        terms = products[row["product"]]
        assert terms["term_min_months"] <= 9 <= terms["term_max_months"]


def test_two_hundred_real_firms_and_more_have_a_product_and_reasons_of_their_own(real_home: Path) -> None:
    home = open_home(real_home)
    with home.database.read() as session:
        from service.store import entity_store  # noqa: PLC0415 (a look past the use cases)

        firms = entity_store.enterprise_ids(session)
    answers = {firm: match.products_for(home, COMMAND, firm, match.Question()).document for firm in firms}
    fitting = [firm for firm, answer in answers.items() if answer["counts"]["fits"]]
    assert len(fitting) >= 200
    assert all(answer["last_invoice_on"] for answer in answers.values())
    texts = {
        firm: tuple((row["score"], *(reason["text"] for reason in row["reasons"])) for row in answers[firm]["fits"])
        for firm in fitting[:20]
    }
    assert len(set(texts.values())) == len(texts), "different invoices give different scores or reasons"


def test_both_directions_give_a_pair_the_same_score(real_home: Path) -> None:
    home = open_home(real_home)
    of_product = match.enterprises_for(home, COMMAND, "sample-01", match.Question()).document
    for row in of_product["fits"][:5]:
        of_firm = match.products_for(home, COMMAND, row["enterprise"], match.Question()).document
        assert [other["score"] for other in of_firm["fits"] if other["product"] == "sample-01"] == [row["score"]]


def test_verify_names_the_entry_of_which_one_byte_was_changed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = _run(capsys, "match", "--home", str(home), "--enterprise", "E3")
    assert main(["audit", "verify", "--home", str(home)]) == 0
    number = answer["log_entry"]
    with sqlite3.connect(home / "rongqiao.db") as base:
        (entry,) = base.execute("SELECT entry FROM log_entries WHERE id = ?", (number,)).fetchone()
        place = entry.index('"score_ppm":') + len('"score_ppm":')
        changed = entry[:place] + str((int(entry[place]) + 1) % 10) + entry[place + 1 :]
        base.execute("UPDATE log_entries SET entry = ? WHERE id = ?", (changed, number))
    capsys.readouterr()
    assert main(["audit", "verify", "--home", str(home)]) == 1
    assert f"entry {number}:" in capsys.readouterr().out


def test_the_log_entry_holds_the_returned_rows_in_integers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = _run(capsys, "match", "--home", str(home), "--enterprise", "E4", "--top", "3")
    with sqlite3.connect(home / "rongqiao.db") as base:
        (text,) = base.execute("SELECT entry FROM log_entries WHERE id = ?", (answer["log_entry"],)).fetchone()
    entry = json.loads(text, parse_float=lambda number: pytest.fail(f"a float in the log: {number}"))
    assert [row["id"] for row in entry["fits"]] == [row["product"] for row in answer["fits"]]
    assert [row["score_ppm"] for row in entry["fits"]] == [round(row["score"] * 10**6) for row in answer["fits"]]
    assert entry["counts"] == answer["counts"]
    assert sum(entry["first_failing_counts"].values()) == answer["counts"]["does_not_fit"]
    assert (entry["purpose"], entry["grounds"]) == ("evaluation", ["open research set"])
    assert entry["tag"] == "match:products:answered"


def test_firms_of_the_fit_are_scored_by_a_model_that_did_not_see_them(real_home: Path) -> None:
    from service.work.train_risk import active_model  # noqa: PLC0415 (only this test looks inside)

    found = active_model(open_home(real_home))
    assert found is not None
    _version, model = found
    assert len(model.fold_of) == 123
    assert model.marks == ("undated label",)
    assert not {name for name in model.features if "rating" in name and not name.startswith("tax")}


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["match", "--enterprise", "E999"], 1, "E999"),
        (["match", "--product", "nothing"], 1, "nothing"),
        (["match", "--enterprise", "E1", "--as-of", "2010-01-01"], 0, ""),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, said: str
) -> None:
    assert main([*argv, "--home", str(home)]) == code
    assert said in capsys.readouterr().err
