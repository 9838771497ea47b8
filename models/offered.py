"""Which features of the dictionary are offered to a model of default."""

from collections.abc import Sequence

from features.dictionary import FEATURES, Feature, Unit
from models.errors import TrainingTableError
from models.inputs import InputKind, ModelInput

BAR = "sales_per_active_month_log"

# Codes in their order, the safest first.
_ORDINALS = {
    "tax_rating": ("A", "B", "M", "C", "D"),
    "worst_loan_class_24m": ("pass", "special_mention", "substandard", "doubtful", "loss"),
    "registration_status": ("active", "revoked", "cancelled"),
}
_NOMINALS = ("kind", "industry_section")
# Where a firm sits is not how it pays; a year or a day as a number says when, and no model outlives its calendar.
_NO_PLACE = frozenset({"region", "prefecture"})
_CALENDAR = frozenset({Unit.day, Unit.year})


def offered_inputs(columns: Sequence[str]) -> tuple[ModelInput, ...]:
    """Return the inputs among these columns, in the dictionary's order.

    Raises TrainingTableError naming columns that are no feature of the dictionary (an outcome or a bank's own rating
    must never slip in as a feature).
    """
    unknown = sorted(set(columns) - set(FEATURES))
    if unknown:
        raise TrainingTableError(f"not in the feature dictionary: {', '.join(unknown)}")
    wanted = set(columns)
    return tuple(_input(feature) for name, feature in FEATURES.items() if name in wanted and _is_offered(feature))


def _is_offered(feature: Feature) -> bool:
    if feature.name in _NO_PLACE or feature.unit in _CALENDAR:
        return False
    return feature.unit is not Unit.code or feature.name in _ORDINALS or feature.name in _NOMINALS


def _input(feature: Feature) -> ModelInput:
    tables = tuple(sorted(feature.tables))
    if feature.name in _ORDINALS:
        return ModelInput(feature.name, -1, InputKind.ordinal, _ORDINALS[feature.name], tables)
    if feature.name in _NOMINALS:
        return ModelInput(feature.name, 0, InputKind.nominal, (), tables)
    return ModelInput(feature.name, feature.direction, InputKind.number, (), tables)
