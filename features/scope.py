"""What may be read for a set of firms: the accepted tables that grounds and authorisations open."""

from dataclasses import dataclass

from features.columns import ENTERPRISES, HONOURS, JUDGMENTS, PENALTIES, REGISTRATION_CHANGES


@dataclass(frozen=True, slots=True)
class Scope:
    """The tables that may be read. A table outside of it is absent, never empty: its features are missing."""

    tables: frozenset[str]


# Published by law: the registry and its changes (企业信息公示暂行条例), judgments, administrative penalties; and the
# lists of honours, which the granting authorities publish.
PUBLIC = Scope(frozenset({ENTERPRISES, HONOURS, JUDGMENTS, PENALTIES, REGISTRATION_CHANGES}))
