"""The platform's ranker on real SBA 7(a) requests: better than counting alone, by an interval and not by a mean."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.baseline_counts import CountedFit, Fading, Scorer, scored_in_full
from models.match_baselines import choose_back_off, choose_columns, held_out, naive_bayes
from models.match_judged import TOP, Requests
from models.option_ranker import OptionRanker
from models.study import SEED, fit_match, known_rows
from models.study_config import StudyConfig
from models.study_metrics import MatchMeasure, Values, figures, paired, true_ranks
from models.study_table import StudyRows
from service.work import study_files

pytestmark = pytest.mark.slow

MRR, TAIL = MatchMeasure.mrr, MatchMeasure.tail_hit_at_10


@pytest.fixture(scope="module")
def study(data_folder: Path) -> tuple[StudyConfig, StudyRows, StudyRows]:
    """Return the study as its TOML describes it, the rows of its fit and the rows of its test."""
    form = study_files.resolved(study_files.read_form(data_folder / "sba7a" / "match.toml"))
    rows, config = study_files.read_history(form).rows, form.config
    fit, test = (known_rows(rows.take(rows.in_splits(splits)), config) for splits in (config.fit, config.test))
    return config, fit, test


@pytest.fixture(scope="module")
def ranker(study: tuple[StudyConfig, StudyRows, StudyRows]) -> OptionRanker:
    config, fit, _ = study
    return fit_match(fit, config)


@pytest.fixture(scope="module")
def asked(ranker: OptionRanker, study: tuple[StudyConfig, StudyRows, StudyRows]) -> Requests:
    return Requests.of(study[2], ranker.options, ranker.sizes)


@pytest.fixture(scope="module")
def ranked(ranker: OptionRanker, asked: Requests) -> Values:
    return asked.values(true_ranks(ranker.match(asked.rows, TOP), asked.truth))


@pytest.fixture(scope="module")
def counted(study: tuple[StudyConfig, StudyRows, StudyRows]) -> CountedFit:
    return CountedFit.of(study[1])


def by_counts(scorer: Scorer, asked: Requests) -> Values:
    ranks, _, _ = scored_in_full(scorer, asked.rows, asked.truth, np.array([0]), TOP)
    return asked.values(ranks)


def test_popularity_has_the_figure_that_is_known_of_it(counted: CountedFit, asked: Requests) -> None:
    found = figures(by_counts(counted.popularity(Fading(None)), asked))
    assert found[MRR].estimate == pytest.approx(0.280, abs=2 * found[MRR].error)
    assert found[TAIL].estimate == 0.0


def test_the_ranker_beats_its_own_counts_by_an_interval(ranker: OptionRanker, asked: Requests, ranked: Values) -> None:
    counts = asked.values(true_ranks(ranker.match_by_counts(asked.rows, TOP), asked.truth))
    assert paired(ranked, counts, SEED)[MRR].low > 0


def test_the_ranker_beats_the_chosen_counts_by_an_interval(
    study: tuple[StudyConfig, StudyRows, StudyRows], counted: CountedFit, asked: Requests, ranked: Values
) -> None:
    """Back-off with half-life and naive Bayes, all chosen on the newest part of the fit, is no weak opponent."""
    places = study[0].columns.place
    parts = held_out(counted, SEED)
    choice = choose_columns(parts, study[0], choose_back_off(parts, places, (30.0, 180.0)))
    counts = by_counts(naive_bayes(counted, places, choice), asked)
    assert figures(counts)[MRR].estimate > 0.426  # the known figure, of fewer columns
    assert paired(ranked, counts, SEED)[MRR].low > 0


def test_the_fit_and_the_requests_share_no_day(study: tuple[StudyConfig, StudyRows, StudyRows]) -> None:
    _, fit, test = study
    assert fit.day is not None
    assert test.day is not None
    assert fit.day.max() < test.day.min()
    assert pd.Index(fit.keys).intersection(pd.Index(test.keys)).empty
