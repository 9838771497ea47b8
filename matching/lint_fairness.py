"""Unequal treatment: by kind of entity, by place without a reason, by person (R-25, R-27).

A product may be made for one kind of borrower: that is shown as a warning. To shut one out by name is an error. A
place may be demanded where the product is lent nowhere else (`places`) or a public fund of the place stands behind it.
What a firm is owned by is no column at all (`matching.stated.REFUSED`).
"""

from collections.abc import Iterable

from matching.labels import CODES, Words
from matching.lint_domains import Codes
from matching.lint_finding import Finding, FindingKind, Reviewed, Severity
from matching.lint_logic import Atom, atoms
from matching.product import Guarantee, ShareLimit
from matching.sentence import bound_words
from matching.vocabulary import column

KIND, PREFECTURE, PROVINCE, REGION = "kind", "prefecture", "province", "region"
PERSONAL = ("owner_age", "owner_age_at_maturity", "entrepreneur_group")
# A place of the lending area by how much of its code each column holds (GB/T 2260).
DIGITS = {PROVINCE: 2, PREFECTURE: 4}


def unequal(reviewed: Reviewed) -> tuple[Finding, ...]:
    """Find clauses and limit tables that treat borrowers by kind, place or person."""
    return (*_by_kind(reviewed), *_by_place(reviewed), *_by_person(reviewed))


def _by_kind(reviewed: Reviewed) -> Iterable[Finding]:
    places = reviewed.reading(KIND)
    if not places and not _limited_by(reviewed, KIND):
        return
    left_out = [code for code in CODES[KIND] if not reviewed.may(*reviewed.demands, _is(KIND, {code}))]
    if places and left_out and reviewed.may(*reviewed.demands):
        said = _listed(KIND, left_out)
        by_name = any(atom.is_negated for place in places for atom in atoms(reviewed.demands[place]) if _of(atom, KIND))
        words = (
            Words(f"条件以主体类型排除了{said.zh}", f"the criteria shut out by kind: {said.en}")
            if by_name
            else Words(f"产品不面向{said.zh}，请说明理由", f"not made for: {said.en}; say why")
        )
        severity = Severity.error if by_name else Severity.warning
        yield Finding(FindingKind.discriminatory, severity, words, reviewed.ids(places), KIND, said)
    else:
        words = Words("不同主体类型适用不同条件或额度，请说明理由", "kinds of entity have different terms; say why")
        yield Finding(FindingKind.discriminatory, Severity.warning, words, reviewed.ids(places), KIND)


def _by_place(reviewed: Reviewed) -> Iterable[Finding]:
    if reviewed.product.guarantee is Guarantee.government_fund:
        return
    for name in (PROVINCE, PREFECTURE, REGION):
        places = reviewed.reading(name)
        if (places or _limited_by(reviewed, name)) and not _lent_there(reviewed, name):
            said = reviewed.sentences(places)
            words = Words(
                f"以注册地设限，却既不是产品的展业区域（places），也没有当地公共基金分担风险：{said.zh}",
                f"demands a place that is neither its area of lending (places) nor a public fund's: {said.en}",
            )
            yield Finding(FindingKind.discriminatory, Severity.error, words, reviewed.ids(places), name)


def _lent_there(reviewed: Reviewed, name: str) -> bool:
    """Say whether the criteria shut out no place where the product is lent."""
    lent = reviewed.product.places
    if not lent or _limited_by(reviewed, name):
        return False
    if name == REGION:
        named = {code for atom in _all(reviewed) if _of(atom, REGION) for code in _codes(atom)}
        return bool(named) and all(any(code.startswith(place[:4]) for place in lent) for code in named)
    codes = {place[: DIGITS[name]].ljust(6, "0") if name == PROVINCE else place for place in lent}
    return all(reviewed.may(*reviewed.demands, _is(name, {code})) for code in codes)


def _by_person(reviewed: Reviewed) -> Iterable[Finding]:
    for name in PERSONAL:
        places = reviewed.reading(name)
        if places:
            label, said = column(name), reviewed.sentences(places)
            words = Words(
                f"条件涉及个人情况（{label.zh}），可以设置，须公开：{said.zh}",
                f"a demand on a person ({label.en}), allowed where it is public: {said.en}",
            )
            yield Finding(FindingKind.discriminatory, Severity.warning, words, reviewed.ids(places), name)


def _limited_by(reviewed: Reviewed, name: str) -> bool:
    return any(not isinstance(limit, ShareLimit) and limit.by == name for limit in reviewed.product.limits)


def _all(reviewed: Reviewed) -> Iterable[Atom]:
    return (atom for demand in reviewed.demands for atom in atoms(demand))


def _of(atom: Atom, name: str) -> bool:
    return atom.key == (name,)


def _codes(atom: Atom) -> frozenset[str]:
    return atom.holds.names if isinstance(atom.holds, Codes) else frozenset()


def _is(name: str, codes: set[str]) -> Atom:
    named = frozenset(codes)
    return Atom((name,), Codes(named), Codes(named, outside=True))


def _listed(name: str, codes: Iterable[str]) -> Words:
    words = [bound_words(column(name), code) for code in codes]
    return Words("、".join(one.zh for one in words), ", ".join(one.en for one in words))
