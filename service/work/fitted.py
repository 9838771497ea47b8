"""What a training gives: models that were fitted and stored, and purposes left without one, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model whose artifact is stored: its figures, what the log says of it, and sentences for a reader.

    `logged` holds whole numbers and text alone.
    """

    id: str
    purpose: str
    kind: str
    probability_name: str
    metrics: Mapping[str, Any]
    logged: Mapping[str, object]
    sentences: Sequence[str]

    @property
    def metrics_text(self) -> str:
        """The figures as canonical JSON text."""
        return orjson.dumps(dict(self.metrics), option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A purpose that was left without a model, and why."""

    purpose: str
    zh: str
    en: str

    @property
    def sentence(self) -> str:
        """The reason in both languages."""
        return f"{self.zh} {self.en}"


@dataclass(frozen=True, slots=True)
class Trainings:
    """The models and the gaps of one training."""

    fitted: tuple[Fitted, ...] = ()
    withheld: tuple[Withheld, ...] = ()
