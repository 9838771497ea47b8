"""Warnings as stored: LightGBM's text and JSON with hashes, and a card (zh, then en). Nothing is pickled."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from models.artifact_folder import MANIFEST, id_of, json_bytes, read_folder, with_manifest, write_folder
from models.boosting import Booster
from models.calibration import Calibration
from models.errors import ArtifactError
from models.hazard_line import HazardLine
from models.hazard_trees import HazardTrees
from models.inputs import ModelInput, schema_hash
from models.libraries import libraries, platform_name
from models.origination import Origination
from models.scorecard import Scorecard
from models.warning import EarlyWarning, Hazard, HazardKind, WarningTraining
from models.warning_card import warning_card

_FORMAT = 1
SUBJECT: Final = "warning"
_PREFIX = "warning"
_MODEL, _METRICS, _CARD, _ORIGINATION = "model.json", "metrics.json", "card.md", "origination.json"
_LINE, _TREES, _CALIBRATION = "logistic.json", "boosted.txt", "boosted.json"
_DAYS = ("first_day", "last_day")


def save_warning(model: EarlyWarning, folder: Path) -> str:
    """Write a warning into a new or empty folder and return its id, `warning-` and twelve digits."""
    files = {
        _MODEL: json_bytes(_described(model)),
        _METRICS: json_bytes(dict(model.metrics)),
        _CARD: warning_card(model).encode(),
        **_hazard_files(model),
    }
    if model.origination is not None:
        files[_ORIGINATION] = json_bytes(_origination_json(model.origination))
    whole = with_manifest(files, _manifest(model))
    write_folder(whole, folder)
    return id_of(_PREFIX, whole[MANIFEST])


def load_warning(folder: Path) -> EarlyWarning:
    """Return the warning stored in a folder; ArtifactError, naming the file, where one is not as it was stored."""
    manifest, content = read_folder(folder)
    if (manifest.get("subject"), manifest.get("format")) != (SUBJECT, _FORMAT):
        raise ArtifactError(f"{folder} holds no warning of format {_FORMAT}")
    try:
        return _model(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{folder} cannot be read as a warning of format {_FORMAT}: {error!r}") from error


def _hazard_files(model: EarlyWarning) -> dict[str, bytes]:
    line, trees = (model.hazards[kind].model for kind in (HazardKind.logistic, HazardKind.boosted))
    if not isinstance(line, HazardLine) or not isinstance(trees, HazardTrees):
        raise TypeError("a warning is stored as a logistic hazard and a hazard of trees")
    return {
        _LINE: json_bytes(line.as_json()),
        _TREES: trees.booster.text.encode(),
        _CALIBRATION: json_bytes(asdict(trees.calibration)),
    }


def _described(model: EarlyWarning) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "kind": model.kind,
        "inputs": [item.as_json() for item in model.inputs],
        "training": _training_json(model.training),
    }


def _manifest(model: EarlyWarning) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "subject": SUBJECT,
        "kind": model.kind,
        "label": model.label,
        "features": list(model.features),
        "features_sha256": schema_hash(model.inputs),
        "training": _training_json(model.training),
        "libraries": libraries(),
        "platform": platform_name(),
    }


def _training_json(training: WarningTraining) -> dict[str, Any]:
    values = {one.name: getattr(training, one.name) for one in fields(training)}
    return {name: value.isoformat() if name in _DAYS else value for name, value in values.items()}


def _origination_json(score: Origination) -> dict[str, Any]:
    return {
        "inputs": [item.as_json() for item in score.inputs],
        "card": score.card.as_json(),
        "folds": [one.as_json() for one in score.folds],
        "fold_of": dict(score.fold_of),
    }


def _model(content: Mapping[str, bytes]) -> EarlyWarning:
    described = json.loads(content[_MODEL])
    stored = described["training"]
    training = WarningTraining(**{**stored, **{name: date.fromisoformat(stored[name]) for name in _DAYS}})
    calibration = Calibration(**json.loads(content[_CALIBRATION]))
    trees = HazardTrees(Booster(content[_TREES].decode()), calibration)
    line = HazardLine.from_json(json.loads(content[_LINE]))
    share = training.kept_share
    return EarlyWarning(
        kind=HazardKind(described["kind"]),
        inputs=tuple(ModelInput.from_json(row) for row in described["inputs"]),
        hazards={HazardKind.logistic: Hazard(line, share), HazardKind.boosted: Hazard(trees, share)},
        origination=_origination(json.loads(content[_ORIGINATION])) if _ORIGINATION in content else None,
        training=training,
        metrics=MappingProxyType(json.loads(content[_METRICS])),
    )


def _origination(stored: Mapping[str, Any]) -> Origination:
    inputs = tuple(ModelInput.from_json(row) for row in stored["inputs"])
    cards = [Scorecard.from_json(one, inputs) for one in (stored["card"], *stored["folds"])]
    return Origination(inputs, cards[0], tuple(cards[1:]), MappingProxyType(stored["fold_of"]))
