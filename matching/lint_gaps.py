"""Values that the alternatives of a clause leave out between them, and facts without which nothing can be told."""

from collections.abc import Iterator
from functools import reduce

from matching.criteria import AllOf, AnyOf, Condition, Not
from matching.explain import supplier_words
from matching.labels import Words
from matching.lint_domains import Domain, Spans, complement, join, meet, universe, value_of
from matching.lint_finding import Finding, FindingKind, Reviewed, Severity, columns_read
from matching.lint_logic import Atom, Demand, Every, Some, without
from matching.vocabulary import column


def gaps(reviewed: Reviewed) -> tuple[Finding, ...]:
    """Find values between the alternatives of an `any` that none of them takes, each with the first such value."""
    found: list[Finding] = []
    for place, demand in enumerate(reviewed.demands):
        rest = tuple(one for other, one in enumerate(reviewed.demands) if other != place)
        for some, context in _alternatives(demand, rest):
            for name in sorted(frozenset.intersection(*(columns_read(part) for part in some.parts))):
                found += _holes(reviewed, place, name, some, context)
    return tuple(dict.fromkeys(found))


def _alternatives(demand: Demand, context: tuple[Demand, ...]) -> Iterator[tuple[Some, tuple[Demand, ...]]]:
    match demand:
        case Every(parts=parts):
            for place, part in enumerate(parts):
                yield from _alternatives(part, (*context, *parts[:place], *parts[place + 1 :]))
        case Some(parts=parts):
            if len(parts) > 1:
                yield demand, context
            for part in parts:
                yield from _alternatives(part, context)


def _holes(reviewed: Reviewed, place: int, name: str, some: Some, context: tuple[Demand, ...]) -> Iterator[Finding]:
    taken = _taken(some, name)
    for hole in taken.holes() if isinstance(taken, Spans) else ():
        at = Atom((name,), hole, complement(hole))
        if reviewed.may(*context, at):
            label, witness, said = column(name), value_of(name, hole.parts[0][0]), reviewed.sentences([place])
            words = Words(
                f"“{said.zh}”的各分支之间有空档：{label.zh}为{witness.zh}时哪个分支都不适用",
                f"the parts of “{said.en}” leave a gap: none takes {label.en} {witness.en}",
            )
            yield Finding(FindingKind.gap, Severity.warning, words, reviewed.ids([place]), name, witness)


def _taken(demand: Demand, name: str) -> Domain:
    """Return the values of a column for which a demand may hold."""
    whole = universe(name)
    match demand:
        case Atom():
            return meet(whole, demand.holds) if demand.key == (name,) else whole
        case Every(parts=parts):
            return reduce(meet, (_taken(part, name) for part in parts), whole)
        case Some(parts=parts):
            return reduce(join, (_taken(part, name) for part in parts)) if parts else complement(whole)


def needed_facts(reviewed: Reviewed) -> tuple[Finding, ...]:
    """Name the facts without which the product cannot be told, and the clauses that deny something."""
    return (*_needed(reviewed), *_denials(reviewed))


def _needed(reviewed: Reviewed) -> Iterator[Finding]:
    read = dict.fromkeys(name for demand in reviewed.demands for name in sorted(columns_read(demand)))
    for name in read:
        cut = [without(demand, name) for demand in reviewed.demands]
        if reviewed.may(*cut):
            continue
        label, who = column(name), supplier_words([name])
        clauses = reviewed.ids([place for place, demand in enumerate(cut) if not reviewed.may(demand)])
        words = Words(
            f"缺少{label.zh}就无法判断，可由{who.zh}提供",
            f"without {label.en} it cannot be told; supplied by: {who.en}",
        )
        yield Finding(FindingKind.missing, Severity.note, words, clauses, name)


def _denials(reviewed: Reviewed) -> Iterator[Finding]:
    for place, clause in enumerate(reviewed.clauses):
        if _denies(clause.require):
            said = reviewed.sentences([place])
            words = Words(
                f"“{said.zh}”是否定式条件：事实缺失时不视为满足，而是无法判断",
                f"“{said.en}” denies something: where the fact is missing it is not met but cannot be told",
            )
            yield Finding(FindingKind.missing, Severity.note, words, reviewed.ids([place]))


def _denies(condition: Condition) -> bool:
    match condition:
        case Not():
            return True
        case AllOf(all=parts) | AnyOf(any=parts):
            return any(_denies(part) for part in parts)
        case _:
            return False
