"""Write the documents that are generated from the code; tests compare them."""

from pathlib import Path

from features.dictionary import FEATURES
from features.dictionary.document import describe_features
from features.tables import TABLES
from features.tables.describe import describe_tables
from matching.reasons import reasons_document
from matching.schema import schema_document

DOCS = Path(__file__).resolve().parents[1] / "docs"

if __name__ == "__main__":
    DOCS.joinpath("data_dictionary.md").write_text(describe_features(FEATURES.values()), encoding="utf-8")
    DOCS.joinpath("accepted_tables.md").write_text(describe_tables(TABLES.values()), encoding="utf-8")
    DOCS.joinpath("reason_codes.md").write_text(reasons_document(), encoding="utf-8")
    DOCS.joinpath("criteria.schema.json").write_text(schema_document(), encoding="utf-8")
