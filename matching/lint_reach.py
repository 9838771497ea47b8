"""What a product demands that nobody can meet, alternatives that never decide, and limits that give nothing."""

from collections.abc import Iterator, Sequence

from matching.amounts import PPM
from matching.labels import CODES, Words
from matching.lint_domains import CLOSED, HIGH, LOW, Codes, Spans
from matching.lint_finding import Finding, FindingKind, Reviewed, Severity
from matching.lint_logic import Atom, Demand, Every, Some, atoms, refused
from matching.product import CapsLimit, Limit, ShareLimit, SharesLimit
from matching.sentence import bound_words, money
from matching.vocabulary import column

Table = CapsLimit | SharesLimit
OTHER = Words("其他代码", "any other code")


def contradictions(reviewed: Reviewed) -> tuple[Finding, ...]:
    """Find a least set of clauses that cannot hold together; nothing where a firm may meet all."""
    if reviewed.may(*reviewed.demands):
        return ()
    core = list(range(len(reviewed.demands)))
    for place in range(len(reviewed.demands)):
        fewer = [one for one in core if one != place]
        if not reviewed.may(*(reviewed.demands[one] for one in fewer)):
            core = fewer
    said = reviewed.sentences(core)
    words = (
        Words(f"该条件不可能满足：{said.zh}", f"this can never hold: {said.en}")
        if len(core) == 1
        else Words(f"以下条件不可能同时满足：{said.zh}", f"these can never hold together: {said.en}")
    )
    return (Finding(FindingKind.contradiction, Severity.error, words, reviewed.ids(core)),)


def idle_parts(reviewed: Reviewed) -> tuple[Finding, ...]:
    """Find the parts of an `any` that can never hold beside the rest, and those that never decide."""
    found: list[Finding] = []
    for place, demand in enumerate(reviewed.demands):
        rest = tuple(one for other, one in enumerate(reviewed.demands) if other != place)
        for number, part, others, context in _parts(demand, rest):
            kind = _idle(reviewed, part, others, context)
            if kind is not None:
                found.append(_idle_finding(reviewed, place, number, kind))
    return tuple(dict.fromkeys(found))


def _parts(
    demand: Demand, context: tuple[Demand, ...]
) -> Iterator[tuple[int, Demand, tuple[Demand, ...], tuple[Demand, ...]]]:
    """Yield every alternative: its number, itself, the others, and what must hold beside it."""
    match demand:
        case Every(parts=parts):
            for place, part in enumerate(parts):
                yield from _parts(part, (*context, *parts[:place], *parts[place + 1 :]))
        case Some(parts=parts) if len(parts) > 1:
            for place, part in enumerate(parts):
                yield place, part, (*parts[:place], *parts[place + 1 :]), context
                yield from _parts(part, context)
        case Some(parts=parts):
            for part in parts:
                yield from _parts(part, context)


def _idle(reviewed: Reviewed, part: Demand, others: Sequence[Demand], context: Sequence[Demand]) -> Words | None:
    if not reviewed.may(part, *context):
        return Words("与其余条件矛盾，永远不能满足", "it can never hold beside the rest")
    # Another part whose facts may be missing does not hold then, and this one decides.
    known = _surely_read(part).union(*(_surely_read(one) for one in context))
    contrary = [refused(one) for one in others if {name for atom in atoms(one) for name in atom.columns} <= known]
    if contrary and not reviewed.may(part, *context, *contrary):
        return Words("满足时其他分支必已满足，从不起作用", "wherever it holds another holds too")
    return None


def _surely_read(demand: Demand) -> frozenset[str]:
    match demand:
        case Atom():
            return frozenset(demand.columns)
        case Every(parts=parts):
            return frozenset[str]().union(*(_surely_read(part) for part in parts))
        case Some():
            return frozenset()


def _idle_finding(reviewed: Reviewed, place: int, number: int, why: Words) -> Finding:
    said = reviewed.sentences([place])
    words = Words(
        f"“{said.zh}”的第{number + 1}个分支不起作用：{why.zh}",
        f"part {number + 1} of “{said.en}” never decides: {why.en}",
    )
    return Finding(FindingKind.unreachable, Severity.warning, words, reviewed.ids([place]))


