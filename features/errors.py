"""What can be wrong with what this layer is given."""


class FeaturesError(ValueError):
    """Base of the errors of this layer; the text is a whole sentence."""


class EnterpriseIdError(FeaturesError):
    """A text is not an enterprise id, or none can be made of the parts given."""
