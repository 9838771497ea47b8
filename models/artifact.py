"""A stored model: a folder of text files that anyone can read and nobody can change unseen.

`manifest.json` holds the SHA-256 of every other file; the model's id is the hash of the manifest. The same fit on the
same platform and libraries gives the same bytes. Nothing is pickled.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.boosted import Boosted
from models.boosting import Booster
from models.calibration import Calibration
from models.card import model_card
from models.default_risk import DefaultRisk, ModelKind, ProbabilityName, Training
from models.errors import ArtifactError
from models.inputs import ModelInput, schema_hash
from models.libraries import libraries, platform_name
from models.scorecard import Scorecard
from models.validation import RiskModel

MANIFEST = "manifest.json"
_FORMAT = 1
_MODEL, _FOLDS, _METRICS, _CARD = "model.json", "folds.json", "metrics.json", "card.md"
_ID_DIGITS = 12


def model_id(model: DefaultRisk) -> str:
    """Return the id under which `save` stores a model: `risk-` and the first digits of its manifest's SHA-256."""
    return _id_of(_files(model)[MANIFEST])


def stored_id(folder: Path) -> str:
    """Return the id of the model stored in a folder (ArtifactError where there is none)."""
    return _id_of(_read(folder, MANIFEST))


def save(model: DefaultRisk, folder: Path) -> str:
    """Write a model into a new or empty folder and return its id; the manifest comes last, so that half is nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ArtifactError(f"{folder} is not empty; a stored model is never written over")
    files = _files(model)
    for name in sorted(files, key=lambda name: name == MANIFEST):
        folder.joinpath(name).write_bytes(files[name])
    return _id_of(files[MANIFEST])


def load(folder: Path) -> DefaultRisk:
    """Return the model stored in a folder, every file compared with the manifest first.

    Raises ArtifactError, naming the file, where one is absent, was added or does not hash as the manifest says.
    """
    content = _verified(folder)
    try:
        return _model(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{folder} cannot be read as a default model of format {_FORMAT}: {error!r}") from error


def _files(model: DefaultRisk) -> dict[str, bytes]:
    """Return the bytes of every file of a model by name."""
    files = {
        _MODEL: _json(_described(model)),
        _FOLDS: _json(dict(model.fold_of)),
        _METRICS: _json(dict(model.metrics)),
        _CARD: model_card(model).encode(),
    }
    for stem, part in _parts(model).items():
        files.update(_part_files(stem, part))
    files[MANIFEST] = _json(_manifest(model, files))
    return files


def _described(model: DefaultRisk) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "kind": model.kind,
        "probability_name": model.probability_name,
        "inputs": [item.as_json() for item in model.inputs],
        "training": _training_json(model.training),
    }


def _manifest(model: DefaultRisk, files: Mapping[str, bytes]) -> dict[str, Any]:
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
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _training_json(training: Training) -> dict[str, Any]:
    days = {"first_day": training.first_day.isoformat(), "last_day": training.last_day.isoformat()}
    return {**asdict(training), **days}


def _parts(model: DefaultRisk) -> dict[str, RiskModel]:
    folds = {f"{model.kind}-fold-{number}": part for number, part in enumerate(model.fold_models)}
    return {str(model.kind): model.model, **folds}


def _part_files(stem: str, part: RiskModel) -> dict[str, bytes]:
    if isinstance(part, Scorecard):
        return {f"{stem}.json": _json(part.as_json())}
    if isinstance(part, Boosted):
        return {f"{stem}.txt": part.booster.text.encode(), f"{stem}.json": _json(asdict(part.calibration))}
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
    if f"{stem}.txt" in content:
        return Boosted(Booster(content[f"{stem}.txt"].decode()), Calibration(**stored))
    return Scorecard.from_json(stored, inputs)


def _verified(folder: Path) -> dict[str, bytes]:
    try:
        expected = json.loads(_read(folder, MANIFEST))["files"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ArtifactError(f"{folder / MANIFEST} is no manifest of a model") from error
    extra = sorted({path.name for path in folder.iterdir()} - set(expected) - {MANIFEST})
    if extra:
        raise ArtifactError(f"{folder / extra[0]} is not in the model's manifest")
    outside = sorted(name for name in expected if Path(name).name != name)
    if outside:
        raise ArtifactError(f"{folder / MANIFEST} names {outside[0]}, which is outside its folder")
    content = {name: _read(folder, name) for name in expected}
    for name, text in content.items():
        if hashlib.sha256(text).hexdigest() != expected[name]:
            raise ArtifactError(f"{folder / name} was changed since the model was stored")
    return content


def _read(folder: Path, name: str) -> bytes:
    try:
        return folder.joinpath(name).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{folder / name} is missing or cannot be read") from error


def _id_of(manifest: bytes) -> str:
    return f"risk-{hashlib.sha256(manifest).hexdigest()[:_ID_DIGITS]}"


def _json(data: Any) -> bytes:  # noqa: ANN401 (whatever JSON holds)
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode()
