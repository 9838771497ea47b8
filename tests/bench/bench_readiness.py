"""Firms that wait, told day by day: every firm that comes to fit is told the next morning, once, and nobody else.

A province's facts are delivered each morning as they became known the day before, and all goals are looked at again.
Beside it every goal is judged on every day from the tables alone, in one pass over what was known by then, without the
home. Firms differ: most authorise matching, some do so midway, some no longer from midway on, some not at all; some opt
out, some give their goals up. `--size full` takes 2,000 firms over 60 days, `--size small` 300 over 20; the last line
is JSON, and the exit code 1 where a firm was told late, wrongly or twice.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.engine import ArrowSources, build_profiles
from features.scope import PUBLIC
from features.tables import TABLES
from matching.compile import YES
from matching.eligibility import Request, Requests, evaluate
from matching.frame import Frame
from matching.product import Product, sample_products
from matching.province import Province, build_world
from matching.province.ranking_study import stored_tables
from matching.province.tables import write_tables
from service.access.caller import COMMAND, Caller, Ground, Kind, Purpose, Role
from service.store.consent_store import Authorisation
from service.store.engine import DATABASE_FILE
from service.work import authorise, deliver, profile, readiness
from service.work.home import Home, open_or_create_home

KNOWN_ON, ENTERPRISE = "known_on", "enterprise"
SEED = 11
#: After so many mornings the profiles are built beforehand, as a night's work does, so that goals are read from them.
BUILT_EVERY = 5
DAY = timedelta(days=1)
Verdicts = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Size:
    """Firms of the province, days that pass, firms that wait, and goals they keep together."""

    firms: int
    days: int
    waiting: int
    goals: int


SIZES = {"small": Size(300, 20, 250, 60), "full": Size(2_000, 60, 800, 200)}


class Consent(StrEnum):
    """What a firm lets the platform read for matching, and from when to when."""

    always = "always"
    never = "never"
    later = "later"
    ends = "ends"


@dataclass(frozen=True)
class Firm:
    """A firm that waits: its id, its number, what it lets be read, and whether it wants to be told."""

    id: str
    number: int
    consent: Consent
    is_quiet: bool

    @property
    def caller(self) -> Caller:
        """The firm as it enters."""
        return Caller(f"of-{self.id}", Role.enterprise, enterprise=self.id)

    def asks(self, product: Product) -> Request:
        """Return what the firm asks of a product: nothing, or the least that it lends."""
        return Request() if self.number % 2 else Request(product.amount_min_fen, product.term_min_months)


@dataclass(frozen=True)
class Days:
    """The day of which the firms start, and the days after it; each is worked on the morning after it."""

    first: date
    after: tuple[date, ...]

    @property
    def middle(self) -> date:
        """The morning on which some authorise, and from which on others no longer do."""
        return self.after[len(self.after) // 2] + DAY


class Clock:
    """The home's clock: eight in the morning, China time, of the day it is set to."""

    def __init__(self, day: date) -> None:
        """Start on a day."""
        self.day = day

    def __call__(self) -> datetime:
        """Return the moment in UTC."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)


def main() -> int:
    """Play the days, judge them, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    for name in ("firms", "days", "waiting", "goals"):
        parser.add_argument(f"--{name}", type=int, help="another number than that of the size")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    asked = {name: getattr(given, name) for name in ("firms", "days", "waiting", "goals")}
    size = replace(SIZES[given.size], **{name: number for name, number in asked.items() if number is not None})
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-") as folder:
        figures = run(Path(folder), size, given.seed)
    print(json.dumps(figures))
    return 1 if figures["told_late"] or figures["told_wrongly"] or figures["told_twice"] else 0


def run(folder: Path, size: Size, seed: int) -> dict[str, Any]:
    """Return the figures of one province, its home built in an empty folder."""
    started = time.monotonic()
    province, _ = build_world(size.firms, seed, dirty=False)
    first = province.end - size.days * DAY
    days = Days(first, tuple(first + number * DAY for number in range(1, size.days + 1)))
    rng = np.random.default_rng(seed)
    firms = waiting_firms(province, days.first, size.waiting, rng)
    products = sample_products()
    verdicts = judge(province, firms, products, days)
    said(started, f"{len(firms)} firms judged on {len(days.after) + 1} days")
    goals = chosen(verdicts, firms, size.goals, rng)
    clock = Clock(days.first + DAY)
    home = open_or_create_home(folder / "home", now=clock)
    begin(home, province, firms, days)
    kept = keep_goals(home, [(firms[one], products[other]) for one, other in goals], seed)
    said(started, f"{len(goals)} goals kept, {len(goals) - len(kept)} of them given up at once")
    counted = play(home, clock, province, firms, days)
    said(started, f"{len(days.after)} mornings, {counted} told by the reviews' own count")
    home.database.close()
    due = expected(verdicts, goals, firms, products, days)
    due = {pair: on for pair, on in due.items() if pair in kept}
    figures = compare(due, told(home.folder), {one.id for one in firms if one.is_quiet})
    later = {one.id for one in firms if one.consent is Consent.later}
    facts = sum(on is not None and firm not in later for (firm, _), on in due.items())
    said(started, f"{facts} goals came to fit by facts or the calendar, quiet firms among them")
    return {
        "firms": size.firms,
        "days": size.days,
        "goals": len(goals),
        **figures,
        "told_twice": figures["told_twice"] + abs(counted - figures["told"]),
        "wall_s": round(time.monotonic() - started, 1),
    }


