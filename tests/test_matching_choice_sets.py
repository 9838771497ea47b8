"""Choice sets of a small history written by hand: which rows there are, what they hold, what they must not hold."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from match_histories import Written
from matching_worlds import clause, product

from matching.choice_sets import ChoiceSets, Months, choice_set_chunks, choice_sets, match_affinity
from matching.choice_states import History
from matching.eligibility import Request, evaluate
from matching.errors import ChoiceSetError
from matching.frame import Frame
from matching.pair_table import Fitting, feature_table, ranker_inputs
from matching.pairs import PAIR_INPUTS
from matching.product import Product
from matching.rank import score
from matching.ranking_rows import ranking_table
from matching.segments import FramePairs, affinity_queries
from models.affinity import AFFINITY_INPUTS
from models.errors import TrainingTableError

CUT = date(2026, 6, 30)
FIRST = date(2024, 1, 10)


def products() -> tuple[Product, ...]:
    """Return three for everybody who sells for 100 yuan a year, one that opens late, and one for large firms."""
    easy = [clause("sales_12m", "sales_12m_fen", "at_least", 100)]
    large = [clause("sales_12m", "sales_12m_fen", "at_least", 1_000_000)]
    return (
        product(id="b-plain", bank="bank-1", criteria=easy),
        product(id="a-plain", bank="bank-1", criteria=easy, annual_rate="0.045"),
        product(id="c-plain", bank="bank-2", criteria=easy, guarantee="mortgage"),
        product(id="d-late", bank="bank-2", criteria=easy, offered_from="2025-01-01"),
        product(id="e-large", bank="bank-2", criteria=large),
    )


def profiles(pairs: Sequence[tuple[str, date]], newest: timedelta = timedelta(days=3)) -> pa.Table:
    """Return a profile per pair; firms with an odd number sell for 5,000 yuan, the others for 2 million."""
    return pa.table(
        {
            "enterprise": [firm for firm, _ in pairs],
            "as_of": pa.array([day for _, day in pairs], type=pa.date32()),
            "kind": ["company" if firm[-1] in "123" else "cooperative" for firm, _ in pairs],
            "industry_section": ["F"] * len(pairs),
            "prefecture": ["620100"] * len(pairs),
            "sales_12m_fen": [500_000 if int(firm[-1]) % 2 else 200_000_000 for firm, _ in pairs],
            "last_sale_on": pa.array([day for _, day in pairs], type=pa.date32()),
            "newest_known_on": pa.array([day - newest for _, day in pairs], type=pa.date32()),
        }
    )


def small() -> tuple[History, pa.Table]:
    """Return a year and a half of six firms, one request each quarter, of which three products were shown."""
    lines = Written()
    pairs = []
    for quarter in range(6):
        for firm in range(1, 7):
            enterprise, number = f"uscc:{firm}", f"RQ{firm}-{quarter}"
            day = FIRST + timedelta(days=91 * quarter + firm)
            pairs.append((enterprise, day))
            lines.request(enterprise, number, day)
            for position, name in enumerate(("a-plain", "b-plain", "c-plain"), start=1):
                order = "random" if firm % 3 == 0 else "written"
                lines.shown((enterprise, number, name), day, position=position, list_order=order)
            chosen = (enterprise, number, ("a-plain", "c-plain")[firm % 2])
            lines.applied(chosen, day + timedelta(days=2))
            outcome = ("refused", "taken", "lapsed")[(firm + quarter) % 3]
            if outcome != "refused":
                lines.decided(chosen, day + timedelta(days=9), "granted")
            lines.decided(chosen, day + timedelta(days=9), outcome, known=day + timedelta(days=20))
    return lines.history(), profiles(pairs)


def built(cut: date = CUT) -> ChoiceSets:
    history, table = small()
    return choice_sets(history, table, products(), cut)


def test_there_is_a_row_per_request_and_product_that_fits_on_the_day() -> None:
    table = built().table
    by_firm = table.groupby("enterprise")["product"].agg(lambda names: " ".join(sorted(set(names))))
    assert by_firm["uscc:1"] == "a-plain b-plain c-plain d-late"
    assert by_firm["uscc:2"] == "a-plain b-plain c-plain d-late e-large"
    late = table[table["product"] == "d-late"]
    assert late["requested_on"].min() >= pd.Timestamp("2025-01-01")
    assert len(late) == 12
    keys = table[["enterprise", "request_no", "product"]]
    assert keys.equals(keys.sort_values(["enterprise", "request_no", "product"], ignore_index=True))


def test_what_was_not_shown_has_no_label() -> None:
    sets = built()
    table = sets.table
    assert set(table.loc[table["product"].isin(["d-late", "e-large"]), "state"]) == {"not_shown"}
    assert not table.loc[table["state"] == "not_shown", "is_shown"].any()
    shown = sets.shown().table
    assert set(shown["product"]) == {"a-plain", "b-plain", "c-plain"}
    assert shown["state"].value_counts().to_dict() == {"shown": 72, "refused": 12, "taken": 12, "lapsed": 12}
    assert sets.decided().table["is_granted"].value_counts().to_dict() == {1.0: 24, 0.0: 12}


def test_an_outcome_that_is_not_known_at_the_cut_is_missing() -> None:
    table = built(FIRST + timedelta(days=21)).table
    assert table["state"].value_counts().to_dict() == {"pending": 17, "not_shown": 3, "taken": 1}
    assert table["is_granted"].isna().sum() == len(table) - 4


def test_a_row_holds_the_inputs_of_profile_pair_and_counts() -> None:
    sets = built()
    names = [item.name for item in sets.inputs]
    assert set(names) <= set(sets.table.columns)
    assert names[-len(AFFINITY_INPUTS) :] == [item.name for item in AFFINITY_INPUTS]
    assert set(names) >= {"kind", "industry_section", "sales_12m_fen", *(item.name for item in PAIR_INPUTS)}
    assert not {"prefecture", "last_sale_on", "newest_known_on", "state", "position", "product", "score_ppm"} & set(
        names
    )
    assert ranker_inputs(small()[1].column_names) == sets.inputs


def test_the_counts_hold_what_was_known_on_the_day_and_no_more() -> None:
    table = built().table
    first = table[table["request_no"] == "RQ1-0"]
    assert first["taken_product_ratio"].isna().all()
    # Of the first quarter the fourth firm took it, 92 days and more after it was shown.
    second = table[(table["request_no"] == "RQ1-1") & (table["product"] == "a-plain")].iloc[0]
    age = 91 + 1
    hits = sum(2 ** (-(age - (firm + 20)) / 365) for firm in (4,))
    assert second["popularity_product"] == pytest.approx(hits, rel=1e-12)
    assert second["newest_known_on"] == second["requested_on"]


def test_the_newest_day_of_knowing_is_that_of_profile_request_and_counts() -> None:
    lines = Written()
    day = date(2024, 5, 5)
    lines.request("uscc:2", "RQ2-1", day, known=date(2024, 5, 4))
    late = profiles([("uscc:2", day)], newest=timedelta(days=-9))
    table = choice_sets(lines.history(), late, products(), CUT).table
    assert set(table["newest_known_on"]) == {pd.Timestamp(2024, 5, 14)}  # a fact learnt after the request shows
    early = profiles([("uscc:2", day)], newest=timedelta(days=90))
    assert set(choice_sets(lines.history(), early, products(), CUT).table["newest_known_on"]) == {
        pd.Timestamp(2024, 5, 4)
    }


def test_a_count_that_looks_past_the_day_of_the_request_shows_its_day() -> None:
    history, table = small()
    frame = Frame(table.slice(0, 1))
    looked = affinity_queries(
        frame, np.full(1, np.nan), np.full(1, np.nan), FramePairs(products(), *np.zeros((2, 1), int))
    )
    counts = match_affinity(history, table, products(), CUT)
    honest, leaking = counts.columns(looked), counts.columns(looked.assign(day=looked["day"] + pd.Timedelta(days=25)))
    assert pd.isna(honest["newest_event_on"][0])
    assert leaking["newest_event_on"][0] > looked["day"][0]


def test_an_outcome_known_too_early_to_be_true_does_not_reach_its_own_row() -> None:
    lines = Written()
    day = date(2024, 5, 5)
    pair = ("uscc:2", "RQ2-1", "a-plain")
    lines.request("uscc:2", "RQ2-1", day)
    lines.shown(pair, day)
    lines.applied(pair, day)
    lines.decided(pair, day, "taken", known=date(2024, 1, 1))
    table = choice_sets(lines.history(), profiles([("uscc:2", day)]), products(), CUT).table
    assert table["taken_product_ratio"].isna().all()
    assert (table["popularity_product"] == 0).all()
    assert (table["newest_known_on"] == pd.Timestamp(day)).all()


def test_a_later_cut_changes_states_and_no_feature() -> None:
    early, late = built(FIRST + timedelta(days=300)).table, built().table
    kept = late[late["request_no"].isin(early["request_no"])].reset_index(drop=True)
    features = [item.name for item in built().inputs] + ["newest_known_on", "score_ppm"]
    pd.testing.assert_frame_equal(early[features], kept[features], check_exact=True)


def test_answers_compute_the_same_columns_by_the_same_code() -> None:
    history, table = small()
    sets = choice_sets(history, table, products(), CUT)
    counts = match_affinity(history, table, products(), CUT)
    for number, rows in sets.table.groupby("request_no"):
        request = rows.iloc[0]
        on_day = pc.and_(
            pc.equal(table["as_of"], request["requested_on"].date()),
            pc.equal(table["enterprise"], request["enterprise"]),
        )
        frame = Frame(table.filter(on_day))
        fitting = []
        for name in rows["product"]:
            one = next(item for item in products() if item.id == name)
            eligibility = evaluate(one, frame, Request(int(request["amount_fen"]), int(request["term_months"])))
            fitting.append(Fitting(eligibility, score(eligibility, np.array([0.9])), np.zeros(1, dtype=np.int64)))
        answer = feature_table(fitting, counts)
        assert answer["product"].tolist() == rows["product"].tolist()
        names = [item.name for item in sets.inputs]
        pd.testing.assert_frame_equal(
            answer[names], rows[names].reset_index(drop=True), check_exact=True, obj=str(number)
        )


def test_the_order_of_rows_and_products_and_the_size_of_chunks_change_nothing() -> None:
    history, table = small()
    once = choice_sets(history, table, products(), CUT)
    turned = History(
        *(_reversed(getattr(history, name)) for name in ("requests", "shown", "applications", "decisions"))
    )
    again = choice_sets(turned, _reversed(table), products()[::-1], CUT)
    pd.testing.assert_frame_equal(once.table, again.table, check_exact=True)
    chunks = list(choice_set_chunks(history, table, products(), CUT, requests=7))
    joined = pd.concat([chunk.table for chunk in chunks], ignore_index=True)
    pd.testing.assert_frame_equal(once.table, joined, check_exact=True, check_categorical=False)


def test_what_stands_in_no_row_is_counted() -> None:
    lines = Written()
    day = date(2024, 5, 5)
    lines.request("uscc:1", "RQ1-1", day)
    lines.request("uscc:1", "RQ1-2", day, known=date(2024, 5, 6))
    lines.shown(("uscc:1", "RQ1-1", "e-large"), day)  # not for this firm
    lines.shown(("uscc:1", "RQ1-1", "d-late"), day)  # not offered yet
    lines.shown(("uscc:1", "RQ1-1", "x-gone"), day)  # no product of that name
    lines.shown(("uscc:1", "RQ1-1", "a-plain"), day)
    lines.shown(("uscc:1", "RQ1-2", "a-plain"), day)
    lines.shown(("uscc:9", "RQ9-1", "a-plain"), day)
    sets = choice_sets(lines.history(), profiles([("uscc:1", day)]), products(), CUT)
    assert (sets.dropped.shown_not_eligible, sets.dropped.late_requests, sets.dropped.without_request) == (3, 1, 1)
    assert set(sets.table["request_no"]) == {"RQ1-1"}
    assert sets.shown().table["product"].tolist() == ["a-plain"]


def test_a_pair_that_was_decided_without_being_shown_is_for_the_grant_model_alone() -> None:
    lines = Written()
    day = date(2024, 5, 5)
    lines.request("uscc:2", "RQ2-1", day)
    lines.decided(("uscc:2", "RQ2-1", "c-plain"), date(2024, 6, 1), "refused")
    sets = choice_sets(lines.history(), profiles([("uscc:2", day)]), products(), CUT)
    assert sets.shown().table.empty
    assert sets.decided().table[["product", "state", "is_granted"]].to_numpy().tolist() == [["c-plain", "refused", 0.0]]


def test_the_ranker_is_given_the_shown_rows_and_refuses_what_was_learnt_too_late() -> None:
    table = ranking_table(built())
    assert len(table) == 108
    assert set(table.item) == {"a-plain", "b-plain", "c-plain"}
    assert table.query[0] == "uscc:1\nRQ1-0"
    assert table.is_random.sum() == 36
    assert table.is_taken.sum() == 12
    history, late = small()
    grown = late["newest_known_on"].to_pylist()
    grown[4] = late["as_of"][4].as_py() + timedelta(days=1)
    place = late.column_names.index("newest_known_on")
    late = late.set_column(place, "newest_known_on", pa.array(grown, type=pa.date32()))
    with pytest.raises(TrainingTableError, match="request uscc:5\nRQ5-0 reads a fact that became known after"):
        ranking_table(choice_sets(history, late, products(), CUT))


def test_the_split_is_by_the_month_of_the_request() -> None:
    parts = built().split(Months(warm_up=3, train=6, valid=3, test=3))
    months = {name: sorted(set(part.table["requested_on"].dt.strftime("%Y-%m"))) for name, part in parts.items()}
    assert months == {
        "warm_up": ["2024-01"],
        "train": ["2024-04", "2024-07"],
        "valid": ["2024-10"],
        "test": ["2025-01"],
    }


def test_a_profile_that_is_absent_is_named() -> None:
    history, table = small()
    with pytest.raises(ChoiceSetError, match=r"no profile of uscc:1 as of 2024-01-11"):
        choice_sets(history, table.slice(1), products(), CUT)
    with pytest.raises(ChoiceSetError, match="newest_known_on"):
        choice_sets(history, table.drop_columns(["newest_known_on"]), products(), CUT)


def test_no_history_gives_no_rows() -> None:
    sets = choice_sets(Written().history(), profiles([]), products(), CUT)
    assert sets.table.empty
    assert {item.name for item in sets.inputs} <= set(sets.table.columns)


def _reversed(table: pa.Table) -> pa.Table:
    return table.take(list(range(table.num_rows))[::-1])


def test_rows_learnt_after_the_cut_are_as_if_they_had_never_come() -> None:
    history, table = small()
    cut = FIRST + timedelta(days=300)
    given_all = choice_sets(history, table, products(), cut)
    given_less = choice_sets(history.known_by(cut), table, products(), cut)
    assert len(history.known_by(cut).decisions) < len(history.decisions)
    pd.testing.assert_frame_equal(given_all.table, given_less.table, check_exact=True)
    assert given_all.dropped == given_less.dropped
