"""A profile as a JSON document."""

from typing import Any

from service.work.profiles import ProfileView


def as_json(view: ProfileView) -> dict[str, Any]:
    """Return the document: the enterprise, the day, and every row with its value and source, or who could supply it."""
    return {
        "enterprise": {"id": view.enterprise, "name": view.name},
        "as_of": str(view.as_of),
        "authorised": view.authorised,
        "log_entry": view.log_entry,
        "rows": [
            {
                "name": row.name,
                "zh": row.zh,
                "en": row.en,
                "block": row.block,
                "block_zh": row.block_zh,
                "text": None if row.is_missing else row.text,
                "source": row.source_zh,
                "missing": row.is_missing,
                "who": row.who_zh if row.is_missing else None,
            }
            for row in view.rows
        ],
    }
