"""Which products anybody can have: a product that no firm reaches is a mistake in its criteria, or says so."""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from matching.compile import YES
from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.labels import Words
from matching.offered import rows_offered
from matching.product import Product


def reachable(products: Iterable[Product], profiles: pa.Table) -> Mapping[str, int]:
    """Count per product id the rows of profiles that meet every criterion on their day, whatever is asked for.

    Rows before the product's first day do not count. Raises CriteriaError where criteria and profiles do not match.
    """
    frame = Frame(profiles)
    reach: dict[str, int] = {}
    for product in products:
        rows = frame if product.offered_from is None else Frame(rows_offered(product, profiles))
        reach[product.id] = int(np.count_nonzero(evaluate(product, rows, Request()).verdict == YES))
    return reach


def reach_words(reach: Mapping[str, int]) -> Words:
    """Report in one sentence which products no firm reaches."""
    nobody = sorted(name for name, firms in reach.items() if not firms)
    if not nobody:
        return Words(
            f"{len(reach)}个产品都至少有一家企业符合条件。", f"Each of {len(reach)} products is reached by a firm."
        )
    named = "、".join(nobody), ", ".join(nobody)
    return Words(
        f"{len(reach)}个产品中有{len(nobody)}个没有任何企业符合条件：{named[0]}。",
        f"Of {len(reach)} products, {len(nobody)} are reached by no firm: {named[1]}.",
    )
