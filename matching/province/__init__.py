"""A synthetic province: invented firms and banks whose facts and matches enter a home as any delivery does.

Shares of firms are given, amounts, prices and bad loans emerge from a market whose few free numbers were solved
(`calibration`). The latent truth behind it is a second value, apart, for evaluation only.
"""

from matching.province.authorisations import demo_authorisations
from matching.province.build import Province, Truth, build_province, build_world, write_world

__all__ = ["Province", "Truth", "build_province", "build_world", "demo_authorisations", "write_world"]
