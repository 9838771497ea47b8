"""Make `libgomp.so.1` loadable before LightGBM asks for it.

LightGBM's wheel needs the system's OpenMP runtime, which a bare Debian lacks. scikit-learn's wheel brings the same
runtime under a name of its own, by which the loader does not find it: a needed library is matched by its SONAME.
"""

import ctypes
import importlib.util
import os
import re
import sys
from pathlib import Path

SONAME = b"libgomp.so.1"
OWN_SONAME = re.compile(rb"\0(libgomp-[0-9a-f]+\.so\.[0-9.]+)\0")


def load_openmp() -> bool:
    """Load the system's OpenMP runtime or else scikit-learn's; return whether one could be loaded.

    Without one, LightGBM's own import says which library it misses.
    """
    if sys.platform != "linux":
        return True
    return _is_loadable(SONAME.decode()) or any(_load_renamed(copy) for copy in bundled_copies())


def bundled_copies() -> list[Path]:
    """Return the OpenMP runtimes that scikit-learn's wheel brought along, in order of their names."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parents[1].glob("scikit_learn.libs/libgomp-*.so.*"))


def renamed(library: bytes) -> bytes:
    """Return the same shared library under the SONAME that LightGBM looks for, of the same length."""
    return OWN_SONAME.sub(lambda match: b"\0" + SONAME.ljust(len(match[1]), b"\0") + b"\0", library)


def _load_renamed(copy: Path) -> bool:
    # A file in memory: the environment may be read-only, and nothing has to be cleaned up.
    if sys.platform != "linux":
        return False
    descriptor = os.memfd_create(SONAME.decode())
    with os.fdopen(descriptor, "wb") as memory:
        memory.write(renamed(copy.read_bytes()))
        memory.flush()
        return _is_loadable(f"/proc/self/fd/{descriptor}")


def _is_loadable(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
