"""What an answer is computed from, as of its day: the permit, the catalogue, the models, and what firms chose."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import orjson
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import FEATURES, dictionary_hash
from features.tables import PUBLIC_TABLES
from matching.lists import Settings
from matching.preference import Sort
from matching.ranked import Ordering
from matching.tags import without_tags
from models.default_risk import DefaultRisk
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.access.consent import Permit
from service.errors import ChoiceChangedError
from service.store import choice_store
from service.store.choice_store import OrderChoice
from service.store.engine import Session
from service.store.release_store import ModelVersion
from service.work.catalogue import Catalogue
from service.work.home import Home
from service.work.learned import LearnedOrder, learned_order
from service.work.profile import known_day, texts
from service.work.question import Question
from service.work.train_risk import active_model

# Tables without which some feature is missing; a match history feeds none.
PROFILED = frozenset(name for one in FEATURES.values() for name in one.tables)
PUBLIC_COLUMNS = frozenset(name for name, one in FEATURES.items() if one.tables <= PUBLIC_TABLES)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an answer is computed from. `deleted` holds the deleted tags of the firms it scores, by firm.

    `outside` are those of them that left planning, `chosen` the standing choice of the firm that is answered.
    """

    as_of: date
    permit: Permit
    catalogue: Catalogue
    model: tuple[ModelVersion, DefaultRisk] | None
    learned: LearnedOrder | None
    facts: str
    deleted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    chosen: tuple[str, OrderChoice | None] | None = None

    @property
    def ordering(self) -> Ordering | None:
        """What orders the pairs that fit; None leaves it to the transparent score."""
        return None if self.learned is None else self.learned.ordering

    def require_unchanged(self, session: Session) -> None:
        """Raise what says so where a permit, the counts, the catalogue, or what firms chose is no longer what it was.

        Asked in the transaction that logs the answer.
        """
        consent.require_unchanged(session, self.permit)
        if self.learned is not None:
            self.learned.require_unchanged(session)
        self.catalogue.require_unchanged(session)
        covered = self.permit.covered
        if choice_store.deleted_tags(session, self.permit.asked) != self.deleted:
            raise ChoiceChangedError
        if choice_store.not_planned(session) & covered != self.outside:
            raise ChoiceChangedError
        if self.chosen is not None and choice_store.order_choice(session, self.chosen[0]) != self.chosen[1]:
            raise ChoiceChangedError


def ground_of(
    home: Home, caller: Caller, question: Question, products: Catalogue, *, consent_of: tuple[str, ...] | None
) -> Ground:
    """Return the ground of an answer about these firms (None: about all); an order not by chance needs no ranker."""
    as_of = known_day(home, question.as_of)
    purpose = Purpose.evaluation if caller.role is Role.operator else Purpose.matching
    with home.database.read() as session:
        permit = consent.permit(session, caller, purpose, home.today, consent_of)
        # Of all that are asked about: a firm without authorisation is in no filter by a tag that it deleted either.
        deleted = choice_store.deleted_tags(session, permit.asked)
        outside = choice_store.not_planned(session) & permit.covered
    learned = learned_order(home, products, as_of) if question.sort in (None, Sort.chance) else None
    return Ground(as_of, permit, products, active_model(home), learned, home.facts.digest(), deleted, outside)


def readable_of(ground: Ground, profiles: pa.Table) -> pa.Table | None:
    """Return the profiles as ranking may read them, None where that is as they are."""
    return without_tags(profiles, ground.deleted) if ground.deleted else None


def standing_of(model: tuple[ModelVersion, DefaultRisk] | None, profiles: pa.Table) -> dict[str, float]:
    """Return 1 − probability of default by enterprise, of those of which the model knows any of its features."""
    if model is None or profiles.num_rows == 0:
        return {}
    risk = model[1]
    frame = profiles.select([name for name in profiles.column_names if name not in (ENTERPRISE, AS_OF)]).to_pandas()
    enterprises = texts(profiles.column(ENTERPRISE))
    probabilities = risk.predict(frame, enterprises)
    known = frame[[one.name for one in risk.inputs]].notna().any(axis=1)
    return {
        enterprise: 1.0 - float(probability)
        for enterprise, probability, is_known in zip(enterprises, probabilities, known, strict=True)
        if is_known
    }


def settings_of(question: Question, ground: Ground, subject: str) -> Settings:
    """Return the settings, among them the key that breaks ties: it follows from the request and the release alone.

    Facts must not enter it: an order would then tell of a change in facts that the reader may not see. Nor does the
    catalogue: a bank could turn the order of others by saving a product, or by renaming one. The order that is not
    personal has a key that names neither the firm nor what it asks for.
    """
    release: Sequence[object] = (
        ground.as_of.isoformat(),
        dictionary_hash(),
        None if ground.model is None else ground.model[0].id,
        None if ground.learned is None else ground.learned.ranking.id,
    )
    request: Sequence[object] = (subject, question.amount_fen, question.term_months)
    parts = [Sort.plain.value, *release[:2]] if question.sort is Sort.plain else [*request, *release]
    preset = Settings(tie_key=hashlib.sha256(orjson.dumps(parts)).digest(), top=question.top)
    return preset if ground.model is None else replace(preset, probability_name=ground.model[0].probability_name)


def absent_tables(home: Home, ground: Ground) -> frozenset[str]:
    """Return the tables that profiles are made of and of which nothing could be read for this answer."""
    readable: set[str] = set()
    for grant in ground.permit.access.grants:
        for part in home.facts.split(grant):
            readable |= part.tables
    return PROFILED - readable


def no_profiles() -> pa.Table:
    """Return a table of no firm."""
    return pa.table({ENTERPRISE: pa.array([], pa.string()), AS_OF: pa.array([], pa.date32())})
