"""`rongqiao product schema` and `product cel`: what banks write against, and what another engine can check."""

import json
from pathlib import Path

import cel
import pytest

from matching.product import sample_products
from matching.schema import criteria_schema
from service.access.caller import COMMAND, Caller, Role
from service.audit.tags import Tag
from service.cli import main
from service.errors import NotAllowedError
from service.store import log_store
from service.work import criteria_export
from service.work.home import Home, open_or_create_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Make an empty home, which answers with the packaged samples."""
    return open_or_create_home(Path(tmp_path_factory.mktemp("criteria")) / "home")


def test_the_schema_needs_no_home(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["product", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == criteria_schema()


def test_a_products_criteria_are_printed_as_cel_and_logged(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    product = sample_products()[0]
    assert main(["product", "cel", product.id, "--home", str(home.folder)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["product"] == product.id
    assert [row["id"] for row in printed["clauses"]] == [clause.id for clause in product.criteria]
    assert [cel.evaluate(printed[side], {"p": {}}) for side in ("yes", "no")] == [False, False]
    for clause in printed["clauses"]:
        assert clause["yes"] in printed["yes"]
        assert clause["no"] in printed["no"]
    with home.database.read() as session:
        assert log_store.newest(session, limit=1)[0].tag == Tag.products_listed


def test_an_unknown_product_is_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["product", "cel", "no-such-loan", "--home", str(home.folder)]) == 1
    assert "no-such-loan" in capsys.readouterr().err


@pytest.mark.parametrize("role", [Role.bank, Role.enterprise, Role.regulator])
def test_only_the_operator_reads_all_criteria_at_once(home: Home, role: Role) -> None:
    with pytest.raises(NotAllowedError):
        criteria_export.cel(home, Caller("someone", role), sample_products()[0].id)
    assert COMMAND.role is Role.operator
