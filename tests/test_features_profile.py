"""The hash of profiles: the same for the same values, another for any other."""

from datetime import date

import duckdb
import pyarrow as pa
import pytest

from features.profile import profile_hash


def profiles(**changed: object) -> pa.Table:
    columns = {
        "enterprise": pa.array(["uscc:A", "uscc:B"]),
        "as_of": pa.array([date(2024, 1, 1)] * 2),
        "sales_12m_fen": pa.array([0, None], pa.int64()),
        "sales_cv_12m": pa.array([0.25, None], pa.float64()),
        "tax_rating": pa.array(["AB", "C"]),
        "last_sale_on": pa.array([date(2023, 1, 1), None], pa.date32()),
    }
    return pa.table(columns | changed)


def test_the_hash_names_its_engine() -> None:
    assert profile_hash(profiles()).startswith(f"duckdb-{duckdb.__version__}:sha256:")


def test_chunks_offsets_and_the_sign_of_zero_do_not_count() -> None:
    table = profiles()
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1, 1)])
    doubled = pa.concat_tables([table, table]).combine_chunks().slice(2, 2)
    assert profile_hash(chunked) == profile_hash(doubled) == profile_hash(table)
    assert profile_hash(profiles(sales_cv_12m=pa.array([-0.0, None]))) == profile_hash(
        profiles(sales_cv_12m=pa.array([0.0, None]))
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"sales_12m_fen": pa.array([0, 0], pa.int64())},
        {"sales_12m_fen": pa.array([None, 0], pa.int64())},
        {"sales_12m_fen": pa.array([0, None], pa.int32())},
        {"sales_cv_12m": pa.array([0.25000000000000006, None])},
        {"tax_rating": pa.array(["A", "BC"])},
        {"tax_rating": pa.array(["AB", None])},
        {"last_sale_on": pa.array([date(2023, 1, 2), None], pa.date32())},
        {"another": pa.array([1, 2])},
    ],
)
def test_any_other_value_type_or_column_gives_another_hash(changed: dict[str, object]) -> None:
    assert profile_hash(profiles(**changed)) != profile_hash(profiles())


def test_order_of_rows_and_of_columns_counts() -> None:
    table = profiles()
    assert profile_hash(table.take(pa.array([1, 0]))) != profile_hash(table)
    assert profile_hash(table.select(table.column_names[::-1])) != profile_hash(table)
