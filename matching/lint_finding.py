"""What a review of a product finds, and the product as the review reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from matching.criteria import Clause, expanded
from matching.labels import Words
from matching.lint_logic import Demand, Steps, atoms, can_hold, demand_of
from matching.product import Product
from matching.sentence import clause_words


class FindingKind(StrEnum):
    """What is wrong with a product's criteria."""

    contradiction = "contradiction"
    unreachable = "unreachable"
    discriminatory = "discriminatory"
    gap = "gap"
    missing = "missing"
    price = "price"


class Severity(StrEnum):
    """How much it weighs."""

    error = "error"
    warning = "warning"
    note = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, in words; `clauses` are the ids it concerns, `witness` the value of `column` that shows it."""

    kind: FindingKind
    severity: Severity
    words: Words
    clauses: tuple[str, ...] = ()
    column: str | None = None
    witness: Words | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A product with its clauses expanded, beside each what it demands, and how long a review may look."""

    product: Product
    clauses: tuple[Clause, ...]
    demands: tuple[Demand, ...]
    steps: Steps = field(default_factory=Steps, compare=False)

    @classmethod
    def of(cls, product: Product) -> "Reviewed":
        """Expand the clauses and read their demands; CriteriaError where they cannot be evaluated."""
        clauses = expanded(product.criteria)
        return cls(product, clauses, tuple(demand_of(clause) for clause in clauses))

    def may(self, *demands: Demand) -> bool:
        """Say whether the demands can hold at once; true where the review has no steps left to find out."""
        return can_hold(demands, self.steps)

    def sentences(self, places: Sequence[int]) -> Words:
        """Word the clauses at some places."""
        words = [clause_words(self.clauses[place]) for place in places]
        return Words("；".join(one.zh for one in words), "; ".join(one.en for one in words))

    def ids(self, places: Sequence[int]) -> tuple[str, ...]:
        """Name the clauses at some places."""
        return tuple(self.clauses[place].id for place in places)

    def reading(self, name: str) -> tuple[int, ...]:
        """Return the places of the clauses that read a column."""
        return tuple(place for place, demand in enumerate(self.demands) if name in columns_read(demand))


def columns_read(demand: Demand) -> frozenset[str]:
    """Name the columns a demand reads."""
    return frozenset(name for atom in atoms(demand) for name in atom.columns)
