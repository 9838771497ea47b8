"""A profile for the page: by block in the dictionary's order, the known first, the missing by who can supply it."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.work.profiles import ProfileRow, ProfileView


@dataclass(frozen=True, slots=True)
class Missing:
    """What one supplier could give."""

    who: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """One block: its name in both languages, its known rows, those that only models use, and what is missing."""

    zh: str
    en: str
    known: tuple[ProfileRow, ...]
    technical: tuple[ProfileRow, ...]
    missing: tuple[Missing, ...]


def blocks_of(view: ProfileView) -> tuple[ProfileBlock, ...]:
    """Return the blocks of a profile."""
    codes = dict.fromkeys(row.block for row in view.rows)
    return tuple(_block([row for row in view.rows if row.block == code]) for code in codes)


def _block(rows: Sequence[ProfileRow]) -> ProfileBlock:
    known = [row for row in rows if not row.is_missing]
    # What only models use is made of facts that other rows miss too: nobody is asked for it by name.
    missing = [row for row in rows if row.is_missing and not row.is_technical]
    suppliers = dict.fromkeys(row.who_zh for row in missing)
    return ProfileBlock(
        zh=rows[0].block_zh,
        en=rows[0].block_en,
        known=tuple(row for row in known if not row.is_technical),
        technical=tuple(row for row in known if row.is_technical),
        missing=tuple(Missing(who, tuple(row.zh for row in missing if row.who_zh == who)) for who in suppliers),
    )
