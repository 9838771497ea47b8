"""The command `rongqiao`. Exit 0: done; 1: the work failed, with a sentence why; 2: wrong use."""

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("features", "models", "matching")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    stranger = _another_package()
    if stranger is not None:
        sys.stderr.write(f"rongqiao: 包 {stranger} 属于别的程序，请在独立环境中安装。 The package is not ours.\n")
        return 1
    from service.cli import parser  # noqa: PLC0415 (only once it is certain whose packages these are)

    return parser.run(argv)


def _another_package() -> str | None:
    """Return the first of our top-level packages that Python would take from elsewhere."""
    root = Path(__file__).resolve().parents[2]
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        where = None if spec is None or spec.origin is None else Path(spec.origin).resolve().parents[1]
        if where != root:
            return f"{name} ({where})"
    return None
