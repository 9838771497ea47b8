"""The one door: what a grant does not name does not pass, in facts, profiles and outcomes."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from delivered import RECEIVED_ON, registry, row, write_csv
from hypothesis import given
from hypothesis import strategies as st

from features.dictionary import FEATURES
from features.engine import build_profiles
from features.tables import PUBLIC_TABLES, TABLES, stored_schema
from features.uscc import make_uscc
from features.versions import DUPLICATE, KEPT, row_ids
from service.errors import HomeError, NotAllowedError
from service.ingest.deliveries import take_delivery
from service.ingest.progress import tell_nobody
from service.store.facts import Access, Facts, Grant, NewFacts
from service.store.facts_layout import ROWS_PER_BUCKET, bucket_count, bucket_of
from service.store.facts_writer import write_facts

USCCS = [make_uscc("91", "620102", number) for number in range(60)]
FIRMS = [f"uscc:{one}" for one in USCCS]
ALL = frozenset(TABLES)
DAY = date(2024, 6, 30)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of 60 firms, each with an invoice, a loan and a judgment; nothing of the other tables came."""
    folder = tmp_path_factory.mktemp("facts")
    registry(folder / "in", *USCCS)
    for name in ("invoices", "loans", "judgments"):
        write_csv(folder / "in", name, [row(name, enterprise=one) for one in USCCS])
    take_delivery(folder / "home", folder / "in", "tables", received_on=RECEIVED_ON, progress=tell_nobody)
    return folder / "home"


def seen(facts: Facts, grant: Grant) -> dict[str, list[str]]:
    """Return, by table that is readable, whose rows can be read."""
    with duckdb.connect() as connection:
        names = facts.sources(grant).bind(connection)
        views = {
            name for (name,) in connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        }
        assert names <= views <= names | {"granted_enterprises"}
        return {
            name: [one for (one,) in connection.sql(f"SELECT enterprise FROM {name} ORDER BY 1").fetchall()]  # noqa: S608
            for name in sorted(names)
        }


@given(
    firms=st.one_of(st.none(), st.sets(st.sampled_from([*FIRMS, "uscc:none", "cumcm2020c:E1"]))),
    tables=st.sets(st.sampled_from(sorted(ALL))),
)
def test_only_the_granted_rows_of_granted_tables_pass(home: Path, firms: set[str] | None, tables: set[str]) -> None:
    facts = Facts(home)
    grant = Grant(None if firms is None else tuple(sorted(firms)), frozenset(tables), "test")
    rows: dict[str, list[str]] = {}
    for part in facts.split(grant):
        for name, found in seen(facts, part).items():
            rows[name] = sorted(rows.get(name, []) + found)
    allowed = sorted(set(FIRMS) & (set(FIRMS) if firms is None else firms))
    delivered = {"enterprises", "invoices", "loans", "judgments"} & tables
    if allowed:
        assert rows == dict.fromkeys(sorted(delivered), allowed)
    else:
        assert not any(rows.values())


def test_many_named_firms_are_bound_like_few(home: Path) -> None:
    facts = Facts(home)
    few, many = tuple(FIRMS[:3]), tuple(FIRMS[:55])
    assert seen(facts, Grant(few, ALL, "test"))["loans"] == sorted(few)
    assert seen(facts, Grant(many, ALL, "test"))["loans"] == sorted(many)


def test_a_grant_of_all_firms_binds_the_bare_files(home: Path) -> None:
    facts = Facts(home)
    for firms in (None, tuple(FIRMS), (*FIRMS, "uscc:more")):
        assert facts.sources(Grant(firms, ALL, "test")).enterprises is None


def test_a_quote_in_an_id_is_no_way_in(home: Path) -> None:
    grant = Grant(("uscc:x') OR ('1'='1",), ALL, "test")
    assert not any(seen(Facts(home), grant).values())


