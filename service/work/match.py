"""Answering a match, either way: guard, profiles, scores and lists on a read, then the log entry, then the answer."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import dictionary_hash
from matching.eligibility import Request
from matching.lists import MatchLists, as_json, as_log, enterprises_for as lists_for_product
from matching.lists import products_for as lists_for_enterprise
from matching.product import Product
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import NotAllowedError
from service.store import entity_store, log_store
from service.work.catalogue import Catalogue, catalogue, find_enterprise
from service.work.home import Home
from service.work.profile import known_day, rows
from service.work.train import ModelVersion, active_model


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked beside the subject: amount in fen, term in months, day (preset: the latest known), rows per list."""

    amount_fen: int | None = None
    term_months: int | None = None
    as_of: date | None = None
    top: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A logged answer: its JSON document and the number of its log entry."""

    document: dict[str, Any]
    log_entry: int


def products_for(home: Home, caller: Caller, enterprise: str, question: Question) -> Answer:
    """Return which products fit an enterprise, may fit and do not, logged before it is returned.

    An enterprise asks for itself only, the operator for any with a ground; without a live authorisation an enterprise sees
    what its public records alone give. Raises `UnknownEnterpriseError`, `NotAllowedError`, `ConsentChangedError`.
    """
