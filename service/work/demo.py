"""The demo: a synthetic province taken in as any delivery is, with authorisations, users and a first answer each."""

import shutil
import tempfile
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

from features.tables import TABLES
from matching.province import Province, build_world, demo_authorisations
from matching.province.tables import write_tables
from models.errors import ModelError
from service.access.caller import COMMAND, Caller, Ground, Kind, Purpose, Role
from service.errors import BadRequestError, HomeError, NothingToDoError
from service.store import consent_store, entity_store
from service.store.consent_store import Authorisation
from service.store.engine import DATABASE_FILE
from service.store.entity_store import User
from service.work import authorise, deliver, match, match_log, profile, train
from service.work.catalogue import catalogue
from service.work.home import Home, open_or_create_home
from service.work.sign_in import demo_users

SCHEME = "uscc"
FEWEST, MOST = 50, 200_000
LOGINS_PER_KIND = 2  # enterprises with and without an authorisation, and banks, that one can enter as

Say = Callable[[str], None]


def build(folder: Path, *, enterprises: int, seed: int, say: Say) -> Home:
    """Build the demo in a folder that holds no other home; a demo that is there already is opened as it is.

    Raises `BadRequestError` for a number of enterprises out of range, `HomeError` where another home is in the folder.
    """
    if not FEWEST <= enterprises <= MOST:
        raise BadRequestError(
            f"企业数应在 {FEWEST} 到 {MOST} 之间。", f"Between {FEWEST} and {MOST} enterprises, please."
        )
    if (folder / DATABASE_FILE).is_file():
        home = open_or_create_home(folder)
        _require_demo(home)
        say(f"演示数据已在 {folder} the demo is there already")
        return home
    if folder.is_dir() and any(folder.iterdir()):
        raise HomeError(
            f"目录 {folder} 不是空的，请用 --home 另选目录。", f"{folder} is not empty; choose with --home."
        )
    # Built beside and moved into place whole: a demo that was interrupted is begun anew, never served in part.
    scratch = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(scratch, ignore_errors=True)
    home = open_or_create_home(scratch)
    _fill(home, enterprises, seed, say)
    home.database.close()
    scratch.rename(folder)
    return open_or_create_home(folder)


def _fill(home: Home, enterprises: int, seed: int, say: Say) -> None:
    say(f"生成 {enterprises} 户企业 building a province of {enterprises} enterprises, seed {seed}")
    province, _ = build_world(enterprises, seed)  # the latent truth is let go of: no home ever holds it
    _deliver(home, province, say)
    _authorise(home, province, seed)
    built = profile.build(home, COMMAND)
    say(f"画像 profiles as of {built.as_of}: {built.enterprises}")
    _train(home, say)
    _put_users(home)
    _first_answers(home, say)


def logins(home: Home) -> list[User]:
    """Return the demo's users, for the command to print."""
    return demo_users(home)


def _require_demo(home: Home) -> None:
    if not demo_users(home):
        raise HomeError(
            f"目录 {home.folder} 中已有其他数据，请用 --home 另选目录。",
            f"{home.folder} holds another home; choose a folder with --home.",
        )


def _deliver(home: Home, province: Province, say: Say) -> None:
    with tempfile.TemporaryDirectory(prefix="rongqiao-") as scratch:
        write_tables(province.tables, Path(scratch))
        report = deliver.take(home, COMMAND, Path(scratch), "tables", ground=Ground.synthetic)
    counts = report.counts().values()
    taken, held = (sum(one[key] for one in counts) for key in ("taken", "quarantined"))
    say(f"接收 taken {taken} 行 rows, 隔离 quarantined {held}")


def _train(home: Home, say: Say) -> None:
    """Train where the province has outcomes enough; a small one is matched without a model."""
    try:
        trained = train.train(home, COMMAND)
    except (ModelError, NothingToDoError) as error:
        say(f"未训练模型 no model: {error}")
        return
    for line in trained.sentences():
        say(line)


def _authorise(home: Home, province: Province, seed: int) -> None:
    with home.database.read() as session:
        banks = sorted({product.bank for product in catalogue(session).products})
        known = set(entity_store.enterprise_ids(session))
    rows = demo_authorisations(province, banks, seed).to_pylist()
    until = home.today + timedelta(days=authorise.TERM_DAYS)
    given = [
        Authorisation(firm, row["kind"], purpose, frozenset(TABLES), home.today, until, row["bank"])
        for row in rows
        for firm in [f"{SCHEME}:{row['enterprise']}"]
        for purpose in row["purposes"]
        if firm in known
    ]
    authorise.give(home, COMMAND, given)


def _put_users(home: Home) -> None:
    """Give the demo its users: officers of the first banks, a regulator, firms with and without an authorisation."""
    with home.database.read() as session:
        products = catalogue(session).products
        live = consent_store.live(session, kind=Kind.matching, purpose=Purpose.matching, day=home.today)
        names = entity_store.names(session)
    authorised = {one.enterprise for one in live}
    banks = dict(sorted({product.bank: product.bank_name for product in products}.items()))
    officers = [
        User(f"bank-{number}", Role.bank, f"{name} 客户经理", bank=bank, is_demo=True)
        for number, (bank, name) in enumerate(list(banks.items())[:LOGINS_PER_KIND], start=1)
    ]
    chosen = _telling_firms(home, products[0].id, authorised)
    firms = [
        User(f"firm-{number}", Role.enterprise, names[firm], enterprise=firm, is_demo=True)
        for number, firm in enumerate(chosen, start=1)
    ]
    with home.database.write() as session:
        entity_store.put_users(
            session,
            [
                *officers,
                *firms,
                User("regulator", Role.regulator, "监管人员", is_demo=True),
                User("operator", Role.operator, "平台运营人员", is_demo=True),
            ],
        )


def _telling_firms(home: Home, product: str, authorised: Collection[str]) -> list[str]:
    """Return firms worth entering as: some that authorised, best and middling for a product, and some that did not."""
    found = match.enterprises_for(home, COMMAND, product, match.Question()).document
    ranked = [row["enterprise"] for row in (*found["fits"], *found["may_fit"])] or [
        row["enterprise"] for row in found["does_not_fit"]
    ]
    given = [one for one in ranked if one in authorised]
    not_given = [one for one in ranked if one not in authorised]
    return [*given[:1], *given[len(given) // 2 :][:1], *not_given[:1]]


def _first_answers(home: Home, say: Say) -> None:
    """Ask once as each demo login, so that the log and the pages are not empty."""
    with home.database.read() as session:
        products = catalogue(session).products
    for user in demo_users(home):
        caller = Caller(user.login, Role(user.role), user.bank, user.enterprise)
        if user.enterprise is not None:
            answer = match.products_for(home, caller, user.enterprise, match.Question())
        elif user.bank is not None:
            product = next(one.id for one in products if one.bank == user.bank)
            answer = match.enterprises_for(home, caller, product, match.Question())
        else:
            if caller.role is Role.regulator:
                match_log.entries(home, caller)
            continue
        counts = answer.document["counts"]
        say(f"{user.login}: 符合 fits {counts['fits']}，可能 may {counts['may_fit']}，否 no {counts['does_not_fit']}")