def test_schemes_of_different_tables_are_read_apart(home: Path, tmp_path: Path) -> None:
    facts = mixed_home(home, tmp_path)
    whole = Grant(None, ALL, "test")
    with pytest.raises(NotAllowedError):
        facts.sources(whole)
    real, synthetic = facts.split(whole)
    assert real.enterprises == ("cumcm2020c:E1",)
    assert (real.tables, synthetic.tables) == ({"invoices"}, {"enterprises", "invoices", "loans", "judgments"})
    assert seen(facts, real) == {"invoices": ["cumcm2020c:E1"]}
    assert seen(facts, synthetic)["invoices"] == sorted(FIRMS)
    assert facts.coverage() == {"cumcm2020c": real.tables, "uscc": synthetic.tables}


def mixed_home(home: Path, tmp_path: Path) -> Facts:
    for path in (home / "facts").rglob("*"):
        if path.is_file():
            copy = tmp_path / "facts" / path.relative_to(home / "facts")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    facts = Facts(tmp_path)
    rows = {"invoices": invoices(["cumcm2020c:E1"])}
    facts.write(NewFacts("cumcm2020c", rows, {"cumcm2020c:E1": "甲"}, {"cumcm2020c:E1": True}), tell_nobody)
    return facts


def invoices(firms: list[str]) -> pa.Table:
    count = len(firms)
    values = {
        "enterprise": firms,
        "direction": ["sale"] * count,
        "invoice_no": [str(number) for number in range(count)],
        "issued_on": [DAY] * count,
        "counterparty": ["买方"] * count,
        "amount_fen": list(range(count)),
        "tax_fen": [0] * count,
        "total_fen": list(range(count)),
        "is_void": [False] * count,
        "known_on": [DAY] * count,
        "known_on_basis": ["assumed"] * count,
        "superseded_on": [None] * count,
        "row_id": [0] * count,
    }
    schema = stored_schema(TABLES["invoices"])
    rows = pa.table(values, schema=schema)
    return rows.set_column(rows.num_columns - 1, schema.field("row_id"), row_ids(TABLES["invoices"], rows))


