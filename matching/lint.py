"""A product reviewed when it is saved: contradictions, what is out of reach, unequal treatment, gaps, missing facts.

An error keeps a product from being saved; a warning is for the banker to look at; a note says which facts decide.
"""

from matching.lint_fairness import unequal
from matching.lint_finding import Finding, FindingKind, Reviewed, Severity
from matching.lint_gaps import gaps, needed_facts
from matching.lint_reach import contradictions, idle_parts, limits_out_of_reach
from matching.product import Product

__all__ = ["Finding", "FindingKind", "Severity", "review"]


def review(product: Product) -> tuple[Finding, ...]:
    """Review a product, gravest kind first; CriteriaError where its criteria cannot be evaluated at all."""
    reviewed = Reviewed.of(product)
    contrary = contradictions(reviewed)
    fair = unequal(reviewed)
    if contrary:
        # Of what nobody can have, nothing more can be said than whom it would have left out.
        return (*contrary, *fair)
    found = (*fair, *limits_out_of_reach(reviewed), *idle_parts(reviewed), *gaps(reviewed), *needed_facts(reviewed))
    return tuple(sorted(found, key=lambda one: list(Severity).index(one.severity)))
