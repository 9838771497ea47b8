"""What the models refuse, each with a sentence that says why."""


class ModelError(ValueError):
    """The base of every refusal in `models`."""


class TrainingTableError(ModelError):
    """The training table cannot be fitted on: shapes differ, a key stands twice, a column is unknown."""


class NotEnoughOutcomesError(ModelError):
    """Too few enterprises with a bad or with a good outcome are known for a model that deserves the name."""


class ArtifactError(ModelError):
    """A stored model is incomplete, was changed, or belongs to another schema; the sentence names the file."""


class StudyError(ModelError):
    """A study's description or table cannot be used; the sentence names the column and row."""


class LibraryAbsentError(ModelError):
    """An optional library is not installed; the sentence says what needs it and how to bring it."""


class UncoveredTreesError(ModelError):
    """Trees of a shape that leaf masks do not cover; LightGBM itself still predicts them."""
