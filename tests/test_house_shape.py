"""The shape of the source: modules and functions of a size to be read at once, places that say what they hold."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("features", "models", "matching", "service")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 400, 50
BOUNDARY = "service/http/middleware.py"  # where a request's unforeseen fault becomes an answer of status 500
MIGRATIONS = "store/migrations/versions/"  # a migration's upgrade is one list of tables
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils", "tools", "pd"}


def shapeless(path: str, source: str) -> list[str]:
    """Return what is too long or badly named in a module."""
    found = []
    if (lines := len(source.splitlines())) > LONGEST_MODULE:
        found.append(f"{path} has {lines} lines")
    parts = Path(path).with_suffix("").parts
    found += [f"{path}: the name {part} says nothing" for part in parts if part in SAYS_NOTHING]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
            if length > LONGEST_FUNCTION and MIGRATIONS not in path:
                found.append(f"{path}: {node.name} has {length} lines")
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and path != BOUNDARY:
            found.append(f"{path}: a broad except in line {node.lineno}")
    return found


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    return (node.body[0].end_lineno or 0) - node.body[0].lineno + 1


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_has_a_readable_shape(module: Path) -> None:
    assert shapeless(module.relative_to(ROOT).as_posix(), module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("models/x.py", "a = 1\n" * 401),
        ("models/utils.py", ""),
        ("service/common/x.py", ""),
        ("models/x.py", "def f():\n" + "    a = 1\n" * 50),
        ("models/x.py", "try:\n    a = 1\nexcept Exception:\n    a = 2"),
        ("models/x.py", "try:\n    a = 1\nexcept:\n    a = 2"),
    ],
)
def test_a_shapeless_module_is_found(path: str, source: str) -> None:
    assert len(shapeless(path, source)) == 1
