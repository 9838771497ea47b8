"""A stored model: a folder of text files that anyone can read and nobody can change unseen.

`manifest.json` holds the SHA-256 of every other file; the model's id is the hash of the manifest. The same fit on the
same platform and libraries gives the same bytes. Nothing is pickled.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from itertools import count, takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.artifact_folder import MANIFEST, id_of, json_bytes, read_file, read_folder, with_manifest, write_folder
from models.boosted import Boosted
from models.boosting import Booster
from models.calibration_curves import curve_from_json
from models.card import model_card
from models.default_risk import DefaultRisk, ModelKind, ProbabilityName, Training
from models.errors import ArtifactError
from models.inputs import ModelInput, schema_hash
from models.libraries import libraries, platform_name
from models.scorecard import Scorecard
from models.validation import RiskModel

_FORMAT = 1
_PREFIX = "risk"
_MODEL, _FOLDS, _METRICS, _CARD = "model.json", "folds.json", "metrics.json", "card.md"


def model_id(model: DefaultRisk) -> str:
    """Return the id under which `save` stores a model: `risk-` and the first digits of its manifest's SHA-256."""
    return id_of(_PREFIX, _files(model)[MANIFEST])


def stored_id(folder: Path) -> str:
    """Return the id of the model stored in a folder (ArtifactError where there is none)."""
    return id_of(_PREFIX, read_file(folder, MANIFEST))


def save(model: DefaultRisk, folder: Path) -> str:
    """Write a model into a new or empty folder and return its id; the manifest comes last, so that half is nothing."""
    files = _files(model)
    write_folder(files, folder)
    return id_of(_PREFIX, files[MANIFEST])


def load(folder: Path) -> DefaultRisk:
    """Return the model stored in a folder, every file compared with the manifest first.

    Raises ArtifactError, naming the file, where one is absent, was added or does not hash as the manifest says.
    """
    _, content = read_folder(folder)
    try:
        return _model(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{folder} cannot be read as a default model of format {_FORMAT}: {error!r}") from error


def _files(model: DefaultRisk) -> dict[str, bytes]:
    """Return the bytes of every file of a model by name."""
    files = {
        _MODEL: json_bytes(_described(model)),
        _FOLDS: json_bytes(dict(model.fold_of)),
        _METRICS: json_bytes(dict(model.metrics)),
        _CARD: model_card(model).encode(),
    }
    for stem, part in _parts(model).items():
        files.update(_part_files(stem, part))
    return with_manifest(files, _manifest(model))


def _described(model: DefaultRisk) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "kind": model.kind,
        "probability_name": model.probability_name,
        "inputs": [item.as_json() for item in model.inputs],
        "training": _training_json(model.training),
    }


def _manifest(model: DefaultRisk) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "subject": "default_risk",
        "kind": model.kind,
        "probability_name": model.probability_name,
        "marks": list(model.marks),
        "label": model.label,
        "features": list(model.features),
        "features_sha256": schema_hash(model.inputs),
        "training": _training_json(model.training),
        "libraries": libraries(),
        "platform": platform_name(),
    }


def _training_json(training: Training) -> dict[str, Any]:
    days = {"first_day": training.first_day.isoformat(), "last_day": training.last_day.isoformat()}
    return {**asdict(training), **days}


def _parts(model: DefaultRisk) -> dict[str, RiskModel]:
    folds = {f"{model.kind}-fold-{number}": part for number, part in enumerate(model.fold_models)}
    return {str(model.kind): model.model, **folds}


def _part_files(stem: str, part: RiskModel) -> dict[str, bytes]:
    if isinstance(part, Scorecard):
        return {f"{stem}.json": json_bytes(part.as_json())}
    if isinstance(part, Boosted):
        texts = {_member(stem, number): one.text.encode() for number, one in enumerate(part.boosters)}
        return {**texts, f"{stem}.json": json_bytes(part.calibration.as_json())}
    raise TypeError(f"a model of type {type(part).__name__} has no form to be stored in")


def _model(content: Mapping[str, bytes]) -> DefaultRisk:
    described = json.loads(content[_MODEL])
    if described["format"] != _FORMAT:
        raise ValueError(f"format {described['format']}")
    kind = ModelKind(described["kind"])
    inputs = tuple(ModelInput.from_json(row) for row in described["inputs"])
    training = described["training"]
    days = {name: date.fromisoformat(training[name]) for name in ("first_day", "last_day")}
    folds = range(training["folds"])
    return DefaultRisk(
        kind=kind,
        probability_name=ProbabilityName(described["probability_name"]),
        inputs=inputs,
        model=_part(content, str(kind), inputs),
        fold_models=tuple(_part(content, f"{kind}-fold-{number}", inputs) for number in folds),
        fold_of=MappingProxyType(json.loads(content[_FOLDS])),
        training=Training(**{**training, **days}),
        metrics=MappingProxyType(json.loads(content[_METRICS])),
    )


def _part(content: Mapping[str, bytes], stem: str, inputs: tuple[ModelInput, ...]) -> RiskModel:
    stored = json.loads(content[f"{stem}.json"])
    members = takewhile(content.__contains__, (_member(stem, number) for number in count()))
    boosters = tuple(Booster(content[name].decode()) for name in members)
    return Boosted(boosters, curve_from_json(stored)) if boosters else Scorecard.from_json(stored, inputs)


def _member(stem: str, number: int) -> str:
    """Return the name of the text of a member of an ensemble; the first has the ensemble's own."""
    return f"{stem}-member-{number}.txt" if number else f"{stem}.txt"
