"""The four packages import one way, the core is pure, and the service's parts keep to their places."""

from pathlib import Path

import pytest
from layers import PACKAGES, sql_violations, violations

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
STATEMENTS = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.sql"))

# Path, source and a part of the sentence that the checker must say: one planted violation per rule.
PLANTED = [
    ("features/x.py", "from models.metrics import auc", "to its right"),
    ("models/x.py", "import service.work.match", "to its right"),
    ("matching/x.py", "def f():\n    from service import work", "to its right"),
    ("models/x.py", "from . import folds", "relative"),
    ("features/x.py", "import fastapi", "imports fastapi"),
    ("matching/x.py", "from sqlalchemy.orm import Session", "imports sqlalchemy"),
    ("models/x.py", "import random", "imports random"),
    ("models/x.py", "import numpy as np\nnp.random.seed(1)", "random.seed"),
    ("models/x.py", "import numpy as np\nnp.random.shuffle(a)", "random.shuffle"),
    ("models/x.py", "import numpy as np\nr = np.random.default_rng()", "without a seed"),
    ("matching/x.py", "from datetime import date\nd = date.today()", "clock"),
    ("matching/x.py", "import datetime as dt\nd = dt.datetime.now(dt.UTC)", "clock"),
    ("features/x.py", "import pandas as pd\nd = pd.Timestamp.now()", "clock"),
    ("features/x.py", "import time", "imports time"),
    ("features/x.py", "import os\nos.environ['X']", "environment"),
    ("service/work/x.py", "import os\nos.getenv('X')", "environment"),
    ("service/app.py", "from os import environ", "imports environ"),
    ("models/x.py", "import joblib", "imports joblib"),
    ("service/work/x.py", "import pickle", "imports pickle"),
    ("service/work/x.py", "import sqlalchemy as sa", "only service/store"),
    ("service/store/x.py", "from fastapi import Depends", "imports fastapi"),
    ("service/store/x.py", "from service.work import match", "which store may not"),
    ("service/api/x.py", "from service.store import entity_store", "which api may not"),
    ("service/api/x.py", "from service import store", "which api may not"),
    ("service/api/x.py", "from service.access.consent import guard", "which api may not"),
    ("service/api/x.py", "from service.access import consent", "which api may not"),
    ("service/web/x.py", "from service.api.bank import router", "which web may not"),
    ("service/web/x.py", "from matching.lists import products_for", "not the core"),
    ("service/cli/x.py", "from service.ingest.deliveries import take", "which cli may not"),
    ("service/audit/x.py", "from service.work.home import Home", "which audit may not"),
    ("service/new/x.py", "from service.errors import ServiceError", "no rule"),
    ("service/work/x.py", "path = home / 'facts'", "names the folder"),
    ("service/work/x.py", "path = home / 'profiles/2020-02-21'", "names the folder"),
    ("service/work/x.py", "path = home.joinpath('outcomes')", "opens"),
    ("service/ingest/x.py", "path = home / 'facts'", "names the folder"),
    ("service/work/x.py", "from service.store.facts_layout import read_layout", "behind the door"),
    ("service/store/x.py", "from service.store import facts_writer", "behind the door"),
    ("service/work/x.py", "import pandas as pd\npd.read_parquet(p)", "Parquet"),
    ("service/work/x.py", "import pyarrow.parquet as pq", "imports pyarrow.parquet"),
    ("service/work/x.py", "from pyarrow import parquet", "imports pyarrow.parquet"),
    ("service/work/x.py", "q = \"select * from read_parquet('x')\"", "by SQL"),
]

# What looks like a violation and is none.
ALLOWED = [
    ("matching/x.py", "from models.metrics import auc\nfrom features.columns import ENTERPRISE"),
    ("models/x.py", "import numpy as np\nr = np.random.default_rng(seed)\nr.shuffle(a)"),
    ("service/settings.py", "import os\nos.environ"),
    ("service/store/facts.py", "import pyarrow.parquet as pq\npath = home / 'facts'"),
    ("service/store/facts_layout.py", "import pyarrow.parquet as pq\npath = home / 'facts'"),
    ("service/store/facts.py", "from service.store.facts_layout import read_layout"),
    ("service/ingest/readers.py", "import pyarrow.parquet as pq\npq.ParquetFile(path)"),
    ("service/store/orm/x.py", "import sqlalchemy as sa"),
    ("service/work/x.py", "from service.store.facts import Facts\nd = {'facts': facts.digest(), 'profiles': 1}"),
    ("service/work/home.py", "from datetime import UTC, datetime\nt = datetime.now(UTC)"),
    ("service/web/x.py", "@router.get('/profiles')\ndef f():\n    from service.work import profiles"),
    ("service/cli/x.py", "from service.access.caller import Caller\nfrom service.app import create_app"),
]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_keeps_to_its_layer(module: Path) -> None:
    assert violations(module.relative_to(ROOT).as_posix(), module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_statement_knows_no_clock_and_no_chance(statement: Path) -> None:
    assert sql_violations(statement.relative_to(ROOT).as_posix(), statement.read_text(encoding="utf-8")) == []


def test_all_four_packages_were_looked_at() -> None:
    assert {module.relative_to(ROOT).parts[0] for module in MODULES} == set(PACKAGES)


@pytest.mark.parametrize(("path", "source", "sentence"), PLANTED)
def test_a_planted_violation_is_found(path: str, source: str, sentence: str) -> None:
    assert any(sentence in found for found in violations(path, source))


@pytest.mark.parametrize(("path", "source"), ALLOWED)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert violations(path, source) == []


@pytest.mark.parametrize("text", ["select current_date", "select now() as t", "where random() < 0.5"])
def test_a_clock_in_sql_is_found(text: str) -> None:
    assert sql_violations("features/sql/x.sql", text)
