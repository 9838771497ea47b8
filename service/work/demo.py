"""The demo: a synthetic province taken in as any delivery is, with authorisations, users and a first answer for each."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from matching.province import build_province, demo_authorisations
from matching.province.build import Province
from matching.province.tables import write_tables
from service.access.caller import COMMAND, Caller, Ground, Role
from service.errors import HomeError
from service.store import entity_store
from service.store.consent_store import Authorisation
from service.store.entity_store import User
from service.work import authorise, catalogue, deliver, match, profile, train
from service.work.home import Home, open_or_create_home
