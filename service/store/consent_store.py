"""Rows of authorisations and grounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from service.store.engine import Session
from service.store.orm import AuthorisationRow, EnterpriseRow, GroundRow


@dataclass(frozen=True, slots=True)
class Authorisation:
    """An authorisation, live from `valid_from` through `valid_until`; `bank` is None for kind `matching`."""

    enterprise: str
    kind: str
    purpose: str
    tables: frozenset[str]
    valid_from: date
    valid_until: date
    bank: str | None = None
    revoked_on: date | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class GroundRecord:
    """A ground without consent for one enterprise and its purposes."""

    enterprise: str
    ground: str
    purposes: frozenset[str]


def live(  # noqa: PLR0913 (each is one column of the question)
    session: Session,
    *,
    kind: str,
    purpose: str,
    day: date,
    bank: str | None = None,
    enterprise: str | None = None,
) -> list[Authorisation]:
    """Return the authorisations of that kind and purpose that hold on `day`, in order of number."""
    query = select(AuthorisationRow).where(
        AuthorisationRow.kind == kind,
        AuthorisationRow.purpose == purpose,
        AuthorisationRow.valid_from <= day,
        AuthorisationRow.valid_until >= day,
        or_(AuthorisationRow.revoked_on.is_(None), AuthorisationRow.revoked_on > day),
    )
    if bank is not None:
        query = query.where(AuthorisationRow.bank == bank)
    if enterprise is not None:
        query = query.where(AuthorisationRow.enterprise == enterprise)
    return [_authorisation(row) for row in session.scalars(query.order_by(AuthorisationRow.id))]


def of_enterprise(session: Session, enterprise: str) -> list[Authorisation]:
    """Return all authorisations that an enterprise ever gave, newest first."""
    query = select(AuthorisationRow).where(AuthorisationRow.enterprise == enterprise)
    return [_authorisation(row) for row in session.scalars(query.order_by(AuthorisationRow.id.desc()))]


def give(session: Session, authorisations: Iterable[Authorisation]) -> int:
    """Add authorisations in this transaction; return how many."""
    rows = [
        AuthorisationRow(
            enterprise=given.enterprise,
            bank=given.bank,
            kind=given.kind,
            purpose=given.purpose,
            tables=",".join(sorted(given.tables)),
            valid_from=given.valid_from,
            valid_until=given.valid_until,
        )
        for given in authorisations
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)


def revoke(session: Session, authorisation_id: int, enterprise: str, day: date) -> bool:
    """Withdraw an authorisation of `enterprise` from `day` on; return whether there was one in force."""
    row = session.get(AuthorisationRow, authorisation_id)
    if row is None or row.enterprise != enterprise or row.revoked_on is not None or row.valid_until < day:
        return False
    row.revoked_on = day
    session.flush()
    return True


def grounds(session: Session, *, purpose: str, enterprises: Sequence[str] | None = None) -> list[GroundRecord]:
    """Return the grounds that allow `purpose`, in order of enterprise."""
    query = select(GroundRow).order_by(GroundRow.enterprise, GroundRow.ground)
    if enterprises is not None and len(enterprises) == 1:
        query = query.where(GroundRow.enterprise == enterprises[0])
    wanted = None if enterprises is None else set(enterprises)
    found = (
        GroundRecord(row.enterprise, row.ground, frozenset(row.purposes.split(","))) for row in session.scalars(query)
    )
    return [one for one in found if purpose in one.purposes and (wanted is None or one.enterprise in wanted)]


def version(session: Session) -> tuple[int, ...]:
    """Return numbers that change with every authorisation given or withdrawn, every ground and every enterprise."""
    given = select(func.count(), func.max(AuthorisationRow.id), func.count(AuthorisationRow.revoked_on))
    numbers = [*session.execute(given).one(), session.scalar(select(func.count()).select_from(GroundRow))]
    numbers.append(session.scalar(select(func.count()).select_from(EnterpriseRow)))
    return tuple(number or 0 for number in numbers)


def record_grounds(session: Session, records: Iterable[GroundRecord], day: date) -> int:
    """Record grounds that are not there yet; return how many are new."""
    have = {
        (enterprise, ground) for enterprise, ground in session.execute(select(GroundRow.enterprise, GroundRow.ground))
    }
    known = set(session.scalars(select(EnterpriseRow.id)))
    rows = [
        GroundRow(
            enterprise=record.enterprise,
            ground=record.ground,
            purposes=",".join(sorted(record.purposes)),
            recorded_on=day,
        )
        for record in records
        if (record.enterprise, record.ground) not in have and record.enterprise in known
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)


def _authorisation(row: AuthorisationRow) -> Authorisation:
    return Authorisation(
        enterprise=row.enterprise,
        kind=row.kind,
        purpose=row.purpose,
        tables=frozenset(row.tables.split(",")) - {""},
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        bank=row.bank,
        revoked_on=row.revoked_on,
        id=row.id,
    )
