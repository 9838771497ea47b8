"""What can be wrong with what this layer is given."""


class FeaturesError(ValueError):
    """Base of the errors of this layer; the text is a whole sentence."""


class EnterpriseIdError(FeaturesError):
    """A text is not an enterprise id, or none can be made of the parts given."""


class MissingColumnError(FeaturesError):
    """A delivered table lacks columns that the contract requires; `columns` are their names."""

    def __init__(self, table: str, columns: tuple[str, ...]) -> None:
        """Name the table and the columns."""
        super().__init__(f"table {table} lacks the required columns {', '.join(columns)}")
        self.columns = columns


class ColumnTypeError(FeaturesError):
    """A delivered column has a type that cannot hold what the contract asks; `column` is its name."""

    def __init__(self, column: str, type_name: str) -> None:
        """Name the column and its type."""
        super().__init__(f"column {column} has type {type_name}, which cannot hold its values exactly")
        self.column = column
        self.type_name = type_name


class UnknownFeatureError(FeaturesError):
    """A feature is asked for that the dictionary does not have."""
