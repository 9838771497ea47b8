"""A stored model's folder: text files and a manifest with the hash of each, so that nobody changes one unseen.

`manifest.json` holds the SHA-256 of every other file; the model's id is a word for its kind and the hash of the
manifest. Nothing is pickled.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.errors import ArtifactError

MANIFEST = "manifest.json"
_ID_DIGITS = 12


def with_manifest(files: Mapping[str, bytes], told: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files with their manifest, which holds what is told and the hash of each file."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    return {**files, MANIFEST: json_bytes({**told, "files": hashes})}


def write_folder(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files into a new or empty folder; the manifest comes last, so that half is nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ArtifactError(f"{folder} is not empty; a stored model is never written over")
    for name in sorted(files, key=lambda name: name == MANIFEST):
        folder.joinpath(name).write_bytes(files[name])


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the manifest and the files of a folder, every file compared with the manifest first.

    Raises ArtifactError, naming the file, where one is absent, was added or does not hash as the manifest says.
    """
    try:
        manifest = json.loads(read_file(folder, MANIFEST))
        expected = manifest["files"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ArtifactError(f"{folder / MANIFEST} is no manifest of a model") from error
    extra = sorted({path.name for path in folder.iterdir()} - set(expected) - {MANIFEST})
    if extra:
        raise ArtifactError(f"{folder / extra[0]} is not in the model's manifest")
    outside = sorted(name for name in expected if Path(name).name != name)
    if outside:
        raise ArtifactError(f"{folder / MANIFEST} names {outside[0]}, which is outside its folder")
    content = {name: read_file(folder, name) for name in expected}
    for name, text in content.items():
        if hashlib.sha256(text).hexdigest() != expected[name]:
            raise ArtifactError(f"{folder / name} was changed since the model was stored")
    return manifest, content


def read_file(folder: Path, name: str) -> bytes:
    """Return a file of the folder; ArtifactError where it cannot be read."""
    try:
        return folder.joinpath(name).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{folder / name} is missing or cannot be read") from error


def id_of(prefix: str, manifest: bytes) -> str:
    """Return the id of a model: the word for its kind and the first digits of its manifest's SHA-256."""
    return f"{prefix}-{hashlib.sha256(manifest).hexdigest()[:_ID_DIGITS]}"


def json_bytes(data: Any) -> bytes:  # noqa: ANN401 (whatever JSON holds)
    """Return data as JSON text of one form; numbers that JSON does not know are refused."""
    return f"{json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)}\n".encode()
