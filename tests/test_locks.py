"""The locks: versions and hashes for every platform, no addresses, current, and nothing that takes our names."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PRODUCT, DEV = "requirements.lock", "requirements-dev.lock"
OUR_NAMES = {"features", "models", "matching", "service"}
# Starlette signs cookies by the first, FastAPI reads forms by the second, LightGBM may take the third's OpenMP runtime.
USED_UNSEEN = {"itsdangerous", "python-multipart", "scikit-learn"}
ADDRESS = re.compile(r"://|\bwww\.|@ |\b[\w-]+\.(com|org|net|cn|io)\b|^--?(index|extra|find|trusted)", re.MULTILINE)
PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+?)(?: ; (?P<marker>.+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

# The platforms that a dependency without a marker must be pinned for.
PLATFORMS = [
    {"sys_platform": system, "platform_system": name, "os_name": kind, "python_version": python}
    for system, name, kind in (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
    for python in ("3.11", "3.12", "3.13")
]

Pin = tuple[Version, Marker | None]


def read_lock(text: str) -> dict[str, list[Pin]]:
    """Return the pins of each name; a line that is no pin, hash or comment is an error."""
    pins: dict[str, list[Pin]] = {}
    hashes = 1
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if HASH.match(line):
            hashes += 1
            continue
        pinned = PINNED.match(line)
        assert pinned, f"neither a pin with hashes nor a hash: {line}"
        assert hashes, f"the line before has no hash: {line}"
        hashes = 0
        marker = Marker(pinned["marker"]) if pinned["marker"] else None
        pins.setdefault(canonicalize_name(pinned["name"]), []).append((Version(pinned["version"]), marker))
    assert hashes, "the last line has no hash"
    return pins


def unmet(asked: list[str], pins: Mapping[str, list[Pin]]) -> Iterator[str]:
    """Yield each requirement, with its platform, that the pins do not meet."""
    for requirement in map(Requirement, asked):
        for platform in PLATFORMS:
            if requirement.marker and not requirement.marker.evaluate(platform):
                continue
            versions = [v for v, marker in pins.get(canonicalize_name(requirement.name), []) if holds(marker, platform)]
            if not any(requirement.specifier.contains(version, prereleases=True) for version in versions):
                yield f"{requirement} on {platform['sys_platform']} {platform['python_version']}"


def imported(source: str) -> set[str]:
    """Return the top-level names that a module imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}}


def is_pinned(requirement: Requirement, pins: Mapping[str, list[Pin]]) -> bool:
    versions = [version for version, _ in pins.get(canonicalize_name(requirement.name), [])]
    return any(requirement.specifier.contains(version, prereleases=True) for version in versions)


def holds(marker: Marker | None, platform: dict[str, str]) -> bool:
    full = platform | {"python_full_version": f"{platform['python_version']}.9"}
    return marker is None or marker.evaluate(full)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def product() -> dict[str, list[Pin]]:
    return read_lock((ROOT / PRODUCT).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dev() -> dict[str, list[Pin]]:
    return read_lock((ROOT / DEV).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [PRODUCT, DEV])
def test_no_address_stands_in_a_lock(name: str) -> None:
    assert ADDRESS.findall((ROOT / name).read_text(encoding="utf-8")) == []


def test_every_dependency_is_pinned_as_pyproject_asks(
    project: dict[str, Any], product: dict[str, list[Pin]], dev: dict[str, list[Pin]]
) -> None:
    extras = [line for group in project["project"].get("optional-dependencies", {}).values() for line in group]
    assert list(unmet(project["project"]["dependencies"], product)) == []
    assert list(unmet(project["project"]["dependencies"] + extras, dev)) == []
    assert list(unmet(project["dependency-groups"]["dev"], dev)) == []


def test_every_dependency_of_what_is_pinned_is_pinned_too(dev: dict[str, list[Pin]]) -> None:
    """Checked over the installed distributions, which tell what they need without a registry."""
    pinned = [installed for installed in distributions() if canonicalize_name(installed.name) in dev]
    needed = [Requirement(line) for installed in pinned for line in installed.requires or []]
    here = [need for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    missing = [str(need) for need in here if not is_pinned(need, dev)]
    assert len(here) > 50
    assert missing == []


def test_the_dev_lock_holds_the_products_versions(product: dict[str, list[Pin]], dev: dict[str, list[Pin]]) -> None:
    versions = {name: {version for version, _ in pins} for name, pins in product.items()}
    assert {name: {version for version, _ in dev.get(name, [])} for name in product} == versions


def test_what_is_installed_is_what_is_pinned(dev: dict[str, list[Pin]]) -> None:
    installed = {canonicalize_name(d.name): Version(d.version) for d in distributions()}
    differing = {
        name: str(version)
        for name, version in installed.items()
        if name in dev and version not in {pinned for pinned, _ in dev[name]}
    }
    assert differing == {}


def test_no_dependency_installs_one_of_our_names() -> None:
    takers = {
        (other.name, path.parts[0])
        for other in distributions()
        if canonicalize_name(other.name) != "rongqiao"
        for path in other.files or []
        if path.parts[0].removesuffix(".py") in OUR_NAMES
    }
    assert takers == set()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("numpy==2.4.0\n", "neither a pin"),
        ("numpy>=2.4.0 \\\n", "neither a pin"),
        ("numpy==2.4.0 \\\npandas==3.1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n", "has no hash"),
        ("--index-url x\n", "neither a pin"),
    ],
)
def test_a_bad_lock_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        read_lock(text)


def test_a_stale_pin_is_found() -> None:
    pins = {"numpy": [(Version("2.3"), None)], "tzdata": [(Version("2026.1"), Marker("sys_platform == 'win32'"))]}
    assert len(list(unmet(["numpy>=2.4"], pins))) == len(PLATFORMS)
    assert len(list(unmet(["tzdata>=2026"], pins))) == len(PLATFORMS) - 3
    assert list(unmet(["tzdata>=2026; sys_platform == 'win32'"], pins)) == []


def test_every_dependency_is_used_and_every_library_used_is_a_dependency(project: dict[str, Any]) -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in project["project"]["dependencies"]}
    extras = {
        canonicalize_name(Requirement(line).name)
        for group in project["project"].get("optional-dependencies", {}).values()
        for line in group
    }
    owners = packages_distributions()
    used = {
        canonicalize_name(owners[top][0])
        for package in sorted(OUR_NAMES)
        for module in (ROOT / package).rglob("*.py")
        for top in imported(module.read_text(encoding="utf-8"))
        if top in owners and top not in OUR_NAMES
    }
    assert used - declared - extras == set()
    assert declared & extras == set()
    assert declared - used == USED_UNSEEN
