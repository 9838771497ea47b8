"""Entering as a user: in this slice only users marked as demo may, by choosing themselves on the front page."""

from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import NotAllowedError
from service.store import entity_store, log_store
from service.store.entity_store import User
from service.work.home import Home


def demo_users(home: Home) -> list[User]:
    """Return the demo's users in order of role and login."""
    with home.database.read() as session:
        return [user for user in entity_store.users(session) if user.is_demo]


def enter(home: Home, login: str) -> Caller:
    """Sign in as a demo user, logged; raise `NotAllowedError` for any other login."""
    with home.database.write() as session:
        user = entity_store.user(session, login)
        if user is None or not user.is_demo:
            raise NotAllowedError("没有这个演示用户。", "There is no such demo user.")
        caller = _caller(user)
        log_store.append(session, Tag.signed_in, home.now(), caller.log_name, None, {"login": login})
    return caller


def caller_of(home: Home, login: str) -> Caller | None:
    """Return who a session's login is today, or None where the user is gone."""
    with home.database.read() as session:
        user = entity_store.user(session, login)
    return None if user is None else _caller(user)


def user_of(home: Home, login: str) -> User | None:
    """Return the user of a login, for the page's header."""
    with home.database.read() as session:
        return entity_store.user(session, login)


def _caller(user: User) -> Caller:
    return Caller(user.login, Role(user.role), user.bank, user.enterprise)