def said(started: float, what: str) -> None:
    """Say what is done and when."""
    print(f"{time.monotonic() - started:6.0f} s  {what}", flush=True)


def waiting_firms(province: Province, day: date, count: int, rng: np.random.Generator) -> list[Firm]:
    """Draw firms known by a day; by number one in eight opts out, and half have another consent than always."""
    table = province.tables["enterprises"]
    known = set(table.filter(pc.less_equal(table[KNOWN_ON], pa.scalar(day)))[ENTERPRISE].to_pylist())
    names = [one for one in province.enterprises if one in known]
    drawn = rng.choice(len(names), min(count, len(names)), replace=False).tolist()
    others = {5: Consent.never, 6: Consent.later, 7: Consent.later, 8: Consent.ends, 9: Consent.ends}
    return [
        Firm(f"uscc:{names[one]}", number, others.get(number % 10, Consent.always), is_quiet=number % 8 == 0)
        for number, one in enumerate(sorted(drawn))
    ]


# The judge: tables and the clock's days, no home.


def judge(province: Province, firms: Sequence[Firm], products: Sequence[Product], days: Days) -> Verdicts:
    """Return the verdict of every firm (rows) and product on each day, the first before the others."""
    usccs = tuple(one.id.removeprefix("uscc:") for one in firms)
    names = pa.array(usccs)
    tables = {name: rows.filter(pc.is_in(rows[ENTERPRISE], value_set=names)) for name, rows in province.tables.items()}
    stored = stored_tables(replace(province, tables=tables, enterprises=usccs))
    found = [judged_on(stored, firms, products, day, days.middle) for day in (days.first, *days.after)]
    return np.stack(found, axis=2)


def judged_on(
    stored: Mapping[str, pa.Table], firms: Sequence[Firm], products: Sequence[Product], day: date, middle: date
) -> Verdicts:
    """Return firms × products as judged the morning after `day` from what was known by it and is open to be read."""
    known = {name: rows.filter(pc.less_equal(rows[KNOWN_ON], pa.scalar(day))) for name, rows in stored.items()}
    found = np.zeros((len(firms), len(products)), np.int8)
    for is_open in (True, False):
        mine = [place for place, firm in enumerate(firms) if opened(firm.consent, day + DAY, middle) is is_open]
        if not mine:
            continue
        order = sorted(mine, key=lambda place: firms[place].id)
        names = pa.array([firms[place].id for place in order])
        asked = pa.table({ENTERPRISE: names, "as_of": pa.array([day] * len(order), pa.date32())})
        tables = TABLES if is_open else PUBLIC.tables
        frame = Frame(build_profiles(ArrowSources({name: known[name] for name in tables}), asked, threads=1))
        for column, product in enumerate(products):
            wanted = [firms[place].asks(product) for place in order]
            requests = Requests(
                np.array([one.amount_fen or 0 for one in wanted]), np.array([one.term_months or 0 for one in wanted])
            )
            offered = product.offered_on(day)
            found[order, column] = evaluate(product, frame, requests).verdict if offered else -1
    return found


def opened(consent: Consent, morning: date, middle: date) -> bool:
    """Say whether all tables may be read of a firm on a morning, else the public ones alone."""
    match consent:
        case Consent.always:
            return True
        case Consent.never:
            return False
        case Consent.later:
            return morning >= middle
        case Consent.ends:
            return morning < middle


