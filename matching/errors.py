"""What can be wrong with products, criteria and requests, each as a class with a clear sentence."""


class MatchingError(ValueError):
    """The base of all errors of the matching core."""


class ProductError(MatchingError):
    """A product file or one product in it cannot be read as written."""


class CriteriaError(ProductError):
    """A criterion names an unknown column, mixes units or cannot be evaluated."""


class NeutralityError(ProductError):
    """A document has a field that speaks of money, size or ownership of a bank."""


class FormError(CriteriaError):
    """A field of a form of criteria that cannot be read; `field` names it."""

    def __init__(self, field: str, says: str) -> None:
        """Hold the field's name and what is wrong with it."""
        super().__init__(f"field {field}: {says}")
        self.field = field


class RequestError(MatchingError):
    """An amount or a term that cannot be asked for."""


class PolicyError(MatchingError):
    """A policy file or one policy in it cannot be read as written, or policies that do not go together."""


class CostError(MatchingError):
    """Cash flows that have no annual rate."""


class CaseError(MatchingError):
    """A file of cases, or one case in it, that cannot be read as written."""


class ProvinceError(MatchingError):
    """A synthetic province that cannot be built as asked."""


class ChoiceSetError(MatchingError):
    """History and profiles from which no choice sets can be made."""


class MarketError(MatchingError):
    """A two-sided market, or quotas of one, that cannot be planned as given."""
