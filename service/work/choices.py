"""What a firm chooses for itself: the order of its products, whether planning may move it, and its tags."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from matching.preference import Sort
from matching.tags import TAGS, TagName
from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import NotAllowedError, UnknownTagError
from service.store import choice_store, log_store
from service.store.choice_store import OrderChoice
from service.store.engine import Session
from service.work import profiles
from service.work.home import Home
from service.work.question import SORTS

#: What holds where a firm said nothing.
PRESET: Final = OrderChoice(Sort.chance.value, is_planned=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """A firm's standing choice and the tags it deleted, as read in one transaction."""

    sort: Sort
    is_planned: bool
    deleted: tuple[str, ...]


def standing(session: Session, enterprise: str) -> Standing:
    """Return what a firm chose, the presets where it said nothing."""
    choice = choice_store.order_choice(session, enterprise) or PRESET
    deleted = choice_store.deleted_tags(session, (enterprise,)).get(enterprise, ())
    return Standing(Sort(choice.sort), choice.is_planned, deleted)


def deleted_of(session: Session, enterprises: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the deleted tags of those of some firms that deleted any."""
    return choice_store.deleted_tags(session, enterprises)


def read(home: Home, caller: Caller) -> dict[str, Any]:
    """Return the caller's choice and its tags with what they say of it, logged."""
    enterprise = _own(caller)
    view = profiles.view(home, caller, enterprise)
    with home.database.write() as session:
        found, number = (
            standing(session, enterprise),
            log_store.append(session, Tag.choices_read, home.now(), caller.log_name, enterprise, {}),
        )
    values = {row.name: row.text for row in view.rows if not row.is_missing}
    return {
        "sort": found.sort.value,
        "sorts": [{"name": one.value, "zh": words.zh, "en": words.en} for one, words in SORTS.items()],
        "is_planned": found.is_planned,
        "tags": [
            {
                "name": tag.name.value,
                "zh": tag.words.zh,
                "en": tag.words.en,
                "value": values.get(tag.leading, ""),
                "columns": sorted(tag.columns),
                "deleted": tag.name.value in found.deleted,
            }
            for tag in TAGS.values()
        ],
        "log_entry": number,
    }


def choose(home: Home, caller: Caller, sort: Sort | None = None, *, is_planned: bool | None = None) -> int:
    """Keep the caller's choice of order, of planning, or both, from now on; return the number of the log entry."""
    enterprise = _own(caller)
    with home.database.write() as session:
        before = choice_store.order_choice(session, enterprise) or PRESET
        after = OrderChoice(
            before.sort if sort is None else sort.value, before.is_planned if is_planned is None else is_planned
        )
        choice_store.put_order_choice(session, enterprise, after, home.today)
        body = {"sort": after.sort, "is_planned": after.is_planned, "sort_before": before.sort}
        return log_store.append(session, Tag.order_chosen, home.now(), caller.log_name, enterprise, body)


def delete_tag(home: Home, caller: Caller, tag: str) -> int:
    """Delete a tag: no ranking, score or reason reads what it stands for from now on; raise `UnknownTagError`."""
    enterprise, name = _own(caller), _tag(tag)
    with home.database.write() as session:
        choice_store.delete_tag(session, enterprise, name, home.today)
        return log_store.append(session, Tag.tag_deleted, home.now(), caller.log_name, enterprise, {"tag_name": name})


def restore_tag(home: Home, caller: Caller, tag: str) -> int:
    """Give a deleted tag back."""
    enterprise, name = _own(caller), _tag(tag)
    with home.database.write() as session:
        choice_store.restore_tag(session, enterprise, name)
        return log_store.append(session, Tag.tag_restored, home.now(), caller.log_name, enterprise, {"tag_name": name})


def _own(caller: Caller) -> str:
    if caller.role is not Role.enterprise or caller.enterprise is None:
        raise NotAllowedError(
            "只有企业本身可以选择排序和标签。", "Only the enterprise itself chooses its order and tags."
        )
    return caller.enterprise


def _tag(text: str) -> str:
    if text not in set(TagName):
        raise UnknownTagError(f"没有“{text[:40]}”这个标签。", f"There is no tag {text[:40]!r}.")
    return text
