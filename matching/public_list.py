"""Firms that meet a product's criteria as far as public columns tell: all that may be said without authorisation."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa

from matching.compile import NO, YES
from matching.criteria import columns_of, expanded
from matching.eligibility import AMOUNT_RANGE, TERM_RANGE, Request, evaluate
from matching.frame import Frame
from matching.offered import rows_offered
from matching.product import Product


def meeting_public_criteria(
    product: Product, profiles: pa.Table, request: Request, public_columns: Collection[str]
) -> tuple[str, ...]:
    """Return, in order of id, the firms of which no clause fails and every clause on public columns alone holds.

    `profiles` must hold public columns only, all others missing: then neither membership nor order of the answer can
    depend on anything that is not public. No firm is scored; none is named before the product is offered.
    """
    frame = Frame(rows_offered(product, profiles))
    found = evaluate(product, frame, request)
    public = {AMOUNT_RANGE, TERM_RANGE} | {
        clause.id
        for clause in expanded(product.criteria)
        if all(name in public_columns for name in columns_of(clause.require))
    }
    told = np.array([name in public for name in found.clause_ids])
    meets = (found.verdict != NO) & (found.clause_verdicts[:, told] == YES).all(axis=1)
    return tuple(sorted(name for name, holds in zip(frame.enterprises, meets, strict=True) if holds))
