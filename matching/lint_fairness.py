"""Unequal treatment: by kind of entity, by place without a reason, by person (R-25, R-27).

Judged by what criteria and limit tables do, however they are written. A product may be made for some kinds of borrower
where a public clause says why (`reason_zh`): that is a warning; without a reason it is an error. A place may be
demanded where the product is lent nowhere else (`places`) or a public fund of the place stands behind it, and then only
with such a reason or where every branch of the desk is among those places; a desk online is everywhere and excuses
nothing. What a firm is owned by is no column at all (`matching.stated.REFUSED`).
"""

from collections.abc import Iterable, Sequence

from matching.criteria import Shown
from matching.labels import CODES, Words
from matching.lint_domains import Codes
from matching.lint_finding import Finding, FindingKind, Reviewed, Severity
from matching.lint_logic import Atom, atoms
from matching.product import CapsLimit, Guarantee, ShareLimit, SharesLimit
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
    left_out = [
        code
        for code in CODES[KIND]
        if _has_no_limit(reviewed, code) or not reviewed.may(*reviewed.demands, _is(KIND, {code}))
    ]
    if left_out and reviewed.may(*reviewed.demands):
        said = _listed(KIND, left_out)
        words = Words(f"产品不面向{said.zh}", f"not made for: {said.en}")
        severity = Severity.warning
        if not _reasoned(reviewed, places):
            words = Words(f"{words.zh}，须在条件中说明理由（reason_zh）", f"{words.en}; say why (reason_zh)")
            severity = Severity.error
        yield Finding(FindingKind.discriminatory, severity, words, reviewed.ids(places), KIND, said)
    else:
        words = Words("不同主体类型适用不同条件或额度，请说明理由", "kinds of entity have different terms; say why")
        yield Finding(FindingKind.discriminatory, Severity.warning, words, reviewed.ids(places), KIND)


def _has_no_limit(reviewed: Reviewed, code: str) -> bool:
    """Say whether a limit table by kind leaves a code nothing that is lent."""
    for limit in reviewed.product.limits:
        if isinstance(limit, CapsLimit) and limit.by == KIND:
            if limit.caps_fen.get(code, 0) < reviewed.product.amount_min_fen:
                return True
        elif isinstance(limit, SharesLimit) and limit.by == KIND and code not in limit.shares_ppm:
            return True
    return False


def _reasoned(reviewed: Reviewed, places: Iterable[int]) -> bool:
    """Say whether one of the clauses gives a reason that everybody reads."""
    clauses = [reviewed.clauses[place] for place in places]
    return any(one.reason_zh is not None and one.shown is Shown.public for one in clauses)


def _by_place(reviewed: Reviewed) -> Iterable[Finding]:
    product = reviewed.product
    branches = () if product.desk is None else product.desk.branches
    for name in (PROVINCE, PREFECTURE, REGION):
        places = reviewed.reading(name)
        if not places and not _limited_by(reviewed, name):
            continue
        said = reviewed.sentences(places)
        if not (product.guarantee is Guarantee.government_fund or _lent_there(reviewed, name, product.places)):
            words = Words(
                f"以注册地设限，却既不是产品的展业区域（places），也没有当地公共基金分担风险：{said.zh}",
                f"demands a place that is neither its area of lending (places) nor a public fund's: {said.en}",
            )
            yield Finding(FindingKind.discriminatory, Severity.error, words, reviewed.ids(places), name)
        elif _reasoned(reviewed, places):
            words = Words(f"以注册地设限，理由已公开：{said.zh}", f"demands a place, with a public reason: {said.en}")
            yield Finding(FindingKind.discriminatory, Severity.warning, words, reviewed.ids(places), name)
        elif not _lent_there(reviewed, name, branches):
            words = Words(
                f"以注册地设限，而受理网点不限于此，须在条件中说明理由（reason_zh）：{said.zh}",
                f"demands a place although its desk is elsewhere too or online; say why (reason_zh): {said.en}",
            )
            yield Finding(FindingKind.discriminatory, Severity.error, words, reviewed.ids(places), name)


def _lent_there(reviewed: Reviewed, name: str, lent: Sequence[str]) -> bool:
    """Say whether there are prefectures named and the criteria shut out none of them."""
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
