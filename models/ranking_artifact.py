"""Rankers and grant models as stored: LightGBM's text and JSON with hashes, and a card (zh, then en)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from models.acceptance import Acceptance, AcceptanceTraining
from models.artifact_folder import MANIFEST, id_of, json_bytes, read_file, read_folder, with_manifest, write_folder
from models.boosting import Booster
from models.calibration import Calibration
from models.errors import ArtifactError
from models.inputs import ModelInput, schema_hash
from models.libraries import libraries, platform_name
from models.ranker import Choice, Ranker, RankerTraining, Side
from models.ranking_boosting import Objective
from models.ranking_card import acceptance_card, ranker_card

_FORMAT = 1
_MODEL, _METRICS, _PEERS, _CARD = "model.json", "metrics.json", "peers.json", "card.md"
_GRANTING = "granting"
RANKING: Final = "ranking"
ACCEPTANCE: Final = "acceptance"
_PREFIXES: Mapping[str, str] = {RANKING: "ranker", ACCEPTANCE: "acceptance"}


def stored_ranking_id(folder: Path) -> str:
    """Return the id of the ranker or grant model stored in a folder (ArtifactError where there is none)."""
    manifest = read_file(folder, MANIFEST)
    return id_of(_PREFIXES[json.loads(manifest)["subject"]], manifest)


def save_ranker(ranker: Ranker, folder: Path) -> str:
    """Write a ranker into a new or empty folder and return its id, `ranker-` and twelve digits."""
    files = {f"{objective}.txt": booster.text.encode() for objective, booster in sorted(ranker.boosters.items())}
    described = _described(ranker) | {"choice": _choice_json(ranker.choice)}
    files |= {
        _MODEL: json_bytes(described),
        _PEERS: json_bytes(ranker.peers),
        _METRICS: json_bytes(dict(ranker.metrics)),
        _CARD: ranker_card(ranker).encode(),
    }
    return _save(RANKING, ranker, files, folder)


def save_acceptance(model: Acceptance, folder: Path) -> str:
    """Write a grant model into a new or empty folder and return its id, `acceptance-` and twelve digits."""
    files = {
        f"{_GRANTING}.txt": model.booster.text.encode(),
        f"{_GRANTING}.json": json_bytes(asdict(model.calibration)),
        _MODEL: json_bytes(_described(model)),
        _METRICS: json_bytes(dict(model.metrics)),
        _CARD: acceptance_card(model).encode(),
    }
    return _save(ACCEPTANCE, model, files, folder)


def load_ranker(folder: Path) -> Ranker:
    """Return the ranker stored in a folder; ArtifactError, naming the file, where one is not as it was stored."""
    described, content = _read(folder, RANKING)
    try:
        return Ranker(
            inputs=_inputs(described),
            boosters={one: Booster(content[f"{one}.txt"].decode()) for one in Objective if f"{one}.txt" in content},
            choice=_choice(described["choice"]),
            training=RankerTraining(**_dated(described["training"])),
            peers={
                kind: {name: tuple(edges) for name, edges in columns.items()}
                for kind, columns in json.loads(content[_PEERS]).items()
            },
            metrics=MappingProxyType(json.loads(content[_METRICS])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{folder} cannot be read as a ranker of format {_FORMAT}: {error!r}") from error


def load_acceptance(folder: Path) -> Acceptance:
    """Return the grant model stored in a folder; ArtifactError, naming the file, where one is not as it was stored."""
    described, content = _read(folder, ACCEPTANCE)
    try:
        return Acceptance(
            inputs=_inputs(described),
            booster=Booster(content[f"{_GRANTING}.txt"].decode()),
            calibration=Calibration(**json.loads(content[f"{_GRANTING}.json"])),
            training=AcceptanceTraining(**_dated(described["training"])),
            metrics=MappingProxyType(json.loads(content[_METRICS])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{folder} cannot be read as a grant model of format {_FORMAT}: {error!r}") from error


def _save(subject: str, model: Ranker | Acceptance, files: dict[str, bytes], folder: Path) -> str:
    told = {
        "format": _FORMAT,
        "subject": subject,
        "label": model.label,
        "features": list(model.features),
        "features_sha256": schema_hash(model.inputs),
        "training": _training_json(model.training),
        "libraries": libraries(),
        "platform": platform_name(),
    }
    whole = with_manifest(files, told)
    write_folder(whole, folder)
    return id_of(_PREFIXES[subject], whole[MANIFEST])


def _read(folder: Path, subject: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    manifest, content = read_folder(folder)
    if (manifest.get("subject"), manifest.get("format")) != (subject, _FORMAT) or _MODEL not in content:
        raise ArtifactError(f"{folder} holds no {subject} model of format {_FORMAT}")
    return json.loads(content[_MODEL]), content


def _described(model: Ranker | Acceptance) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "inputs": [item.as_json() for item in model.inputs],
        "training": _training_json(model.training),
    }


def _inputs(described: Mapping[str, Any]) -> tuple[ModelInput, ...]:
    return tuple(ModelInput.from_json(row) for row in described["inputs"])


def _training_json(training: RankerTraining | AcceptanceTraining) -> dict[str, Any]:
    values = {one.name: getattr(training, one.name) for one in fields(training)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _dated(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {**stored, **{name: date.fromisoformat(stored[name]) for name in ("first_day", "last_day")}}


def _choice_json(choice: Choice) -> dict[str, Any]:
    return {
        "objectives": {side.value: one.value for side, one in choice.objectives.items()},
        "validation": {
            side.value: {one.value: worth for one, worth in values.items()}
            for side, values in choice.validation.items()
        },
    }


def _choice(stored: Mapping[str, Any]) -> Choice:
    return Choice(
        {Side(side): Objective(one) for side, one in stored["objectives"].items()},
        {
            Side(side): {Objective(one): float(worth) for one, worth in values.items()}
            for side, values in stored["validation"].items()
        },
    )
