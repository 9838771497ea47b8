"""The sample products on the real VAT-invoice set: enough of its firms, known by invoices alone, have a product."""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from features.columns import AS_OF, ENTERPRISE
from features.engine import build_profiles
from features.tables import TABLES
from matching.compile import NO, YES
from matching.eligibility import Request, evaluate
from matching.product import sample_products
from service.ingest.deliveries import take_delivery
from service.ingest.progress import tell_nobody
from service.store.facts import Facts, Grant

pytestmark = pytest.mark.slow

LAST_DAY = date(2020, 2, 21)


@pytest.fixture(scope="module")
def verdicts(cumcm2020c: Path, tmp_path_factory: pytest.TempPathFactory) -> npt.NDArray[np.int8]:
    """Return the verdict of each product (row) on each of the 425 firms (column)."""
    home = tmp_path_factory.mktemp("real")
    take_delivery(home, cumcm2020c, "cumcm2020c", received_on=date(2026, 1, 1), progress=tell_nobody)
    facts = Facts(home)
    firms = facts.enterprises()
    asked = pa.table({ENTERPRISE: list(firms), AS_OF: pa.array([LAST_DAY] * len(firms), pa.date32())})
    profiles = build_profiles(facts.sources(Grant(None, frozenset(TABLES), "open research set")), asked)
    return np.stack([evaluate(one, profiles, Request()).verdict for one in sample_products()])


def test_most_real_firms_have_a_product_and_some_have_none(verdicts: npt.NDArray[np.int8]) -> None:
    served = int((verdicts == YES).any(axis=0).sum())
    assert verdicts.shape == (len(sample_products()), 425)
    # 200 is asked; above 380 nothing would be left of conditions, for 24 firms sold nothing for half a year.
    assert 280 <= served <= 380


def test_invoice_products_select_and_the_others_cannot_tell(verdicts: npt.NDArray[np.int8]) -> None:
    fits = (verdicts == YES).sum(axis=1)
    assert (fits > 0).sum() == 10
    assert fits.max() < 0.8 * 425
    assert fits[fits > 0].min() < 0.1 * 425
    rest = verdicts[fits == 0]
    assert not (rest == YES).any()
    assert (rest == NO).mean() < 0.1
