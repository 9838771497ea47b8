"""When products may be shown: before its first day a product stands in no list, on either side."""

import pyarrow as pa
import pyarrow.compute as pc

from features.columns import AS_OF
from matching.product import Product


def rows_offered(product: Product, profiles: pa.Table) -> pa.Table:
    """Return the rows of profiles on whose day (`as_of`) the product may be shown, all where it always could."""
    first = product.offered_from
    if first is None:
        return profiles
    return profiles.filter(pc.greater_equal(profiles.column(AS_OF), pa.scalar(first, pa.date32())))