def limits_out_of_reach(reviewed: Reviewed) -> tuple[Finding, ...]:
    """Find limit tables that give admitted codes nothing, rows nobody reaches, and a least amount above every limit."""
    found: list[Finding] = []
    for limit in reviewed.product.limits:
        if not isinstance(limit, ShareLimit):
            found += _table_findings(reviewed, limit)
    if not reviewed.may(*reviewed.demands, *(_covers(limit, _least(reviewed)) for limit in reviewed.product.limits)):
        least = money(_least(reviewed))
        words = Words(
            f"符合条件的企业测算可贷额度都达不到起贷金额{least.zh}",
            f"no firm that fits is given as much as the least loan of {least.en}",
        )
        found.append(Finding(FindingKind.unreachable, Severity.error, words))
    return tuple(found)


def _least(reviewed: Reviewed) -> int:
    return reviewed.product.amount_min_fen


def _covers(limit: Limit, need: int) -> Demand:
    """Return what must hold for a limit to come to `need` fen."""
    match limit:
        case ShareLimit(of=of, share_ppm=ppm):
            return _enough(of, need, ppm)
        case CapsLimit(by=by, caps_fen=caps):
            return _one_of(by, frozenset(code for code, cap in caps.items() if cap >= need))
        case SharesLimit(by=by, of=of, shares_ppm=shares):
            rows = ((_one_of(by, frozenset({code})), _enough(of, need, ppm)) for code, ppm in sorted(shares.items()))
            return Some(tuple(Every(row) for row in rows))


def _enough(of: str, need: int, ppm: int) -> Atom:
    # The limit is rounded down to the fen, so it comes to `need` where fen × ppm does.
    bound = -(-need * PPM // ppm)
    return Atom((of,), Spans(((bound, HIGH),)), Spans(((LOW, bound - 1),)))


def _one_of(by: str, names: frozenset[str]) -> Atom:
    return Atom((by,), Codes(names), Codes(names, outside=True))


def _table_findings(reviewed: Reviewed, limit: Table) -> Iterator[Finding]:
    rows = limit.caps_fen if isinstance(limit, CapsLimit) else limit.shares_ppm
    named = _named(reviewed, limit.by) | set(rows)
    admitted = [code for code in sorted(named) if reviewed.may(*reviewed.demands, _one_of(limit.by, frozenset({code})))]
    label, clauses = column(limit.by), reviewed.ids(reviewed.reading(limit.by))
    for code in sorted(set(rows) - set(admitted)):
        said = bound_words(label, code)
        words = Words(
            f"额度表中的{said.zh}被条件排除，用不到", f"the limit table names {said.en}, which no clause admits"
        )
        yield Finding(FindingKind.unreachable, Severity.warning, words, clauses, limit.by, said)
    others = Atom((limit.by,), Codes(frozenset(named), outside=True), Codes(frozenset(named)))
    nothing = [bound_words(label, code) for code in admitted if code not in rows]
    nothing += [OTHER] if limit.by not in CLOSED and reviewed.may(*reviewed.demands, others) else []
    for said in nothing:
        words = Words(
            f"条件允许{label.zh}为{said.zh}，额度表却没有给额度", f"{label.en} {said.en} is admitted but given no limit"
        )
        yield Finding(FindingKind.gap, Severity.warning, words, clauses, limit.by, said)
    if isinstance(limit, CapsLimit):
        yield from _small_caps(reviewed, limit, [code for code in admitted if code in rows])


def _small_caps(reviewed: Reviewed, limit: CapsLimit, admitted: Sequence[str]) -> Iterator[Finding]:
    small = [code for code in admitted if limit.caps_fen[code] < _least(reviewed)]
    for code in small if len(small) < len(admitted) else ():
        said, cap = bound_words(column(limit.by), code), money(limit.caps_fen[code])
        words = Words(
            f"{said.zh}的额度{cap.zh}低于起贷金额", f"the limit of {said.en}, {cap.en}, is below the least loan"
        )
        yield Finding(FindingKind.unreachable, Severity.warning, words, (), limit.by, said)


def _named(reviewed: Reviewed, by: str) -> set[str]:
    if by in CLOSED:
        return set(CODES[by])
    domains = (atom.holds for demand in reviewed.demands for atom in atoms(demand) if atom.key == (by,))
    return {name for domain in domains if isinstance(domain, Codes) for name in domain.names}
