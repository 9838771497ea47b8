"""Models entered without a fit: a row of the store and a whole artifact that says nothing."""

from datetime import date

from models.artifact_folder import with_manifest, write_folder
from service.store import release_store
from service.store.release_store import ModelState, ModelVersion
from service.work.home import Home

AS_OF = date(2026, 6, 30)


def put_model(
    home: Home, id_: str, purpose: str, state: ModelState = ModelState.evaluated, metrics: str = "{}"
) -> ModelVersion:
    """Enter a model in a state, with an artifact of one file."""
    folder = home.models_folder / id_
    if not folder.exists():
        write_folder(with_manifest({"model.json": b"{}\n"}, {"subject": purpose}), folder)
    version = ModelVersion(id_, purpose, AS_OF, "", "test", state, metrics, "2026-07-01T08:30:00.000Z")
    with home.database.write() as session:
        return release_store.put_model(session, version)
