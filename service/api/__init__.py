"""The JSON interface for banks, enterprises and regulators."""
