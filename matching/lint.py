"""A product reviewed when it is saved: contradictions, what is out of reach, unequal treatment, price, gaps, facts.

An error keeps a product from being saved; a warning is for the banker to look at; a note says which facts decide.
"""

from datetime import date

from matching.lint_fairness import unequal
from matching.lint_finding import Finding, FindingKind, Reviewed, Severity
from matching.lint_gaps import gaps, needed_facts
from matching.lint_price import disagreement
from matching.lint_reach import contradictions, idle_parts, limits_out_of_reach
from matching.product import Product

__all__ = ["Finding", "FindingKind", "Severity", "review"]


def review(product: Product, on: date | None = None) -> tuple[Finding, ...]:
    """Review a product, gravest kind first; CriteriaError where its criteria cannot be evaluated at all.

    With a day `on`, the published rate must be the one that its rate rule gives on that day.
    """
    reviewed = Reviewed.of(product)
    contrary = contradictions(reviewed)
    fair = (*unequal(reviewed), *disagreement(product, on))
    if contrary:
        # Of what nobody can have, nothing more can be said than whom it would have left out.
        return (*contrary, *fair)
    found = (*fair, *limits_out_of_reach(reviewed), *idle_parts(reviewed), *gaps(reviewed), *needed_facts(reviewed))
    return tuple(sorted(found, key=lambda one: list(Severity).index(one.severity)))
