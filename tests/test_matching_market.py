"""The market: what is shown and decided follows the products' own criteria, the truth stays apart, order is nothing."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from province_worlds import facts, world

from features.engine import ArrowSources, build_profiles
from matching.compile import YES
from matching.eligibility import Requests, evaluate
from matching.frame import Frame
from matching.product import Product, sample_products
from matching.province import build_world
from matching.province.blocks import Bucket, draw_bucket
from matching.province.build import PRESET_END
from matching.province.calibration import PRESET, MarketSettings
from matching.province.deciding import Desks
from matching.province.demand import half_year
from matching.province.draws import Draws
from matching.province.market import Market, market_of
from matching.province.market_rows import PAIRS
from matching.province.tables import COLUMNS, edge_table
from matching.province.timeline import Timeline

FIRMS = 800
KEY = ["enterprise", "request_no", "product"]
HISTORY = ("requests", "shown", "applications", "decisions")


@pytest.fixture(scope="module")
def bucket() -> Bucket:
    return draw_bucket(7, 0, 120, Timeline(PRESET_END))


@pytest.fixture(scope="module")
def market(bucket: Bucket) -> Market:
    return market_of(bucket, sample_products())


def frame(name: str) -> pd.DataFrame:
    """Return a table of the history as a home stores it."""
    table = facts(FIRMS)[name].to_pandas()
    return table.astype({one: "datetime64[s]" for one in table.columns if one.endswith("_on")})


def true_pairs() -> pd.DataFrame:
    return world(FIRMS)[1].pairs.to_pandas()


def final_decisions() -> pd.DataFrame:
    return frame("decisions").sort_values("known_on").drop_duplicates(KEY, keep="last")


def tables(market: Market, codes: tuple[str, ...]) -> dict[str, pa.Table]:
    return {name: edge_table(name, rows, codes) for name, rows in market.rows.items()}


def as_home(asked: pd.DataFrame) -> Frame:
    """Return the profile of each request (in their order) as a home that took the tables in has it that day."""
    days = pa.array(asked["requested_on"].dt.date.tolist(), pa.date32())
    pairs = pa.table({"enterprise": pa.array(asked["enterprise"].tolist()), "as_of": days})
    found = build_profiles(ArrowSources(facts(FIRMS)), pairs, threads=1)
    names = pd.Index(zip(found["enterprise"].to_pylist(), found["as_of"].to_pylist(), strict=True))
    places = names.get_indexer(pd.Index(zip(asked["enterprise"], days.to_pylist(), strict=True)))
    return Frame(found.take(places))


def test_what_fits_is_what_the_products_say_of_the_profiles_a_home_has() -> None:
    # Dirt that only warns is accepted by a home: it is known on the last day, on which nothing is asked.
    asked = frame("requests").sort_values(["enterprise", "request_no"]).reset_index(drop=True)
    profiles, requests = as_home(asked), Requests(asked["amount_fen"].to_numpy(), asked["term_months"].to_numpy())
    fitting = []
    for product in sample_products():
        yes = evaluate(product, profiles, requests).verdict == YES
        offered = [product.offered_on(day.date()) for day in asked["requested_on"]]
        fitting.append(asked[yes & np.array(offered)][["enterprise", "request_no"]].assign(product=product.id))
    expected = pd.concat(fitting).sort_values(KEY).reset_index(drop=True)
    truth = true_pairs()[KEY].sort_values(KEY).reset_index(drop=True)
    assert len(truth) > 4_000
    pd.testing.assert_frame_equal(truth, expected, check_dtype=False)


def test_only_what_fits_is_shown_and_only_what_is_shown_is_applied_for_and_decided() -> None:
    fitting, shown = (set(one[KEY].itertuples(index=False)) for one in (true_pairs(), frame("shown")))
    applied, decided = (set(frame(name)[KEY].itertuples(index=False)) for name in ("applications", "decisions"))
    assert shown < fitting
    assert decided <= applied < shown


def test_at_most_ten_are_shown_and_the_chance_is_told() -> None:
    shown = frame("shown")
    fitting = true_pairs().groupby(["enterprise", "request_no"])["product"].nunique()
    sizes = shown.groupby(["enterprise", "request_no"])["position"].agg(["count", "max", "min", "nunique"])
    assert (sizes["count"] == fitting.clip(upper=10).loc[sizes.index]).all()
    assert (sizes["max"] == sizes["count"]).all()
    assert (sizes["nunique"] == sizes["count"]).all()
    rest = shown.merge(fitting.rename("fitting").reset_index())
    told = np.where(rest["list_order"] == "written", 1_000_000, np.minimum(1_000_000, 10_000_000 // rest["fitting"]))
    assert (rest["shown_chance_ppm"] == told).all()
    orders = shown.drop_duplicates(["enterprise", "request_no"])["list_order"].value_counts(normalize=True)
    assert orders["written"] == pytest.approx(2 / 3, abs=0.06)


def test_the_written_order_is_the_same_for_every_firm() -> None:
    shown = frame("shown")
    written = shown[shown["list_order"] == "written"].sort_values(["enterprise", "request_no", "position"])
    after = written.groupby(["enterprise", "request_no"])["product"].shift(-1)
    before = set(zip(written["product"], after, strict=True))
    assert len(before) > 300
    assert not {(two, one) for one, two in before} & before
    shuffled = shown[shown["list_order"] == "random"].sort_values(["enterprise", "request_no", "position"])
    after = shuffled.groupby(["enterprise", "request_no"])["product"].shift(-1)
    before = set(zip(shuffled["product"], after, strict=True))
    assert len({(two, one) for one, two in before} & before) > 100


def test_firms_ask_at_most_once_in_a_half_year_and_never_on_the_last_day() -> None:
    requests = frame("requests")
    timeline = Timeline(PRESET_END)
    days = (requests["requested_on"] - pd.Timestamp("1970-01-01")).dt.days.to_numpy()
    ends = np.array([half_year(timeline, number)[1] for number in range(6)])
    number = np.searchsorted(ends, days, side="right")
    assert not pd.DataFrame({"firm": requests["enterprise"], "number": number}).duplicated().any()
    assert set(number) == set(range(6))
    assert days.max() < timeline.end_day
    assert requests["request_no"].is_unique
    assert 0.7 < len(requests) / FIRMS < 1.3


def test_a_firm_applies_for_one_to_three_and_takes_one_at_most() -> None:
    counts = frame("applications").groupby("request_no").size()
    assert set(counts) == {1, 2, 3}
    decided = final_decisions()
    assert decided[decided["outcome"] == "taken"]["request_no"].is_unique
    assert set(decided["outcome"]) >= {"refused", "taken", "lapsed"}


def test_lower_places_are_looked_at_less() -> None:
    shown = frame("shown").merge(frame("applications")[KEY].assign(applied=1.0), how="left", on=KEY)
    rate = shown[shown["list_order"] == "random"].fillna({"applied": 0.0}).groupby("position")["applied"].mean()
    assert rate[:3].mean() > 1.5 * rate[-3:].mean()


def test_the_loans_drawn_are_those_that_were_taken() -> None:
    decided, loans = final_decisions(), frame("loans")
    taken = decided[decided["outcome"] == "taken"].set_index("loan_no")
    firsts = loans[loans["loan_no"].str.fullmatch(r"PL\d{9}")].drop_duplicates("loan_no").set_index("loan_no")
    assert set(firsts.index) <= set(taken.index)
    # Those drawn after the last reported month's end have no report yet.
    late = taken[taken["settled_on"] > loans["reported_on"].max()]
    assert set(taken.index) - set(firsts.index) == set(late.index)
    of_loan = taken.loc[firsts.index]
    assert (firsts["principal_fen"] == of_loan["amount_fen"]).all()
    assert (firsts["annual_rate_ppm"] == of_loan["annual_rate_ppm"]).all()
    assert (firsts["drawn_on"] == of_loan["settled_on"]).all()
    banks = {product.id: product.bank for product in sample_products()}
    assert (firsts["lender"] == of_loan["product"].map(banks)).all()


def test_decisions_come_in_their_order_and_each_is_known_after_it() -> None:
    decided = frame("decisions").sort_values([*KEY, "known_on"])
    applied = frame("applications").set_index(KEY)["applied_on"]
    assert (decided.set_index(KEY)["decided_on"] > applied.loc[decided.set_index(KEY).index]).all()
    assert (decided["known_on"] > decided["decided_on"]).all()
    first = decided.drop_duplicates(KEY, keep="first")
    assert set(first["outcome"]) == {"refused", "granted"}
    last = decided[decided["outcome"].isin(["taken", "lapsed"])]
    assert (last["known_on"] > last["settled_on"]).all()
    assert last["loan_no"].notna().equals(last["outcome"] == "taken")


def test_a_quarters_quota_is_never_exceeded() -> None:
    desks = Desks(np.array([1.0, 1.0]), np.array([2, 1]))
    assert [desks.has_room(0, 100), desks.has_room(0, 110), desks.has_room(0, 120)] == [True, True, False]
    assert [desks.has_room(1, 100), desks.has_room(1, 100), desks.has_room(0, 400)] == [True, False, True]


# The truth


def test_no_table_has_a_column_of_the_truth() -> None:
    province, truth = world(FIRMS)
    latent = {*truth.firms.column_names, *PAIRS.names} - set(KEY)
    assert truth.pairs.schema == PAIRS
    for name, table in province.tables.items():
        assert not latent & set(table.column_names), name
        assert set(table.column_names) == {"enterprise", *COLUMNS[name]}


def test_the_chance_is_of_being_granted_and_taken_and_the_log_follows_it() -> None:
    pairs = true_pairs()
    assert np.array_equal(pairs["chance"], pairs["grant_chance"] * pairs["take_chance"])
    assert pairs[["grant_chance", "take_chance"]].min().min() > 0
    assert pairs[["grant_chance", "take_chance"]].max().max() < 1
    decided = final_decisions().merge(pairs, on=KEY)
    granted = decided["outcome"].isin(["granted", "taken", "lapsed"])
    # What would be granted is, but for quotas, which refuse some.
    assert granted.mean() == pytest.approx(decided["grant_chance"].mean(), abs=0.12)
    bands = granted.groupby(pd.qcut(decided["grant_chance"], 4, labels=False)).mean()
    assert bands.is_monotonic_increasing
    assert bands[3] - bands[0] > 0.3


def test_one_bank_grants_one_kind_of_firm_at_three_tenths_of_the_odds() -> None:
    small = draw_bucket(7, 0, 250, Timeline(PRESET_END))
    fair = MarketSettings(granting=type(PRESET.granting)(bias_factor=1.0))
    biased, plain = market_of(small, sample_products()), market_of(small, sample_products(), fair)
    told = biased.bias
    assert told is not None
    assert told.factor == 0.3
    # Before the first loan both are the same world.
    one, two = (_first_requests(market.pairs.to_pandas()).set_index(KEY) for market in (biased, plain))
    ratio = (_log_odds(one["grant_chance"]) - _log_odds(two["grant_chance"])).dropna().map(np.exp)
    banks = {product.id: product.bank for product in sample_products()}
    kinds = dict(zip(small.firms.codes, small.firms.kind.tolist(), strict=True))
    names = ("company", "sole_proprietor", "cooperative", "family_farm")
    of_bank = np.array([banks[product] == told.bank for product in ratio.index.get_level_values("product")])
    of_kind = np.array(
        [names[kinds[firm.removeprefix("uscc:")]] == told.kind for firm in ratio.index.get_level_values("enterprise")]
    )
    assert ratio[of_bank & of_kind].to_numpy() == pytest.approx(0.3)
    assert ratio[~(of_bank & of_kind)].to_numpy() == pytest.approx(1.0)
    assert (of_bank & of_kind).sum() > 3


def _log_odds(chance: "pd.Series[float]") -> "pd.Series[float]":
    odds: pd.Series[float] = chance / (1 - chance)
    return odds.map(np.log)


def _first_requests(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[pairs["request_no"].str.endswith("-1")]


def test_more_noise_takes_from_what_can_be_seen() -> None:
    small = draw_bucket(7, 0, 120, Timeline(PRESET_END))
    quiet, loud = (market_of(small, sample_products(), MarketSettings(noise=noise)).pairs for noise in (0.0, 2.0))
    one, two = (_first_requests(pairs.to_pandas()).set_index(KEY) for pairs in (quiet, loud))
    added = (_log_odds(two["grant_chance"]) - _log_odds(one["grant_chance"])).dropna()
    assert added.std() == pytest.approx(2 * PRESET.granting.firm_bank, rel=0.15)


# Nothing but the seed decides


def test_two_runs_are_the_same_and_the_order_of_products_is_nothing(bucket: Bucket, market: Market) -> None:
    again = market_of(bucket, tuple(reversed(sample_products())))
    codes = bucket.firms.codes
    one, two = tables(market, codes), tables(again, codes)
    assert [name for name, table in one.items() if not table.equals(two[name])] == []
    assert market.pairs.equals(again.pairs)
    assert market.bias == again.bias


def test_a_product_more_or_less_leaves_the_others_chances(bucket: Bucket, market: Market) -> None:
    fewer = market_of(bucket, sample_products()[1:])
    one, two = (_first_requests(found.pairs.to_pandas()).set_index(KEY) for found in (market, fewer))
    both = one.join(two.add_suffix("_fewer"), how="inner")
    assert len(both) > 300
    # The bias may move with the products; what firms would take does not.
    assert np.array_equal(both["take_chance"], both["take_chance_fewer"])


def test_draws_depend_on_seed_bucket_and_subject_alone() -> None:
    drawn = [
        Draws(seed, bucket).rng(*subject).random()
        for seed in (1, 2)
        for bucket in (None, 0, 1)
        for subject in (("a", 1), ("a", 2), ("b", 1), ("a/1",))
    ]
    assert len(set(drawn)) == len(drawn) - len(drawn) // 4  # "a", 1 and "a/1" are one subject
    assert Draws(1, 0).rng("a", 1).random() == drawn[4]


def test_a_market_without_products_only_asks(bucket: Bucket) -> None:
    empty = market_of(bucket, ())
    assert empty.rows["requests"].firm.size > 0
    assert [empty.rows[name].firm.size for name in HISTORY[1:]] == [0, 0, 0]
    assert empty.bias is None


def test_products_of_an_unknown_bank_are_served(bucket: Bucket) -> None:
    mine: tuple[Product, ...] = tuple(
        product.model_copy(update={"bank": "another-bank"}) for product in sample_products()
    )
    found = market_of(bucket, mine)
    assert found.rows["decisions"].firm.size > 0


def test_the_world_is_the_market_of_its_bucket() -> None:
    province, truth = build_world(60, 7, dirty=False)
    found = market_of(draw_bucket(7, 0, 60, Timeline(PRESET_END)), sample_products())
    assert truth.pairs.equals(found.pairs)
    requests = edge_table("requests", found.rows["requests"], province.enterprises)
    assert province.tables["requests"].equals(requests)
    assert truth.market == {"bank": found.bias.bank, "kind": found.bias.kind, "factor": 0.3} if found.bias else {}
