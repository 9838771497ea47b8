"""The rules of the layers, checked on source text: who may import whom, and what the pure core may not know."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

PACKAGES = ("features", "models", "matching", "service")  # each imports only those to its left
CORE = PACKAGES[:3]

# Libraries that a layer may not know; the key is the beginning of a module's path.
FORBIDDEN = {
    "": {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"},
    **{
        package: {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "httpx2", "jinja2", "pydantic_settings"}
        | {"random", "secrets", "time", "uuid", "requests", "urllib", "socket"}
        for package in CORE
    },
    "service/store": {"fastapi", "starlette", "uvicorn", "jinja2"},
}
ONLY_IN = {"sqlalchemy": "service/store", "alembic": "service/store"}

# What each part of the service may import of the service; a dotted name allows that module alone.
EDGE = {"work", "http", "edge", "errors", "settings", "access.caller"}
MAY_IMPORT = {
    "errors": set[str](),
    "settings": {"errors"},
    "edge": {"errors"},
    "audit": {"audit", "errors"},
    "store": {"store", "audit", "errors"},
    "access": {"access", "store", "errors"},
    "ingest": {"ingest", "store", "errors"},
    "work": {"work", "access", "audit", "ingest", "store", "edge", "errors", "settings"},
    "http": EDGE | {"web"},
    "api": EDGE | {"api"},
    "web": EDGE | {"web"},
    "cli": EDGE | {"cli", "app"},
    "app": EDGE | {"api", "web"},
}
# The edges speak the core's words, its errors and a request, but do not call it.
EDGE_PARTS = {"http", "api", "web", "cli", "app"}
CORE_WORDS = {"features.errors", "models.errors", "matching.errors", "matching.eligibility"}

CLOCKS = {"today", "now", "utcnow"}
SEEDED = {"default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"}
SQL_CLOCK_OR_CHANCE = re.compile(r"\b(current_(date|timestamp|time)|(now|today|random|uuid)\s*\()", re.IGNORECASE)

# The one door to facts, profiles and outcomes, and the rooms behind it, which are entered through it alone.
DOOR = re.compile(r"^service/store/facts(_\w+)?\.py$")
BEHIND_THE_DOOR = re.compile(r"^service\.store\.facts_\w+")
READS_DELIVERIES = "service/ingest/"
OPENING = {"Path", "joinpath", "open", "glob", "rglob"}
PARQUET = {"read_parquet", "write_parquet", "to_parquet", "ParquetFile", "ParquetWriter", "ParquetDataset"}
PARQUET_MODULES = {"pyarrow.parquet", "pyarrow.dataset"}
TOLD_APART = {"service", "service.access", "service.store", "pyarrow"}  # packages whose modules have rules of their own
GUARDED_FOLDER = re.compile(r"^(.*/)?(facts|profiles|outcomes)(/.*)?$")


def violations(path: str, source: str) -> list[str]:
    """Return the sentences of what the module at `path` (from the root, `features/x.py`) does against the rules."""
    tree = ast.parse(source)
    found = [*_imports(path, tree)]
    if path.split("/", maxsplit=1)[0] in CORE:
        found += _impure(tree)
    if path != "service/settings.py":
        found += _reads_environment(tree)
    if path.startswith("service/") and not DOOR.match(path):
        found += _opens_facts(path, tree)
    return [f"{path}: {sentence}" for sentence in found]


def sql_violations(path: str, text: str) -> list[str]:
    """Return what a feature definition does against the rules: it knows no clock and no chance."""
    return [f"{path}: {match[0]}" for match in SQL_CLOCK_OR_CHANCE.finditer(text)]


def _imports(path: str, tree: ast.Module) -> Iterator[str]:
    package, *inside = PurePosixPath(path).with_suffix("").parts
    for module in _imported(tree):
        top = module.split(".")[0]
        if module.startswith("."):
            yield "a relative import"
        elif top in PACKAGES and PACKAGES.index(top) > PACKAGES.index(package):
            yield f"imports {module}, which stands to its right"
        for where, names in FORBIDDEN.items():
            if _lies_in(path, where) and top in names:
                yield f"imports {top}"
        if top in ONLY_IN and not _lies_in(path, ONLY_IN[top]):
            yield f"imports {top}, which only {ONLY_IN[top]} may"
        if package == "service" and top in PACKAGES and inside != ["__init__"]:
            yield from _inside_service(inside[0], module)


def _inside_service(part: str, module: str) -> Iterator[str]:
    top, *rest = module.split(".")
    if top != "service":
        if part in EDGE_PARTS and not any(_is_or_in(module, word) for word in CORE_WORDS):
            yield f"imports {module}; {part} calls work, not the core"
        return
    allowed = MAY_IMPORT.get(part)
    if allowed is None:
        yield f"service/{part} has no rule"
    elif not rest:
        yield "imports service itself; name the module"
    elif not any(_is_or_in(".".join(rest), name) for name in allowed):
        yield f"imports {module}, which {part} may not"


def _impure(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr in CLOCKS and isinstance(node.value, ast.Name | ast.Attribute):
            yield f"reads the clock (.{node.attr})"
        if _ends_with(node.value, "random") and node.attr not in SEEDED:
            yield f"uses global random state (random.{node.attr})"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _ends_with(node.func, "default_rng") and not (node.args or node.keywords):
            yield "makes a random generator without a seed"


def _reads_environment(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            yield f"reads the environment (.{node.attr})"
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (f"imports {a.name}" for a in node.names if a.name in {"environ", "environb", "getenv"})


def _opens_facts(path: str, tree: ast.Module) -> Iterator[str]:
    imported = list(_imported(tree))
    yield from (f"imports {name}, which lies behind the door" for name in imported if BEHIND_THE_DOOR.match(name))
    yield from _names_folders(tree)
    if not path.startswith(READS_DELIVERIES):
        yield from (f"imports {name}" for name in imported if name in PARQUET_MODULES)
        yield from _reads_parquet(tree)


def _names_folders(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_guarded(node.right):
            yield f"names the folder {ast.unparse(node.right)}"
        if isinstance(node, ast.Call) and _calls(node) in OPENING and any(map(_is_guarded, node.args)):
            yield f"opens {ast.unparse(node)}"


def _reads_parquet(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in PARQUET:
            yield f"reads or writes Parquet (.{node.attr})"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "read_parquet(" in node.value:
            yield "reads Parquet by SQL"


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield each imported module; `from package import module` counts as the module where it is ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module in {
                "service",
                "service.access",
                "service.store",
                "pyarrow",
            }:  # packages whose modules are told apart above
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


def _calls(node: ast.Call) -> str:
    return ast.unparse(node.func).rsplit(".", 1)[-1]


def _is_guarded(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(GUARDED_FOLDER.match(node.value))


def _lies_in(path: str, where: str) -> bool:
    return not where or path.startswith(f"{where}/")


def _is_or_in(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def _ends_with(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)
