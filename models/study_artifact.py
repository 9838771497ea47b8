"""A study's model as stored: the model's own files, the options as the history holds them, and what it was fitted on.

A model belongs to one description: to ask it about rows of another would give scores of nothing.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from models.artifact_folder import MANIFEST, id_of, json_bytes, read_folder, with_manifest, write_folder
from models.errors import ArtifactError
from models.libraries import libraries, platform_name
from models.option_ranker import OptionRanker
from models.study_config import EVERY, StudyConfig, StudyKind
from models.study_risk import RiskStudy
from models.study_table import StudyRows

_FORMAT: Final = 1
_SUBJECT: Final = "study"
_STUDY, _OPTIONS = "study.json", "options.parquet"


@dataclass(frozen=True)
class StoredStudy:
    """A fitted study; `options` are the ranker's as the history holds them, `told` is JSON said of the fit."""

    config: StudyConfig
    model: OptionRanker | RiskStudy
    options: pa.Table | None
    told: Mapping[str, Any]

    @property
    def held_options(self) -> pa.Table:
        """The options of a match study, one column, in the order of the ranker's."""
        if self.options is None:
            raise ValueError("a risk study has no options")
        return self.options


def window(history: StudyRows, splits: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Return what a model was fitted on: how many rows, of which splits and days, by which seed."""
    days = None if history.day is None else history.day[~(history.day != history.day)]  # NaT is not itself
    known = days is not None and len(days) > 0
    return {
        "rows": len(history),
        "splits": list(splits),
        "first_day": str(days.min()) if known and days is not None else None,
        "last_day": str(days.max()) if known and days is not None else None,
        "seed": seed,
    }


def study_files(stored: StoredStudy) -> dict[str, bytes]:
    """Return the files of a stored study with their manifest."""
    files = dict(stored.model.files())
    if stored.options is not None:
        held = io.BytesIO()
        pq.write_table(stored.options, held)
        files[_OPTIONS] = held.getvalue()
    files[_STUDY] = json_bytes(dict(stored.told))
    told = {
        "format": _FORMAT,
        "subject": _SUBJECT,
        "kind": stored.config.kind.value,
        "study": described(stored.config),
        "fitted": stored.told["fitted"],
        "features": stored.told["features"],
        "libraries": libraries(),
        "platform": platform_name(),
    }
    return with_manifest(files, told)


def save_study(stored: StoredStudy, folder: Path) -> str:
    """Write a fitted study into a new or empty folder and return its id, `study-` and twelve digits."""
    whole = study_files(stored)
    write_folder(whole, folder)
    return id_of(_SUBJECT, whole[MANIFEST])


def load_study(folder: Path, config: StudyConfig) -> StoredStudy:
    """Return the study stored in a folder, for the same description as `config` alone.

    Raises ArtifactError where a file is not as it was stored, or the model is of another kind, form or study. Where
    the study asks for every column (`numbers = "*"`), the columns are those of the fit.
    """
    manifest, content = read_folder(folder)
    if (manifest.get("subject"), manifest.get("format")) != (_SUBJECT, _FORMAT) or _STUDY not in content:
        raise ArtifactError(f"{folder} holds no study of format {_FORMAT}")
    if manifest["kind"] != config.kind.value:
        raise ArtifactError(f"{folder} holds a {manifest['kind']} study, and this is a {config.kind.value} study")
    fitted, asked = manifest["study"], described(config)
    if config.columns.numbers == (EVERY,):
        asked["columns"]["numbers"] = fitted["columns"]["numbers"]
    differing = sorted(name for name in asked if asked[name] != fitted.get(name))
    if differing:
        raise ArtifactError(f"{folder} was fitted for another study: {', '.join(differing)} differ from this one's")
    numbers = tuple(fitted["columns"]["numbers"])
    return _read(folder, replace(config, columns=replace(config.columns, numbers=numbers)), content)


def described(config: StudyConfig) -> dict[str, Any]:
    """Return what a model's scores depend on: the columns, how some are made, and the further tables."""
    told = {
        "columns": asdict(config.columns),
        "derive": {name: asdict(one) for name, one in sorted(config.derive.items())},
        "tables": {name: asdict(one) for name, one in sorted(config.tables.items())},
    }
    found: dict[str, Any] = json.loads(json_bytes(told))  # tuples as a manifest gives them back
    return found


def _read(folder: Path, config: StudyConfig, content: Mapping[str, bytes]) -> StoredStudy:
    own = {name: held for name, held in content.items() if name not in {_STUDY, _OPTIONS}}
    try:
        told = json.loads(content[_STUDY])
        if config.kind is StudyKind.risk:
            return StoredStudy(config, RiskStudy.from_files(own), None, told)
        options = pq.read_table(io.BytesIO(content[_OPTIONS]))
        return StoredStudy(config, OptionRanker.from_files(own), options, told)
    except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise ArtifactError(f"{folder} cannot be read as a study of format {_FORMAT}: {error!r}") from error
