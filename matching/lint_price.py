"""A published rate beside the rule it follows: on the day a product is saved the two are the same."""

from collections.abc import Iterator
from datetime import date

from matching.errors import CostError
from matching.labels import Words
from matching.lint_finding import Finding, FindingKind, Severity
from matching.lpr import rate_on
from matching.product import Product
from matching.sentence import percent


def disagreement(product: Product, day: date | None) -> Iterator[Finding]:
    """Yield an error where the rule gives another rate on the day than is published, or none; None: not asked."""
    if day is None or product.rate_rule is None:
        return
    published = percent(product.annual_rate_ppm, 4)
    try:
        ruled = rate_on(product, day)
    except CostError as error:
        yield Finding(FindingKind.price, Severity.error, Words(f"利率规则不成立：{error}", f"the rate rule: {error}"))
        return
    if ruled != product.annual_rate_ppm:
        said = percent(ruled, 4)
        words = Words(
            f"公布的年利率{published}与{day}按利率规则得出的{said}不一致",
            f"the published rate of {published} is not the {said} that the rate rule gives on {day}",
        )
        yield Finding(FindingKind.price, Severity.error, words)
