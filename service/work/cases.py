"""Files of cases found, read and run: what holds, what does not, and what cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from matching.cases import Difference, run_cases
from matching.cases_file import Broken, CaseFile, read_cases
from matching.errors import CaseError, MatchingError
from matching.product import Product, sample_products
from service.errors import BadRequestError

SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one file; `read` is None where it could not be read."""

    file: str
    read: CaseFile | None
    differences: tuple[Difference, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def holds(self) -> bool:
        """Say whether every case could be read and came as expected."""
        return not self.differences and not self.broken


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all files, in the order of their names."""

    files: tuple[Ran, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Say whether everything came as expected."""
        return all(one.holds for one in self.files)

    @property
    def cases(self) -> int:
        """Count the cases that were run."""
        return sum(len(one.read.cases) for one in self.files if one.read is not None)

    @property
    def published(self) -> int:
        """Count those that were run on a product of the list of published ones."""
        files = (one.read for one in self.files if one.read is not None and one.read.source is not None)
        return sum(len(one.cases) for one in files)


def run(path: Path) -> Report:
    """Run a file of cases, or all of a folder; BadRequestError where there is none."""
    paths = sorted(_files(path))
    if not paths:
        raise BadRequestError(f"{path}：没有用例文件（*.yaml）。", f"{path}: there is no file of cases (*.yaml).")
    packaged = {product.id: product for product in sample_products()}
    root = path if path.is_dir() else path.parent
    return Report(tuple(_ran(one, one.relative_to(root).as_posix(), packaged) for one in paths))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file())
    elif path.is_file():
        yield path


def _ran(path: Path, name: str, packaged: dict[str, Product]) -> Ran:
    try:
        read = read_cases(path.read_text(encoding="utf-8"), packaged, lambda beside: _beside(path, beside))
        return Ran(name, read, run_cases(read), read.broken)
    except MatchingError as error:
        return Ran(name, None, broken=(Broken("", str(error)),))
    except (OSError, UnicodeDecodeError):
        return Ran(name, None, broken=(Broken("", "cannot be read as UTF-8 text"),))


def _beside(path: Path, name: str) -> str:
    if Path(name).name != name:
        raise CaseError(f"product: {name} does not stand beside the file of cases")
    try:
        return (path.parent / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CaseError(f"product: {name} cannot be read as UTF-8 text") from None
