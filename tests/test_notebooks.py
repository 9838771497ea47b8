"""The notebooks: run whole on a small province, and stored without anything that ran."""

import ast
import base64
import io
import os
import re
from pathlib import Path

import nbformat
import pytest
from layers import PACKAGES
from matplotlib.image import imread
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Beside our own packages and what Python brings.
LIBRARIES = {"numpy", "pandas", "matplotlib"}
STANDARD = {"dataclasses", "datetime", "itertools", "pathlib"}
#: What a run here is given in place of the notebook's own parameters: enough pairs taken for a ranker, and quick.
SMALL = {
    "ENTERPRISES": 800,
    "NOISES": (2.0,),
    "DATA": os.environ.get("RONGQIAO_DATA", ""),
    "EVERY": 3,
    "FIRMS_ADVISED": 25,
}
#: What one of them needs beside: enough firms that defaulted before the day of its fit.
SMALL_OF = {"02_scorecard": {"ENTERPRISES": 3_000}}
PARAMETERS = "parameters"
NAMED = re.compile(r"\b(Figure|Table) (\d+)\b")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def foreign(source: str) -> list[str]:
    """Return what a cell imports that a notebook may not: another library, or what is private."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
        for name in names:
            top, *rest = name.split(".")
            if top not in {*PACKAGES, *LIBRARIES, *STANDARD} or any(one.startswith("_") for one in rest):
                found.append(name)
    return found


def private_uses(source: str) -> list[str]:
    """Return the private attributes that a cell reads."""
    return [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
    ]


def assigned(cell: NotebookNode) -> set[str]:
    targets = [one for node in ast.parse(cell.source).body if isinstance(node, ast.Assign) for one in node.targets]
    return {one.id for one in targets if isinstance(one, ast.Name)}


# What is stored


def test_the_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(CHECKED)


@each_notebook
def test_nothing_that_ran_is_stored(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
    for cell in code_cells(notebook):
        assert (cell.outputs, cell.execution_count) == ([], None)


@each_notebook
def test_cells_have_names_that_last(path: Path) -> None:
    names = [cell.id for cell in read(path).cells]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name)] == []


@each_notebook
def test_cells_use_public_parts_of_the_product_and_three_libraries(path: Path) -> None:
    for cell in code_cells(read(path)):
        assert (foreign(cell.source), private_uses(cell.source)) == ([], [])


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import sklearn.linear_model",
        "from matching._inner import x",
        "from matching.rank import _score",
        "from . import x",
        "import matplotlib, subprocess",
    ],
)
def test_a_foreign_import_is_found(source: str) -> None:
    assert len(foreign(source)) == 1


@each_notebook
def test_text_and_cells_speak_of_the_same_figures_and_tables(path: Path) -> None:
    notebook = read(path)
    texts = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    spoken = [f"{sort.lower()}-{number}" for sort, number in NAMED.findall(texts)]
    made = [tag for cell in code_cells(notebook) for tag in tags(cell) if tag != PARAMETERS]
    assert sorted(set(spoken)) == sorted(made)
    assert len(made) >= 6


# What comes out


@pytest.mark.slow
@each_notebook
def test_it_runs_whole_and_shows_what_it_speaks_of(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel's own draws into the notebook, without a display
    notebook = small(path)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = [one.text for cell in code_cells(notebook) for one in cell.outputs if one.get("name") == "stderr"]
    assert [text for text in said if "Warning" in text] == []
    for tag, data in shown(notebook).items():
        if tag.startswith("figure"):
            picture = imread(io.BytesIO(base64.b64decode(data["image/png"])), format="png")
            assert picture.shape[0] > 200, tag
            assert picture.std() > 0.05, f"{tag} is blank"
        else:
            assert data["text/html"].count("<tr") > 2, tag
    CHECKED[path.stem](notebook)


def small(path: Path) -> NotebookNode:
    """Return the notebook with the parameters of a run here."""
    notebook = read(path)
    (parameters,) = [cell for cell in code_cells(notebook) if PARAMETERS in tags(cell)]
    wanted = {**SMALL, **SMALL_OF.get(path.stem, {})}
    given = [f"{name} = {value!r}" for name, value in wanted.items() if name in assigned(parameters)]
    parameters.source = "\n".join([parameters.source, *given])
    return notebook


def shown(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return what each cell that makes a figure or a table shows: one thing."""
    found = {}
    for cell in code_cells(notebook):
        for tag in tags(cell):
            if tag != PARAMETERS:
                (found[tag],) = [one.data for one in cell.outputs if "data" in one]
    return found


def lines_of(notebook: NotebookNode, tag: str) -> list[list[str]]:
    """Return the words of a plain table's lines, without its two lines of heading."""
    return [line.split() for line in shown(notebook)[tag]["text/plain"].splitlines()[2:]]


def every_fault_planted_is_found(notebook: NotebookNode) -> None:
    counts = [(int(words[-2]), int(words[-1])) for words in lines_of(notebook, "table-2")]
    assert len(counts) >= 10
    assert all(planted == found > 0 for planted, found in counts)


def what_was_not_shown_has_no_label(notebook: NotebookNode) -> None:
    states = {words[0]: (int(words[1]), words[-1]) for words in lines_of(notebook, "table-1")}
    assert all(rows > 0 for rows, _ in states.values())
    assert {state for state, (_, is_fitted) in states.items() if is_fitted == "False"} == {"not_shown", "pending"}


def what_is_known_sooner_helps_more(notebook: NotebookNode) -> None:
    rows = {" ".join(words[:-6]): [float(word) for word in words[-6:]] for words in lines_of(notebook, "table-6")}
    gains = {name: (gain, low) for name, (_, gain, low, *_) in rows.items()}
    assert gains["uncorrected"] == (0, 0)
    assert all(low > 0 for name, (_, low) in gains.items() if name != "uncorrected")
    assert gains["by rate"] > gains["by cohort"]
    assert gains["refitted, by rate"] > gains["refitted"]
    (score,) = [words for words in lines_of(notebook, "table-5") if words[:2] == ["the", "score"]]
    assert score[-1] == "quiet"
    (walked,) = [
        text for cell in code_cells(notebook) if cell.id == "real-walk" for text in [cell.outputs[-1].get("text", "")]
    ]
    assert ("calibration alarm: since" if SMALL["DATA"] else "no folder of real studies") in walked


def what_is_planned_together_is_best_for_both(notebook: NotebookNode) -> None:
    orders = {" ".join(words[:-2]): (float(words[-2]), float(words[-1])) for words in lines_of(notebook, "table-4")}
    matches, envied = orders.pop("planned together")
    assert all(matches > other > 0 for other, _ in orders.values())
    assert all(envied < other for _, other in orders.values())
    review = shown(notebook)["table-2"]["text/html"]
    assert [fault for fault in ("contradiction", "locality", "limit table", "hole") if f">{fault}<" not in review] == []


# What the text says of a notebook's tables.
CHECKED = {
    "01_province": every_fault_planted_is_found,
    "02_scorecard": what_is_known_sooner_helps_more,
    "03_ranking": what_was_not_shown_has_no_label,
    "04_matching": what_is_planned_together_is_best_for_both,
}
