"""What the pressure of a quota that is nearly used says beside a product."""

from datetime import date

from matching.reasons import Reason, ReasonCode

#: The column that a log names for it.
QUOTA_LEFT = "quota_left"


def pressure_reason(pressure_ppm: int, day: date) -> Reason:
    """Return the caution that the quota of the quarter is nearly used and by how much the score was lowered."""
    points = f"{pressure_ppm / 10_000:.1f}"
    return Reason(
        code=ReasonCode.quota_pressure,
        column=QUOTA_LEFT,
        value=pressure_ppm,
        unit="ratio",
        threshold=None,
        peer_tenths=None,
        day=day,
        source_zh="本季度名额",
        source_en="quota of the quarter",
        text_zh=f"需注意：本季度额度将用完，排序分因此减 {points} 分",
        text_en=f"Mind: the quota of this quarter is nearly used; the score is {points} points lower for it",
        is_against=True,
    )
