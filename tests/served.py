"""A served copy of the demo, with what tests need to know of it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from service.access.caller import COMMAND, Caller, Role
from service.app import create_app
from service.settings import Settings
from service.store.entity_store import User
from service.work import authorise, catalogue, sign_in
from service.work.home import Home, open_home

ORIGIN = "http://testserver"


@dataclass(frozen=True)
class Site:
    """A served home with what tests need to know of it."""

    home: Home
    app: FastAPI

    def users(self, role: Role) -> list[User]:
        """Return the demo users of a role."""
        return [user for user in sign_in.demo_users(self.home) if user.role == role]

    def user(self, role: Role) -> User:
        """Return the first demo user of a role."""
        return self.users(role)[0]

    def caller(self, role: Role) -> Caller:
        """Return that user as a caller."""
        caller = sign_in.caller_of(self.home, self.user(role).login)
        assert caller is not None
        return caller

    def client(self, role: Role | None = None) -> TestClient:
        """Return a browser-like client, signed in as the role's first demo user where one is given."""
        return self.client_of(None if role is None else self.user(role))

    def client_of(self, user: User | None) -> TestClient:
        """Return a browser-like client, signed in as `user`."""
        client = TestClient(self.app, base_url=ORIGIN, headers={"Origin": ORIGIN}, follow_redirects=False)
        if user is not None:
            assert client.post("/api/session", json={"login": user.login}).status_code == 200
        return client

    @property
    def firm(self) -> str:
        """The id of the demo enterprise user's enterprise."""
        enterprise = self.caller(Role.enterprise).enterprise
        assert enterprise is not None
        return enterprise

    def products(self, *, of_bank: bool) -> list[str]:
        """Return the products of the demo bank, or those of all others."""
        bank = self.caller(Role.bank).bank
        return [one["id"] for one in self.catalogue() if (one["bank"] == bank) is of_bank]

    def catalogue(self) -> list[dict[str, Any]]:
        """Return all products."""
        return catalogue.products(self.home, COMMAND)

    def withdraw_all(self) -> None:
        """Withdraw every authorisation of the demo enterprise."""
        caller = self.caller(Role.enterprise)
        for one in authorise.of(self.home, caller):
            if authorise.is_live(one, self.home.today):
                authorise.revoke(self.home, caller, one.id)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 (SQL's values)
        """Ask the database directly, past everything of ours."""
        with sqlite3.connect(self.home.folder / "rongqiao.db") as connection:
            found = connection.execute(query, values).fetchall()
        connection.close()
        return found


@contextmanager
def serve_copy(built: Path, folder: Path) -> Iterator[Site]:
    """Copy a built home and give it as a site; close it afterwards."""
    shutil.copytree(built, folder)
    home = open_home(folder)
    yield Site(home, create_app(home, Settings()))
    home.database.close()
