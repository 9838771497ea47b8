"""A synthetic province: invented firms whose facts enter a home as any delivery does.

It is plain: one latent quality per firm drives what is seen of it. It claims no calibration to a real province.
"""

from matching.province.authorisations import demo_authorisations
from matching.province.build import Province, Truth, build_province, build_world, write_world

__all__ = ["Province", "Truth", "build_province", "build_world", "demo_authorisations", "write_world"]
