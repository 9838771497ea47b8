"""Artifacts of models in a home: each in a folder under its own hash, written whole, verified when first read."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from models.artifact_folder import MANIFEST, id_of, read_file, read_folder
from models.errors import ArtifactError
from service.store import release_store
from service.store.release_store import ModelVersion
from service.work.home import Home

T = TypeVar("T")


def store(home: Home, save: Callable[[Path], str]) -> str:
    """Write an artifact with `save` (folder -> id) under its id, over a damaged one; a half-written one has no id."""
    home.models_folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=home.models_folder, prefix=".writing-"))
    try:
        model_id = save(scratch)
        final = home.models_folder / model_id
        if not is_whole(home, model_id):
            shutil.rmtree(final, ignore_errors=True)
            scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return model_id


def is_whole(home: Home, model_id: str) -> bool:
    """Return whether the artifact of a model is there, every file as it was stored."""
    try:
        read_folder(home.models_folder / model_id)
    except ArtifactError:
        return False
    return True


def active(home: Home, purpose: str, load: Callable[[Path], T]) -> tuple[ModelVersion, T] | None:
    """Return the active model of a purpose, verified by `load` on its first reading, or None where there is none."""
    with home.database.read() as session:
        version = release_store.active_model(session, purpose)
    return None if version is None else (version, _loaded(home.models_folder / version.id, load))


_cache: dict[Path, Any] = {}


def _loaded(folder: Path, load: Callable[[Path], T]) -> T:
    """Return the model of an artifact folder; an artifact never changes under its id, so it is read once."""
    if folder not in _cache:
        if id_of(folder.name.rpartition("-")[0], read_file(folder, MANIFEST)) != folder.name:
            raise ArtifactError(f"{folder / MANIFEST} was changed since the model was stored")
        _cache[folder] = load(folder)
    found: T = _cache[folder]
    return found
