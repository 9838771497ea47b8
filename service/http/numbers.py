"""Bounds of numbers that come in addresses."""

from typing import Final

#: The largest id a request may name: beyond 2^53 JSON readers lose digits, beyond 2^63 the database refuses.
LARGEST_ID: Final = 2**53 - 1
