"""JSON documents that people write: no number read as a float, no key twice, no endless nesting."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from matching.errors import MatchingError
from matching.neutrality import refuse_commercial

M = TypeVar("M", bound=BaseModel)


def parse(text: str, refused: type[MatchingError]) -> Any:  # noqa: ANN401 (whatever the text holds)
    """Return what JSON text holds; raise `refused` with a sentence where it is not JSON as agreed."""
    no_float, no_twins = partial(_no_float, refused), partial(_no_twins, refused)
    try:
        return json.loads(text, parse_float=no_float, parse_constant=no_float, object_pairs_hook=no_twins)
    except json.JSONDecodeError as error:
        raise refused(f"not JSON: {error}") from None
    except MatchingError:
        raise
    except ValueError:
        raise refused("not JSON: a number has more digits than are read") from None
    except RecursionError:
        raise refused("nested too deeply") from None


def read_as(model: type[M], row: Any, place: int, refused: type[MatchingError]) -> M:  # noqa: ANN401 (as parsed)
    """Return one document of a file as `model`; raise `refused` with its id (else its number) and the field at fault.

    Whatever could buy a place is refused by name (`neutrality`).
    """
    what = model.__name__.lower()
    name = row.get("id", f"number {place + 1}") if isinstance(row, dict) else f"number {place + 1}"
    refuse_commercial(row, f"{what} {name}")
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise refused(f"{what} {name}: {where or 'the whole'}: {first['msg']}") from None
    except RecursionError:
        raise refused(f"{what} {name}: nested too deeply") from None


def distinct(names: Iterable[str], what: str) -> None:
    """Raise ValueError where a name comes twice; `what` says of what it is the name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} is named twice")
        seen.add(name)


def _no_float(refused: type[MatchingError], written: str) -> NoReturn:
    raise refused(f'{written} would be read as a float: write it as text, "{written}"')


def _no_twins(refused: type[MatchingError], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    try:
        distinct((key for key, _ in pairs), "key")
    except ValueError as error:
        raise refused(str(error)) from None
    return dict(pairs)
