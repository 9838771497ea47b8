"""A ceiling on sign-ins per client address, in memory: each writes a log entry, so a loop could fill the log."""

import time
from collections import deque
from threading import Lock
from typing import ClassVar, Final

from starlette.requests import Request

from service.errors import ServiceError

WINDOW_SECONDS: Final = 60
MOST_CLIENTS: Final = 10_000


class TooManySignInsError(ServiceError):
    """One address signed in too often within a minute."""

    status = 429
    kind = "too-many-sign-ins"
    retry_after_seconds: ClassVar[int] = WINDOW_SECONDS

    def __init__(self) -> None:
        """Ask to wait."""
        super().__init__("登录过于频繁，请一分钟后再试。", "Too many sign-ins; try again in a minute.")


class SignInLimit:
    """At most `most` sign-ins per address within a minute."""

    def __init__(self, most: int) -> None:
        """Start with nobody counted."""
        self.most = most
        self._lock = Lock()
        self._seen: dict[str, deque[float]] = {}

    def count(self, client: str) -> None:
        """Count one sign-in; raise `TooManySignInsError` where it is one too many."""
        now = time.monotonic()
        with self._lock:
            if len(self._seen) >= MOST_CLIENTS:
                self._seen.clear()  # forgetting is safe: it only gives everyone a new minute
            times = self._seen.setdefault(client, deque())
            while times and times[0] <= now - WINDOW_SECONDS:
                times.popleft()
            if len(times) >= self.most:
                raise TooManySignInsError
            times.append(now)


def limit_sign_in(request: Request) -> None:
    """Count a sign-in of the request's client; raise `TooManySignInsError` where it is one too many."""
    limit: SignInLimit = request.app.state.sign_ins
    limit.count(request.client.host if request.client else "")
