"""JSON documents that people write: no number read as a float, no key twice, no endless nesting."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, NoReturn

from matching.errors import MatchingError


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