def chosen(verdicts: Verdicts, firms: Sequence[Firm], count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw pairs of firm and product that do not fit on the first day, in order.

    Up to half come to fit; at most a quarter of these are of firms that authorise midway, who would else be nearly all.
    """
    waits = verdicts[:, :, 0] != YES
    comes = waits & (verdicts[:, :, 1:] == YES).any(axis=2)
    by_consent = np.array([one.consent is Consent.later for one in firms])[:, None]
    parts = [rng.permutation(np.argwhere(one)) for one in (comes & ~by_consent, comes & by_consent, waits & ~comes)]
    reach = [*parts[0][: count // 2 - count // 8], *parts[1][: count // 8]]
    return sorted((int(firm), int(product)) for firm, product in [*reach, *parts[2][: count - len(reach)]])


def expected(
    verdicts: Verdicts, goals: Sequence[tuple[int, int]], firms: Sequence[Firm], products: Sequence[Product], days: Days
) -> dict[tuple[str, str], date | None]:
    """Return by firm and product the morning after the first day on which it fits, None where it never does."""
    due: dict[tuple[str, str], date | None] = {}
    for firm, product in goals:
        fits = np.flatnonzero(verdicts[firm, product, 1:] == YES)
        due[firms[firm].id, products[product].id] = days.after[fits[0]] + DAY if fits.size else None
    return due


# What the home does, morning after morning.


def begin(home: Home, province: Province, firms: Sequence[Firm], days: Days) -> None:
    """Deliver all that was known by the first day; record authorisations and who does not want to be told."""
    known = {
        name: rows.filter(pc.less_equal(rows[KNOWN_ON], pa.scalar(days.first)))
        for name, rows in province.tables.items()
    }
    take(home, known)
    until = {Consent.always: days.after[-1] + 365 * DAY, Consent.ends: days.middle - DAY}
    authorise.give(
        home, COMMAND, [allows(one, home.today, until[one.consent]) for one in firms if one.consent in until]
    )
    for one in firms:
        if one.is_quiet:
            readiness.choose_notices(home, one.caller, wanted=False)


def allows(firm: Firm, since: date, until: date) -> Authorisation:
    """Return the authorisation by which a firm lets everything be read for matching."""
    return Authorisation(firm.id, Kind.matching, Purpose.matching, frozenset(TABLES), since, until, None)


def keep_goals(home: Home, goals: Sequence[tuple[Firm, Product]], seed: int) -> set[tuple[str, str]]:
    """Let firms keep goals, one in ten of which they give up at once; return the pairs that stay."""
    gone = set(np.random.default_rng(seed).choice(len(goals), len(goals) // 10, replace=False).tolist())
    for number, (firm, product) in enumerate(goals):
        made = readiness.set_goal(home, firm.caller, product.id, firm.asks(product))
        if number in gone:
            readiness.give_up(home, firm.caller, made["id"])
    return {(firm.id, product.id) for number, (firm, product) in enumerate(goals) if number not in gone}


def play(home: Home, clock: Clock, province: Province, firms: Sequence[Firm], days: Days) -> int:
    """Deliver and look at the goals morning after morning, on the last one twice; return how many were told."""
    count = readiness.review(home, COMMAND).told
    for number, day in enumerate(days.after, start=1):
        clock.day = day + DAY
        if clock.day == days.middle:
            late = [one for one in firms if one.consent is Consent.later]
            authorise.give(home, COMMAND, [allows(one, home.today, home.today + 365 * DAY) for one in late])
        new = {name: rows.filter(pc.equal(rows[KNOWN_ON], pa.scalar(day))) for name, rows in province.tables.items()}
        take(home, {name: rows for name, rows in new.items() if rows.num_rows})
        if number % BUILT_EVERY == 0:
            profile.build(home, COMMAND)
        count += readiness.review(home, COMMAND).told
    return count + readiness.review(home, COMMAND).told


def take(home: Home, tables: Mapping[str, pa.Table]) -> None:
    """Deliver tables, if any; nothing of a clean province may be refused."""
    if not tables:
        return
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-") as folder:
        write_tables(tables, Path(folder))
        report = deliver.take(home, COMMAND, Path(folder), "tables", ground=Ground.synthetic)
    held = sum(one["quarantined"] for one in report.counts().values())
    if report.refused or held:
        raise SystemExit(f"bench_readiness: {held} rows were quarantined, refused: {report.refused}")


# What came of it.


def told(folder: Path) -> list[tuple[str, str, date]]:
    """Return firm, product and day of every notice that a product fits, read past everything of ours."""
    with sqlite3.connect(folder / DATABASE_FILE) as connection:
        rows = connection.execute(
            "SELECT enterprise, document, told_on FROM notices WHERE kind = ?", [readiness.NOTICE]
        ).fetchall()
    connection.close()
    return [(firm, json.loads(words)["product"], date.fromisoformat(day)) for firm, words, day in rows]


def compare(
    due: Mapping[tuple[str, str], date | None], notices: Sequence[tuple[str, str, date]], quiet: set[str]
) -> dict[str, int]:
    """Return how many came to fit and wanted to know, how many were told, and how many of these not as they should be.

    Late counts whoever was told on a later morning than the first, or never; wrongly whoever had not come to fit by
    then, had opted out or given up; twice each notice of one goal beyond the first.
    """
    wanted = {pair: on for pair, on in due.items() if on is not None and pair[0] not in quiet}
    first: dict[tuple[str, str], date] = {}
    for firm, product, day in notices:
        first[firm, product] = min(day, first.get((firm, product), day))
    times = Counter((firm, product) for firm, product, _ in notices)
    return {
        "became_eligible": len(wanted),
        "told": len(first),
        "told_late": sum(pair not in first or first[pair] > on for pair, on in wanted.items()),
        "told_wrongly": sum(pair not in wanted or day < wanted[pair] for pair, day in first.items()),
        "told_twice": sum(count - 1 for count in times.values()),
    }


if __name__ == "__main__":
    sys.exit(main())
