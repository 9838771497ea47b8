"""Which libraries and platform a model was fitted with; its bytes are promised on these alone."""

import hashlib
import platform
from importlib.metadata import distribution

_FITTING = ("lightgbm", "numpy", "optbinning", "ortools", "pandas", "scikit-learn", "scipy")


def libraries() -> dict[str, dict[str, str]]:
    """Return version and SHA-256 of the installed content of each library that takes part in a fit.

    The hash is over the wheel's own list of its code files and their hashes, so that it is the same whichever
    installer put it there.
    """
    return {name: {"version": distribution(name).version, "code_sha256": _code_hash(name)} for name in _FITTING}


def platform_name() -> str:
    """Return interpreter, system and processor, such as `CPython 3.11 Linux x86_64`."""
    major, minor, _ = platform.python_version_tuple()
    return f"{platform.python_implementation()} {major}.{minor} {platform.system()} {platform.machine()}"


def _code_hash(name: str) -> str:
    record = distribution(name).read_text("RECORD") or ""
    lines = sorted(line for line in record.splitlines() if line.split(",")[0].endswith((".py", ".so")))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
