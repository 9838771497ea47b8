"""Print what pip would take for a setting, such as `index-url`: its environment variable first, else its files.

Needs Python alone: on a machine that has uv there may be no pip to ask.
"""

import configparser
import os
import sys
from collections.abc import Iterator
from pathlib import Path


def files() -> Iterator[Path]:
    """Yield pip's configuration files, the stronger later: the system's, the user's, the one PIP_CONFIG_FILE names."""
    named = os.environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:  # pip's way to say: no file at all
        return
    for folder in reversed(os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")):
        yield Path(folder, "pip/pip.conf")
    yield Path("/etc/pip.conf")
    yield Path.home() / ".pip/pip.conf"
    yield Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"), "pip/pip.conf")
    if named:
        yield Path(named)


def setting(name: str) -> str:
    """Return the setting's value, empty where pip has none."""
    variable = os.environ.get(f"PIP_{name.upper().replace('-', '_')}", "")
    if variable:
        return variable
    read = configparser.RawConfigParser()
    read.read(files(), encoding="utf-8")
    found = ""
    for section in ("global", "install"):
        found = read.get(section, name, fallback=found)
    return " ".join(found.split())


if __name__ == "__main__":
    sys.stdout.write(setting(sys.argv[1]))
