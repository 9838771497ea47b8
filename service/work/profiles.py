"""A profile for a reader: an enterprise its own, a bank those that were opened to it by name; viewing is logged."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import FEATURES, Block, Unit
from features.tables import TABLES
from matching.amounts import PPM
from matching.sentence import value_words
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.audit.tags import Tag
from service.errors import ConsentMissingError, NotAllowedError
from service.store import log_store
from service.work.catalogue import find_enterprise
from service.work.home import Home
from service.work.profile import known_day, rows

BLOCKS: Final[dict[Block, tuple[str, str]]] = {
    Block.registry: ("工商登记", "registry"),
    Block.invoices: ("发票", "invoices"),
    Block.tax: ("纳税", "tax"),
    Block.credit: ("信贷", "credit"),
    Block.public_record: ("司法与行政处罚", "public record"),
    Block.qualifications: ("登记变更与荣誉资质", "changes and qualifications"),
    Block.employment: ("用工与社保", "employment"),
}


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One feature of a profile in words, or who can supply what it misses; a technical one serves models alone."""

    name: str
    zh: str
    en: str
    block: str
    block_zh: str
    block_en: str
    text: str
    source_zh: str
    is_missing: bool
    who_zh: str
    is_technical: bool


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as shown."""

    enterprise: str
    name: str
    as_of: date
    rows: list[ProfileRow]
    log_entry: int
    authorised: bool


def view(home: Home, caller: Caller, enterprise: str, as_of: date | None = None) -> ProfileView:
    """Return an enterprise's profile, logged first.

    An enterprise sees its own (what it has authorised, else public records alone); a bank needs a live `query`
    authorisation to it (`ConsentMissingError`); the operator needs a ground.
    """
    purpose = {
        Role.enterprise: Purpose.matching,
        Role.bank: Purpose.due_diligence,
        Role.operator: Purpose.evaluation,
        Role.regulator: None,
    }[caller.role]
    if purpose is None:
        raise NotAllowedError("监管用户只查阅日志，不查阅企业画像。", "A regulator reads the log, not profiles.")
    as_of = known_day(home, as_of)
    with home.database.read() as session:
        found = find_enterprise(session, enterprise)
        permit = consent.permit(session, caller, purpose, home.today, (found.id,))
    authorised = bool(permit.covered)
    if not authorised and caller.role is not Role.enterprise:
        raise ConsentMissingError(
            "该企业尚未授权贵机构查看其画像。", "This enterprise has not authorised you to see its profile."
        )
    table = rows(home, permit.access, as_of)
    values = table.to_pylist()[0]
    with home.database.write() as session:
        consent.require_unchanged(session, permit)
        body = {
            "purpose": purpose.value,
            "as_of": as_of.isoformat(),
            "authorisations": list(permit.authorisations),
            "grounds": list(permit.grounds),
            "facts": home.facts.digest(),
            "shown": sorted(name for name, value in values.items() if value is not None and name in FEATURES),
        }
        number = log_store.append(session, Tag.profile_viewed, home.now(), caller.log_name, found.id, body)
    shown = [_row(name, values[name]) for name in table.column_names if name not in {ENTERPRISE, AS_OF}]
    return ProfileView(found.id, found.name, as_of, shown, number, authorised)


def _row(name: str, value: object) -> ProfileRow:
    feature = FEATURES[name]
    tables = [TABLES[one] for one in sorted(feature.tables)]
    block_zh, block_en = BLOCKS[feature.block]
    return ProfileRow(
        name=name,
        zh=feature.zh,
        en=feature.en,
        block=str(feature.block),
        block_zh=block_zh,
        block_en=block_en,
        text="" if value is None else value_words(feature, _whole(value)).zh,
        source_zh="、".join(table.zh for table in tables),
        is_missing=value is None,
        who_zh="、".join(dict.fromkeys(table.supplier_zh for table in tables)),
        is_technical=feature.unit == Unit.log,
    )


def _whole(value: object) -> int | str:
    """Return a profile's value as matching words it: ratios in millionths, days as ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value * PPM)
    return value if isinstance(value, int | str) else str(value)
