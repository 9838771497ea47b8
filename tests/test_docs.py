"""The documents: they name what there is, their links lead somewhere, and no file names a machine or a registry."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LISTED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
TRACKED = [ROOT / name for name in LISTED.stdout.splitlines() if (ROOT / name).is_file()]
DOCUMENTS = [path for path in TRACKED if path.suffix == ".md"]

TARGET = re.compile(r"^([a-z]+):.*## ", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Put together from parts, so that this file does not hold what it looks for.
MACHINE = re.compile(r"(?<![\w.])/(w" + r"ork/|r" + r"oot/|h" + r"ome/\w)")
REGISTRY = re.compile(
    r"py" + r"pi\.org|pythonh" + r"osted\.org|regis" + r"try\.npmjs|deb\.deb" + r"ian\.org|/sim" + r"ple/"
)


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_readme_names_every_target_a_user_needs() -> None:
    targets = set(TARGET.findall(text_of(ROOT / "Makefile")))
    readme = text_of(ROOT / "README.md")
    assert {"install", "demo", "test", "check", "fix", "bench", "proof", "help"} <= targets
    assert {target for target in targets if f"make {target}" not in readme} == set()


def test_readme_names_every_command() -> None:
    readme = text_of(ROOT / "README.md")
    for command in ("demo", "ingest", "profile", "train", "model", "list", "match", "serve", "study", "audit", "db"):
        assert re.search(rf"^rongqiao {command} ", readme, re.MULTILINE), command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_resolve(document: Path) -> None:
    prose = CODE.sub("", text_of(document))
    targets = [target.split("#")[0] for target in LINK.findall(prose) if "://" not in target]
    assert [target for target in targets if target and not (document.parent / target).exists()] == []


def test_glossary_gives_each_word_in_both_languages_once() -> None:
    rows = [line.strip("|").split("|") for line in text_of(ROOT / "GLOSSARY.md").splitlines() if line.startswith("| ")]
    words = [[cell.strip() for cell in row] for row in rows if row[0].strip() != "中文"]
    assert len(words) > 40
    assert [row for row in words if len(row) != 4 or not CHINESE.search(row[0]) or not row[1]] == []
    chinese = [row[0] for row in words]
    assert sorted(chinese) == sorted(set(chinese))


@pytest.mark.parametrize("path", TRACKED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_names_a_machine_or_a_registry(path: Path) -> None:
    text = text_of(path)
    assert MACHINE.findall(text) == []
    assert REGISTRY.findall(text) == []


@pytest.mark.parametrize(
    "planted", ["see /wo" + "rk/x", "cd /ro" + "ot/.x", "/ho" + "me/someone", "https://py" + "pi.org"]
)
def test_a_planted_place_is_found(planted: str) -> None:
    assert MACHINE.search(planted) or REGISTRY.search(planted)
