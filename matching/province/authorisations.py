"""Which firms of the province authorise whom: what the demo records."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from matching.province.build import Province

#: Shares of all firms that authorise matching, and of those each bank's query, and model training.
MATCHING_SHARE = 0.60
QUERY_SHARE = 0.06
TRAINING_SHARE = 0.40

SCHEMA = pa.schema(
    [
        ("enterprise", pa.string()),
        ("kind", pa.string()),
        ("bank", pa.string()),
        ("purposes", pa.list_(pa.string())),
    ]
)
# Every bank that may query does due diligence; what else it may do is one of these.
_QUERY_PURPOSES = (
    ("due_diligence",),
    ("due_diligence", "decision"),
    ("due_diligence", "decision", "monitoring"),
)


def demo_authorisations(province: Province, banks: Sequence[str], seed: int) -> pa.Table:
    """Return a seeded part of the province's firms with what each authorises, by the bare id of the tables.

    One row is one firm and kind: `matching` (to the platform, `bank` null, purposes matching and for some model
    training) or `query` (to one of `banks`). Whether a firm authorises depends on seed, its number and the banks alone.
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(2**31,)))
    draws = rng.random((len(province.enterprises), 2 + 2 * len(banks)))
    rows = [
        row for firm, own in zip(province.enterprises, draws.tolist(), strict=True) for row in _of(firm, own, banks)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _of(firm: str, draws: list[float], banks: Sequence[str]) -> Iterator[dict[str, object]]:
    matching, training, *rest = draws
    if matching >= MATCHING_SHARE:
        return
    purposes = ["matching", "model_training"] if training < TRAINING_SHARE else ["matching"]
    yield {"enterprise": firm, "kind": "matching", "bank": None, "purposes": purposes}
    for bank, asked, purpose in zip(banks, rest[::2], rest[1::2], strict=True):
        if asked < QUERY_SHARE:
            chosen = _QUERY_PURPOSES[int(purpose * len(_QUERY_PURPOSES))]
            yield {"enterprise": firm, "kind": "query", "bank": bank, "purposes": list(chosen)}
