"""The one guard: what a caller may read of which firms on a day, asked before any fact is opened.

The answer rests on authorisations and grounds and is a `Permit`. Its `access` is the only thing that opens the door
`service.store.facts`; where a firm has neither authorisation nor ground, it covers the public tables alone. Live means
on the day of the request, whatever day is asked about.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from features.scope import PUBLIC
from features.tables import TABLES
from service.access.caller import Caller, Ground, Kind, Purpose, Role
from service.errors import ConsentChangedError, NotAllowedError
from service.store import consent_store, entity_store
from service.store.engine import Session
from service.store.facts import Access, Grant

PUBLIC_BASIS = "public"
AUTHORISATION_BASIS = "authorisation"
EVERYTHING = frozenset(TABLES)


@dataclass(frozen=True, slots=True)
class Permit:
    """What the guard allowed: the question, the opened access, and the authorisations and grounds it rests on."""

    caller: Caller
    purpose: Purpose
    day: date
    asked: tuple[str, ...] | None
    access: Access
    authorisations: tuple[int, ...]
    grounds: tuple[str, ...]

    @property
    def covered(self) -> frozenset[str]:
        """The firms of which more than the public tables may be read."""
        return frozenset(
            enterprise
            for grant in self.access.grants
            if grant.basis != PUBLIC_BASIS
            for enterprise in grant.enterprises or ()
        )

    @property
    def beyond_public(self) -> Access:
        """The access to the firms of which more than the public tables may be read."""
        return self._part(is_public=False)

    @property
    def public_alone(self) -> Access:
        """The access to the firms of which the public tables alone may be read."""
        return self._part(is_public=True)

    def _part(self, *, is_public: bool) -> Access:
        grants = tuple(grant for grant in self.access.grants if (grant.basis == PUBLIC_BASIS) == is_public)
        return Access(grants, self.access.purpose)


def permit(
    session: Session, caller: Caller, purpose: Purpose, day: date, enterprises: Sequence[str] | None = None
) -> Permit:
    """Return what `caller` may read for `purpose` on `day` of `enterprises` (None: of all firms of the home).

    A bank reads for matching what was authorised to the platform, for other purposes what was authorised to it by name;
    an enterprise reads of itself what it authorised for matching; the operator reads by grounds, and what was
    authorised for model training; a regulator reads no facts. Raises `NotAllowedError` where the role may never read
    for the purpose.
    """
    asked = None if enterprises is None else tuple(sorted(set(enterprises)))
    _require_role(caller, purpose, asked)
    names = asked if asked is not None else tuple(entity_store.enterprise_ids(session))
    given = _authorised(session, caller, purpose, day, asked)
    bases = _grounds(session, caller, purpose, asked)
    return _permit(caller, purpose, day, asked, names, given, bases)


def platform_permit(session: Session, day: date) -> Permit:
    """Return what the platform may compute ahead of a question: all that matching authorisations and grounds allow."""
    caller = Caller("platform", Role.operator)
    given = consent_store.live(session, kind=Kind.matching, purpose=Purpose.matching, day=day)
    bases = consent_store.grounds(session, purpose=Purpose.evaluation)
    names = tuple(entity_store.enterprise_ids(session))
    return _permit(caller, Purpose.matching, day, None, names, given, bases)


def telling_permit(session: Session, day: date) -> Permit:
    """Return what the platform may compute of every firm to tell that firm alone, as it would answer the firm itself.

    That is what the firm authorised for matching, else the public tables; no ground adds to it.
    """
    given = consent_store.live(session, kind=Kind.matching, purpose=Purpose.matching, day=day)
    names = tuple(entity_store.enterprise_ids(session))
    return _permit(Caller("platform", Role.operator), Purpose.matching, day, None, names, given, ())


def require_unchanged(session: Session, before: Permit) -> None:
    """Raise `ConsentChangedError` unless the guard still gives what it gave; asked in the transaction that answers."""
    if permit(session, before.caller, before.purpose, before.day, before.asked) != before:
        raise ConsentChangedError


def _require_role(caller: Caller, purpose: Purpose, asked: tuple[str, ...] | None) -> None:
    match caller.role:
        case Role.operator:
            allowed = purpose in (Purpose.evaluation, Purpose.model_training)
        case Role.bank:
            allowed = caller.bank is not None and purpose not in (Purpose.evaluation, Purpose.model_training)
        case Role.enterprise:
            allowed = purpose is Purpose.matching and caller.enterprise is not None and asked == (caller.enterprise,)
        case Role.regulator:
            allowed = False
    if not allowed:
        raise NotAllowedError("您的角色不能为此目的读取企业数据。", "Your role may not read facts for this purpose.")


def _authorised(
    session: Session, caller: Caller, purpose: Purpose, day: date, asked: tuple[str, ...] | None
) -> list[consent_store.Authorisation]:
    if caller.role is Role.operator and purpose is not Purpose.model_training:
        return []
    to_bank = caller.role is Role.bank and purpose is not Purpose.matching
    found = consent_store.live(
        session,
        kind=Kind.query if to_bank else Kind.matching,
        purpose=purpose,
        day=day,
        bank=caller.bank if to_bank else None,
        enterprise=asked[0] if asked is not None and len(asked) == 1 else None,
    )
    return found if asked is None else [one for one in found if one.enterprise in set(asked)]


def _grounds(
    session: Session, caller: Caller, purpose: Purpose, asked: tuple[str, ...] | None
) -> list[consent_store.GroundRecord]:
    if caller.role is not Role.operator:
        return []
    return consent_store.grounds(session, purpose=purpose, enterprises=asked)


def _permit(  # noqa: PLR0913, PLR0917 (the question, the firms and the two bases)
    caller: Caller,
    purpose: Purpose,
    day: date,
    asked: tuple[str, ...] | None,
    names: Iterable[str],
    given: Sequence[consent_store.Authorisation],
    bases: Sequence[consent_store.GroundRecord],
) -> Permit:
    authorised: dict[str, set[str]] = defaultdict(set)
    for one in given:
        authorised[one.enterprise] |= one.tables & EVERYTHING
    grounded = {record.enterprise: record.ground for record in bases}
    groups: dict[tuple[str, frozenset[str]], list[str]] = defaultdict(list)
    for name in names:
        if name in grounded:
            groups[(f"ground:{grounded[name]}", EVERYTHING)].append(name)
        elif authorised.get(name):
            groups[(AUTHORISATION_BASIS, frozenset(authorised[name]) | PUBLIC.tables)].append(name)
        else:
            groups[(PUBLIC_BASIS, PUBLIC.tables)].append(name)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], sorted(item[0][1])))
    grants = tuple(Grant(tuple(sorted(firms)), tables, basis) for (basis, tables), firms in ordered)
    return Permit(
        caller=caller,
        purpose=purpose,
        day=day,
        asked=asked,
        access=Access(grants, purpose.value),
        authorisations=tuple(sorted(one.id for one in given)),
        grounds=tuple(sorted({str(Ground(ground)) for ground in grounded.values()})),
    )
