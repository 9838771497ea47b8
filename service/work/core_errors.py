"""The errors of the pure packages that a use case lets through: their sentence is for the user as it stands."""

from features.errors import FeaturesError
from matching.errors import MatchingError
from models.errors import ModelError

CORE_ERRORS = (FeaturesError, MatchingError, ModelError)
