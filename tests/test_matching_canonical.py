"""Canonical forms against the oracle of criteria: conditions of one form say the same of every firm."""

import json
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import Row, conditions, rows
from oracle_criteria import told

from matching.canonical import demands
from matching.criteria import Clause


def form(condition: Row) -> str:
    return json.dumps(demands([Clause.model_validate({"id": "c", "require": condition})]))


def turned(condition: Row) -> Row:
    """Write the same in other words: turned around, twice denied, taken together with itself."""
    for kind in ("all", "any"):
        if kind in condition:
            parts = [turned(part) for part in reversed(condition[kind])]
            return {kind: [*parts, parts[0]]}
    if "not" in condition:
        return {"not": {"any": [turned(condition["not"])]}}
    return {"not": {"not": condition}}


@settings(max_examples=150, deadline=None)
@given(condition=conditions())
def test_other_words_have_the_same_form(condition: Row) -> None:
    assert form(condition) == form(turned(condition))


@settings(max_examples=60, deadline=None)
@given(some=st.lists(conditions(), min_size=2, max_size=6), firms=st.lists(rows(), min_size=1, max_size=8))
def test_conditions_of_one_form_say_the_same_of_every_firm(some: list[Row], firms: list[Row]) -> None:
    both = [*some, *map(turned, some)]
    for one, other in combinations(both, 2):
        if form(one) == form(other):
            assert [told(one, firm) for firm in firms] == [told(other, firm) for firm in firms]
