"""Rows of enterprises and users."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from service.store.engine import Session
from service.store.orm import EnterpriseRow, UserRow


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise by id (`scheme:value`) and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """Someone who signs in."""

    login: str
    role: str
    name: str
    bank: str | None = None
    enterprise: str | None = None
    is_demo: bool = False


def enterprises(session: Session) -> list[Enterprise]:
    """Return all enterprises in order of id."""
    rows = session.execute(select(EnterpriseRow.id, EnterpriseRow.name).order_by(EnterpriseRow.id))
    return [Enterprise(id_, name) for id_, name in rows]


def enterprise_ids(session: Session) -> list[str]:
    """Return the ids of all enterprises in order."""
    return list(session.scalars(select(EnterpriseRow.id).order_by(EnterpriseRow.id)))


def names(session: Session, ids: Iterable[str] | None = None) -> dict[str, str]:
    """Return the name of each enterprise of `ids` (None: of all)."""
    wanted = None if ids is None else set(ids)
    return {one.id: one.name for one in enterprises(session) if wanted is None or one.id in wanted}


def find(session: Session, id_or_value: str) -> list[Enterprise]:
    """Return the enterprises whose id is the text, else those whose bare value it is (one per scheme)."""
    row = session.get(EnterpriseRow, id_or_value)
    if row is not None:
        return [Enterprise(row.id, row.name)]
    query = select(EnterpriseRow).where(EnterpriseRow.value == id_or_value).order_by(EnterpriseRow.id)
    return [Enterprise(found.id, found.name) for found in session.scalars(query)]


def count(session: Session) -> int:
    """Return how many enterprises there are."""
    return session.scalar(select(func.count()).select_from(EnterpriseRow)) or 0


def put_enterprises(session: Session, found: Iterable[tuple[str, str, str]]) -> int:
    """Add or rename enterprises given as (id, scheme, name); return how many are new."""
    have = {row.id: row for row in session.scalars(select(EnterpriseRow))}
    new = 0
    for id_, scheme, name in found:
        row = have.get(id_)
        if row is None:
            value = id_.removeprefix(f"{scheme}:")
            session.add(EnterpriseRow(id=id_, scheme=scheme, value=value, name=name))
            new += 1
        elif row.name != name:
            row.name = name
    session.flush()
    return new


def put_users(session: Session, users: Iterable[User]) -> None:
    """Add or replace users."""
    for user in users:
        session.merge(
            UserRow(
                login=user.login,
                role=user.role,
                name=user.name,
                bank=user.bank,
                enterprise=user.enterprise,
                is_demo=user.is_demo,
            )
        )
    session.flush()


def user(session: Session, login: str) -> User | None:
    """Return the user of that login, or None."""
    row = session.get(UserRow, login)
    return None if row is None else _user(row)


def users(session: Session) -> list[User]:
    """Return all users in order of role and login."""
    return [_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.role, UserRow.login))]


def _user(row: UserRow) -> User:
    return User(row.login, row.role, row.name, row.bank, row.enterprise, row.is_demo)
