"""Ceilings per client address, in memory: sign-ins and public readings write log entries, so a loop could fill it."""

import time
from collections import deque
from threading import Lock
from typing import ClassVar, Final

from starlette.requests import Request

from service.errors import ServiceError

WINDOW_SECONDS: Final = 60
MOST_CLIENTS: Final = 10_000


class TooManyError(ServiceError):
    """One address did something too often within a minute."""

    status = 429
    retry_after_seconds: ClassVar[int] = WINDOW_SECONDS


class TooManySignInsError(TooManyError):
    """One address signed in too often within a minute."""

    kind = "too-many-sign-ins"

    def __init__(self) -> None:
        """Ask to wait."""
        super().__init__("登录过于频繁，请一分钟后再试。", "Too many sign-ins; try again in a minute.")


class TooManyReadsError(TooManyError):
    """One address read what is public too often within a minute."""

    kind = "too-many-reads"

    def __init__(self) -> None:
        """Ask to wait."""
        super().__init__("查询过于频繁，请一分钟后再试。", "Too many readings; try again in a minute.")


class SignInLimit:
    """At most `most` sign-ins per address within a minute."""

    refusal: ClassVar[type[TooManySignInsError | TooManyReadsError]] = TooManySignInsError

    def __init__(self, most: int) -> None:
        """Start with nobody counted."""
        self.most = most
        self._lock = Lock()
        self._seen: dict[str, deque[float]] = {}

    def count(self, client: str) -> None:
        """Count one; raise the `refusal` where it is one too many."""
        now = time.monotonic()
        with self._lock:
            if len(self._seen) >= MOST_CLIENTS:
                self._seen.clear()  # forgetting is safe: it only gives everyone a new minute
            times = self._seen.setdefault(client, deque())
            while times and times[0] <= now - WINDOW_SECONDS:
                times.popleft()
            if len(times) >= self.most:
                raise self.refusal
            times.append(now)


def limit_sign_in(request: Request) -> None:
    """Count a sign-in of the request's client; raise `TooManySignInsError` where it is one too many."""
    limit: SignInLimit = request.app.state.sign_ins
    limit.count(request.client.host if request.client else "")


class PublicReadLimit(SignInLimit):
    """At most `most` readings of what is public per address within a minute."""

    refusal = TooManyReadsError


def limit_public_read(request: Request) -> None:
    """Count a public reading of the request's client; raise `TooManyReadsError` where it is one too many."""
    limit: PublicReadLimit = request.app.state.public_reads
    limit.count(request.client.host if request.client else "")
