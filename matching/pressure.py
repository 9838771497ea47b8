"""What the pressure of a quota that is nearly used says beside a product: in three levels, for firms read it too.

A finer figure would tell how many loans a bank has granted. A log entry holds what a score lost, in millionths.
"""

from datetime import date
from typing import Final

from matching.labels import Words
from matching.reasons import Reason, ReasonCode

#: The column that a log names for it.
QUOTA_LEFT = "quota_left"


#: What a quota that is tight and one that is nearly used take from a score, in millionths.
TIGHT_PPM, NEARLY_USED_PPM = 100_000, 200_000
AMPLE: Final = Words("充足", "ample")
TIGHT: Final = Words("趋紧", "getting tight")
NEARLY_USED: Final = Words("将满", "nearly used")


def pressure_level(pressure_ppm: int) -> Words:
    """Return how much of a quota is left by what its pressure would take from a score: ample, tight or nearly used."""
    if pressure_ppm <= 0:
        return AMPLE
    return NEARLY_USED if pressure_ppm >= NEARLY_USED_PPM else TIGHT


def pressure_reason(level: Words, day: date) -> Reason:
    """Return the caution that the quota of the quarter is tight or nearly used, and the score lower for it."""
    return Reason(
        code=ReasonCode.quota_pressure,
        column=QUOTA_LEFT,
        value=None,
        unit="code",
        threshold=None,
        peer_tenths=None,
        day=day,
        source_zh="本季度名额",
        source_en="quota of the quarter",
        text_zh=f"需注意：本季度名额{level.zh}，排序因此靠后",
        text_en=f"Mind: the quota of this quarter is {level.en}; it stands lower in the order for it",
        is_against=True,
    )
