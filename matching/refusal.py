"""What a firm has where a criterion refuses it, as data and in words that do not read like the bound itself."""

from collections.abc import Sequence

from matching.amounts import PPM
from matching.compile import CodeTest, DayTest, RatioTest, Test, tests_of
from matching.eligibility import AMOUNT_RANGE, CREDIT_LINE, TERM_RANGE, Eligibility
from matching.labels import Words
from matching.sentence import bound_words, money, months, part_words, value_words
from matching.vocabulary import column

Values = tuple[tuple[str, int | str | None], ...]


def refused_values(eligibility: Eligibility, clause_id: str, row: int) -> Values:
    """Return the columns a clause reads with the firm's values; of request and limit what was asked or computed."""
    if clause_id == CREDIT_LINE:
        return ((CREDIT_LINE, int(eligibility.line.fen[row])),)
    if clause_id == AMOUNT_RANGE:
        return (("amount", eligibility.request_of(row).amount_fen),)
    if clause_id == TERM_RANGE:
        return (("term", eligibility.request_of(row).term_months),)
    names = dict.fromkeys(name for test in _tests(eligibility, clause_id) for name in test.columns)
    return tuple((name, eligibility.frame.value(name, row)) for name in names)


def refused_words(eligibility: Eligibility, clause_id: str, values: Values) -> Words:
    """Word those values; several are named by their columns."""
    if clause_id in (CREDIT_LINE, AMOUNT_RANGE):
        return money(int(values[0][1] or 0))
    if clause_id == TERM_RANGE:
        return months(int(values[0][1] or 0))
    found = _tests(eligibility, clause_id)
    if len(found) == 1 and isinstance(found[0], RatioTest):
        return _divided(found[0], dict(values))
    tests = {name: test for test in reversed(found) for name in test.columns}
    words = [_worded(tests[name], name, value) for name, value in values]
    if len(words) == 1:
        return words[0]
    labels = [column(name) for name, _ in values]
    return Words(
        "；".join(f"{of.zh}{word.zh}" for of, word in zip(labels, words, strict=True)),
        "; ".join(f"{of.en} {word.en}" for of, word in zip(labels, words, strict=True)),
    )


def _tests(eligibility: Eligibility, clause_id: str) -> Sequence[Test]:
    return tests_of(eligibility.nodes[eligibility.clause_ids.index(clause_id)])


def _divided(test: RatioTest, values: dict[str, int | str | None]) -> Words:
    """Word both amounts and what the one is of the other, told apart from the bound."""
    of, over = column(test.column), column(test.over)
    amount, base = values[of.name], values[over.name]
    second = value_words(over, base)
    beside = test.ppm * base // PPM if isinstance(base, int) else None
    first = value_words(of, amount, beside)
    if not isinstance(amount, int) or not isinstance(base, int) or base <= 0:
        return Words(f"{of.zh}{first.zh}；{over.zh}{second.zh}", f"{of.en} {first.en}; {over.en} {second.en}")
    part = part_words(amount, base, test.ppm)
    return Words(
        f"{first.zh}，为{over.zh}（{second.zh}）的{part.zh}", f"{first.en}, {part.en} of {over.en} ({second.en})"
    )


def _worded(test: Test, name: str, value: int | str | None) -> Words:
    of = column(name)
    if isinstance(test, CodeTest | DayTest | RatioTest) or not isinstance(value, int):
        return value_words(of, value)
    bound = test.high if test.high is not None and (test.low is None or value >= test.high) else test.low
    if value == bound and of.unit == "ratio" and not test.is_open and not test.outside:
        # A double beside the bound by less than the millionth that is shown.
        zh, en = ("略高于", "just above") if bound == test.high else ("略低于", "just below")
        shown = bound_words(of, bound)
        return Words(f"{zh}{shown.zh}", f"{en} {shown.en}")
    return value_words(of, value, bound)
