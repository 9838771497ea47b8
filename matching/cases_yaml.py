"""YAML 1.1 of case files, read strictly: what YAML would turn into something else than was written is refused.

Plain `yes` would become a truth, `0.1` a double, `010` eight and `1:30` ninety; a key written twice would silently win
over the first. Each is an error that names the place and the line. Text comes from `yaml.compose` with the safe
loader; the values are built here, so no tag can make an object.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from matching.errors import CaseError

MAX_CHARACTERS = 4_000_000
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
TRUTHS = {"true": True, "false": False}

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_TAG = "tag:yaml.org,2002:"


def compose(text: str) -> yaml.MappingNode:
    """Return the root of a document, which must be a mapping; CaseError where the text is not one document of YAML."""
    if len(text) > MAX_CHARACTERS:
        raise CaseError(f"longer than {MAX_CHARACTERS:,} characters")
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise CaseError(f"not YAML: {_place_of(error)}") from None
    except RecursionError:
        raise CaseError("nested too deeply") from None
    if not isinstance(root, yaml.MappingNode):
        raise CaseError("a case file is a mapping with the keys product, source and cases")
    _no_aliases(root)
    return root


def members(node: yaml.Node, where: str) -> dict[str, yaml.Node]:
    """Return a mapping's values by key, in written order; CaseError for another node, for twins, for odd keys."""
    if not isinstance(node, yaml.MappingNode):
        raise CaseError(f"{where}: a mapping of keys and values is wanted{_line(node)}")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _key(key, where)
        if name in found:
            raise CaseError(f"{_joined(where, name)}: the key is written twice{_line(key)}")
        found[name] = value
    return found


def items(node: yaml.Node, where: str) -> Sequence[yaml.Node]:
    """Return a list's items; CaseError for another node."""
    if not isinstance(node, yaml.SequenceNode):
        raise CaseError(f"{where}: a list is wanted, each item after a dash{_line(node)}")
    return tuple(node.value)


def plain(node: yaml.Node, where: str) -> Any:  # noqa: ANN401 (whatever was written)
    """Return text, whole numbers, truths, lists and mappings as written; CaseError for anything else."""
    match node:
        case yaml.MappingNode():
            return {key: plain(value, _joined(where, key)) for key, value in members(node, where).items()}
        case yaml.SequenceNode():
            return [plain(value, f"{where}[{place}]") for place, value in enumerate(node.value)]
        case yaml.ScalarNode():
            return _scalar(node, where)
    raise CaseError(f"{where}: cannot be read{_line(node)}")  # pragma: no cover (YAML has three kinds of node)


def only(found: Mapping[str, object], wanted: Sequence[str], where: str) -> None:
    """Raise CaseError for a key that nobody asks for."""
    for name in found:
        if name not in wanted:
            raise CaseError(f"{_joined(where, name)}: unknown key; there are {', '.join(wanted)}")


def _scalar(node: yaml.ScalarNode, where: str) -> str | int | bool:
    written, kind = str(node.value), str(node.tag).removeprefix(_TAG)
    if kind in ("str", "timestamp"):
        return written
    if kind == "int" and WHOLE.fullmatch(written):
        return int(written)
    if kind == "bool" and written in TRUTHS:
        return TRUTHS[written]
    raise CaseError(f"{where}: {_refusal(kind, written)}{_line(node)}")


def _refusal(kind: str, written: str) -> str:
    match kind:
        case "bool":
            return f'{written} without quotes is a truth in YAML: write "{written}"'
        case "float" | "int":
            return f'{written} without quotes is not read as written: write "{written}"'
        case "null":
            return "nothing stands here: leave out what is missing"
        case _:
            return f"the tag {kind} is not allowed"


def _key(node: yaml.Node, where: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or str(node.tag) != _TAG + "str":
        raise CaseError(f"{where or 'the file'}: a key is text{_line(node)}")
    return str(node.value)


def _no_aliases(root: yaml.Node) -> None:
    seen: set[int] = set()
    for node in _walk(root):
        if id(node) in seen:
            raise CaseError(f"references (& and *) are not allowed: write the value again{_line(node)}")
        seen.add(id(node))


def _walk(root: yaml.Node) -> Iterator[yaml.Node]:
    left = [root]
    while left:
        node = left.pop()
        yield node
        if isinstance(node, yaml.MappingNode):
            left += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            left += node.value


def _joined(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _line(node: yaml.Node) -> str:
    return f" (line {node.start_mark.line + 1})" if node.start_mark is not None else ""


def _place_of(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return f"{problem}, line {mark.line + 1}" if mark is not None else str(problem)