def test_an_empty_home_answers_nothing(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    access = Access((Grant(None, ALL, "test"),), "evaluation")
    assert facts.enterprises() == ()
    assert facts.coverage() == {}
    assert facts.latest_known_on() is None
    assert facts.undated_defaults(access) is None
    assert facts.read_profiles(access, DAY) is None
    assert seen(facts, access.grants[0]) == {}


def test_a_layout_of_another_format_is_said(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "layout.json").write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(HomeError):
        Facts(tmp_path).coverage()


def test_the_digest_changes_with_any_fact(home: Path, tmp_path: Path) -> None:
    before = Facts(home).digest()
    assert before == Facts(home).digest()
    facts = mixed_home(home, tmp_path)
    digests = {before, facts.digest()}
    facts.write(NewFacts("cumcm2020c", {}, {}, {"cumcm2020c:E1": False}), tell_nobody)
    digests.add(facts.digest())
    facts.write(NewFacts("cumcm2020c", {}, {}, {"cumcm2020c:E1": False}), tell_nobody)
    assert len({*digests, facts.digest()}) == 3


def test_outcomes_pass_for_their_purposes_and_firms_only(home: Path, tmp_path: Path) -> None:
    facts = mixed_home(home, tmp_path)
    grant = Grant(("cumcm2020c:E1",), ALL, "ground")
    for purpose in ("evaluation", "model_training"):
        found = facts.undated_defaults(Access((grant,), purpose))
        assert found is not None
        assert found.to_pylist() == [{"enterprise": "cumcm2020c:E1", "defaulted": True}]
    for closed in (Grant(("cumcm2020c:E1",), PUBLIC_TABLES, "public"), Grant(("cumcm2020c:E2",), ALL, "ground")):
        found = facts.undated_defaults(Access((closed,), "evaluation"))
        assert found is not None
        assert found.num_rows == 0
    with pytest.raises(NotAllowedError):
        facts.undated_defaults(Access((grant,), "matching"))


@pytest.fixture(scope="module")
def profiled(home: Path) -> Facts:
    """Return the facts with the profiles of all firms kept."""
    facts = Facts(home)
    grant = Grant(None, ALL, "test")
    asked = pa.table({"enterprise": FIRMS, "as_of": pa.array([DAY] * len(FIRMS), pa.date32())})
    profiles = build_profiles(facts.sources(grant), asked)
    facts.write_profiles(DAY, profiles, Access((grant,), "evaluation"))
    return facts


def test_profiles_come_back_as_they_were_kept(profiled: Facts, home: Path) -> None:
    access = Access((Grant(None, ALL, "test"),), "evaluation")
    found = profiled.read_profiles(access, DAY)
    assert found is not None
    asked = found.select(["enterprise", "as_of"])
    assert found.equals(build_profiles(Facts(home).sources(access.grants[0]), asked))
    some = profiled.read_profiles(access, DAY, [FIRMS[3], "uscc:none"])
    assert some is not None
    assert some.equals(found.filter(pa.compute.equal(found["enterprise"], FIRMS[3])))
    assert profiled.read_profiles(access, date(2024, 6, 1)) is None


@given(
    scopes=st.lists(
        st.tuples(st.sets(st.sampled_from(FIRMS[:8])), st.sets(st.sampled_from(sorted(ALL)))), min_size=1, max_size=3
    )
)
def test_a_profile_shows_no_feature_whose_tables_are_closed(
    profiled: Facts, scopes: list[tuple[set[str], set[str]]]
) -> None:
    grants = tuple(Grant(tuple(sorted(firms)), frozenset(tables), "test") for firms, tables in scopes)
    whole = profiled.read_profiles(Access((Grant(None, ALL, "test"),), "matching"), DAY)
    found = profiled.read_profiles(Access(grants, "matching"), DAY)
    assert whole is not None
    assert found is not None
    complete = {one["enterprise"]: one for one in whole.to_pylist()}
    opened = {firm: set().union(*(tables for firms, tables in scopes if firm in firms)) for firm in FIRMS[:8]}
    named = sorted(set().union(*(firms for firms, _ in scopes)))
    assert found["enterprise"].to_pylist() == named
    for profile in found.to_pylist():
        for name, feature in FEATURES.items():
            is_open = feature.tables <= opened[profile["enterprise"]]
            assert profile[name] == (complete[profile["enterprise"]][name] if is_open else None)


def test_profiles_of_firms_outside_the_access_are_not_kept(home: Path) -> None:
    facts = Facts(home)
    profiles = pa.table({"enterprise": FIRMS[:2], "as_of": pa.array([DAY] * 2, pa.date32())})
    with pytest.raises(NotAllowedError):
        facts.write_profiles(date(2024, 5, 1), profiles, Access((Grant((FIRMS[0],), ALL, "test"),), "matching"))


def test_buckets_double_with_the_rows_and_keep_their_firms() -> None:
    assert [bucket_count(one) for one in (0, ROWS_PER_BUCKET, ROWS_PER_BUCKET + 1, 5 * ROWS_PER_BUCKET)] == [1, 1, 2, 8]
    for firm in FIRMS:
        assert bucket_of(firm, 8) % 4 == bucket_of(firm, 4)
    assert {bucket_of(firm, 4) for firm in FIRMS} == set(range(4))


def test_a_table_that_outgrows_its_buckets_is_split_and_stays_whole(tmp_path: Path) -> None:
    folder, facts, whole = tmp_path / "facts", Facts(tmp_path), Grant(None, ALL, "test")
    few, many = invoices(FIRMS[:10]), invoices(FIRMS)
    write_facts(folder, NewFacts("uscc", {"invoices": few}, dict.fromkeys(FIRMS, "某")), tell_nobody, 20)
    assert len(facts.sources(whole).files["invoices"]) == 1
    written = write_facts(folder, NewFacts("uscc", {"invoices": many}), tell_nobody, 20)
    assert written.fates["invoices"].tolist() == [DUPLICATE] * 10 + [KEPT] * 50
    assert len(facts.sources(whole).files["invoices"]) == 4
    assert len(facts.sources(Grant((FIRMS[7],), ALL, "test")).files["invoices"]) == 1
    assert seen(facts, whole)["invoices"] == sorted(FIRMS)
    digest = facts.digest()
    again = write_facts(folder, NewFacts("uscc", {"invoices": many}), tell_nobody, 20)
    assert set(again.fates["invoices"].tolist()) == {DUPLICATE}
    assert facts.digest() == digest
