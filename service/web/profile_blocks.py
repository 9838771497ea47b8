"""A profile for the page: by block in the dictionary's order, the known first, the missing by who can supply it."""

from dataclasses import dataclass

from service.web.labels import BLOCKS, of
from service.work.profiles import ProfileRow, ProfileView


@dataclass(frozen=True, slots=True)
class Missing:
    """What one supplier could give."""

    who: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """One block: its name in both languages, its known rows, and what is missing."""

    zh: str
    en: str
    known: tuple[ProfileRow, ...]
    missing: tuple[Missing, ...]


def blocks_of(view: ProfileView) -> tuple[ProfileBlock, ...]:
    """Return the blocks of a profile."""
    names = dict.fromkeys(row.block_zh for row in view.rows)
    return tuple(_block(name, [row for row in view.rows if row.block_zh == name]) for name in names)


def _block(name: str, rows: list[ProfileRow]) -> ProfileBlock:
    zh, en = of(BLOCKS, name)
    missing = [row for row in rows if row.is_missing]
    suppliers = dict.fromkeys(row.who_zh for row in missing)
    return ProfileBlock(
        zh=zh,
        en=en,
        known=tuple(row for row in rows if not row.is_missing),
        missing=tuple(Missing(who, tuple(row.zh for row in missing if row.who_zh == who)) for who in suppliers),
    )
