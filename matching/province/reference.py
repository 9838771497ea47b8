"""The province's fixed lists: places, shares and words, from the packaged data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from matching.province.timeline import Floats, Ints

KINDS = ("company", "sole_proprietor", "cooperative", "family_farm")


@dataclass(frozen=True, slots=True)
class Places:
    """Prefectures with their share of the population, and counties with the position of their prefecture."""

    prefectures: tuple[str, ...]
    prefecture_names: tuple[str, ...]
    weights: Floats
    counties: tuple[str, ...]
    county_names: tuple[str, ...]
    prefecture_of: Ints


@dataclass(frozen=True, slots=True)
class Industry:
    """A section and division of GB/T 4754 with the word a company's and a shop's name have for it."""

    section: str
    code: str
    company: str
    shop: str


@cache
def places() -> Places:
    """Return the 14 prefectures and 87 counties of Gansu (GB/T 2260), weighted by the census of 2020."""
    data = _read("gansu.json")
    prefectures = tuple(str(one["code"]) for one in data["prefectures"])
    people = np.array([one["population_2020"] for one in data["prefectures"]], dtype=np.float64)
    counties = tuple(str(one["code"]) for one in data["counties"])
    return Places(
        prefectures,
        tuple(str(one["short"]) for one in data["prefectures"]),
        people / people.sum(),
        counties,
        tuple(str(one["name"]) for one in data["counties"]),
        np.array([prefectures.index(code[:4] + "00") for code in counties], dtype=np.int64),
    )


@cache
def industries() -> tuple[Industry, ...]:
    """Return every division that occurs, in order of section."""
    divisions = _read("mix.json")["divisions"]
    return tuple(
        Industry(section, section + one["code"], one["company"], one["shop"])
        for section in sorted(divisions)
        for one in divisions[section]
    )


@cache
def kind_shares() -> Floats:
    """Return the shares of `KINDS`."""
    return np.array([_read("mix.json")["kinds"][kind] for kind in KINDS])


@cache
def industry_shares(kind: str) -> Floats:
    """Return each industry's share among firms of the kind; a section's divisions have equal shares."""
    sections = _read("mix.json")["sections"][kind]
    known = [one.section for one in industries()]
    shares = np.array([sections.get(section, 0.0) / known.count(section) for section in known])
    return np.asarray(shares / shares.sum(), dtype=np.float64)


@cache
def rating_shares() -> dict[str, float]:
    """Return the shares of tax credit ratings among rated firms: `A`, `B+M`, `C+D` (national figures of 2021)."""
    return {name: float(share) for name, share in _read("mix.json")["tax_ratings"].items()}


@cache
def lenders() -> tuple[str, ...]:
    """Return the ids of the invented banks, those of the sample products."""
    return tuple(_read("mix.json")["lenders"])


@cache
def trade_words() -> tuple[str, str, str]:
    """Return the characters that stand first, second and third in a trade name."""
    data = _read("words.json")
    return data["first"], data["second"], data["third"]


@cache
def _read(name: str) -> Any:  # noqa: ANN401 (JSON)
    return json.loads((files("matching.province") / "data" / name).read_text(encoding="utf-8"))
