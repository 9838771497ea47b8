"""The signed session cookie: its key, which each home makes for itself, and the login that it carries.

The cookie holds the login alone. Who that is today is read from the database at every request, so that a user who is
gone or whose role changed has no old rights.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from starlette.requests import Request

from service.errors import HomeError

COOKIE: Final = "rongqiao_session"
HOURS: Final = 8  # one working day
MAX_AGE_SECONDS: Final = HOURS * 3600
KEY_FILE: Final = "session.key"

_KEY_BYTES: Final = 32
_LOGIN: Final = "login"


def session_key(folder: Path) -> str:
    """Return the home's key for signing sessions, making a random one at the first call (its owner alone reads it)."""
    path = folder / KEY_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text(encoding="ascii").strip()
    else:
        key = secrets.token_hex(_KEY_BYTES)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key)
    if len(key) < 2 * _KEY_BYTES:
        raise HomeError(
            f"会话密钥文件 {path} 已损坏，请删除后重启。", f"The session key {path} is damaged; delete it and restart."
        )
    return key


def login_of(request: Request) -> str | None:
    """Return the login that the request's cookie carries, or None."""
    login = request.session.get(_LOGIN)
    return login if isinstance(login, str) else None


def begin(request: Request, login: str) -> None:
    """Start a session as `login`; nothing of an earlier one is kept."""
    request.session.clear()
    request.session[_LOGIN] = login


def end(request: Request) -> None:
    """End the session."""
    request.session.clear()
