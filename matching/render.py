"""Lists as plain data: for the command and the API, and, with integers and strings only, for the log."""

from typing import Any

from matching.amounts import PPM, ratio_text, yuan_text
from matching.answer import Match, MatchLists, Missing, Refusal
from matching.errors import MatchingError
from matching.reasons import Reason
from matching.shown import FirmTold

Plain = dict[str, Any]


def as_json(lists: MatchLists, *, for_firm: bool = False) -> Plain:
    """Render the three lists for the command and the API; money is decimal text in yuan, rates decimal text.

    `order` says what ordered the list that fits, by `score`, a number from 0 to 1; `transparent_score` is what
    `components` make up. `granted_of_applied` speaks of earlier applications, never of this one. Texts are Chinese,
    their English beside them as `…_en`. `credit_line_yuan` and `amount_yuan` are null while a value that a limit rule
    needs is missing; `credit_line_is_cap` says that the product has no limit rule and the line is its cap, not the
    firm's own.

    With `for_firm` nothing of a clause that is not public is told but what `matching.shown` allows. Raises
    MatchingError for a list of firms, which no firm reads.
    """
    if for_firm and lists.of != "product":
        raise MatchingError("a list of enterprises is not for an enterprise to read")
    failing = lists.firm_failing_counts if for_firm else None
    return {
        "order": str(lists.order),
        "fits": [_match(row, lists.of, for_firm=for_firm) for row in lists.fits],
        "may_fit": [
            _match(row, lists.of, for_firm=for_firm)
            | {"missing": [_missing(item) for item in row.missing if item.is_for_firm or not for_firm]}
            for row in lists.may_fit
        ],
        "does_not_fit": [_refusal(row, lists.of, for_firm=for_firm) for row in lists.does_not_fit],
        "counts": dict(lists.counts),
        "first_failing_counts": dict(lists.first_failing_counts if failing is None else failing),
        "candidates_digest": lists.candidates_digest,
        "last_invoice_on": lists.last_invoice_on and lists.last_invoice_on.isoformat(),
    }


def as_log(lists: MatchLists) -> Plain:
    """Render the rows returned, the counts and the digest for a log entry: integers and strings only.

    All clauses are named, public or not; where a firm was told otherwise, `told_as` and `told_reasons` say what.
    """
    return {
        "order": str(lists.order),
        "fits": [_logged(row) for row in lists.fits],
        "may_fit": [_logged(row) | {"missing": [item.column for item in row.missing]} for row in lists.may_fit],
        "does_not_fit": [
            {"id": row.id, "criterion": row.criterion_id, "values": [_valued(*value) for value in row.values]}
            | ({} if row.firm is None else {"told_as": row.firm.criterion_id})
            for row in lists.does_not_fit
        ],
        "counts": dict(lists.counts),
        "first_failing_counts": dict(lists.first_failing_counts),
        "candidates_digest": lists.candidates_digest,
    }


def _match(row: Match, of: str, *, for_firm: bool) -> Plain:
    reasons = row.firm_reasons if for_firm and row.firm_reasons is not None else row.reasons
    return {
        of: row.id,
        "name": row.name,
        "score": row.score_ppm / PPM,
        "transparent_score": row.transparent_ppm / PPM,
        "granted_of_applied": None if row.granted_of_applied_ppm is None else row.granted_of_applied_ppm / PPM,
        "granted_of_applied_ppm": row.granted_of_applied_ppm,
        "reasons": [_reason(reason) for reason in reasons],
        "components": {name: value / PPM for name, value in row.components if value >= 0},
        "credit_line_yuan": None if row.line_fen is None else yuan_text(row.line_fen),
        "credit_line_is_cap": row.line_is_cap,
        "amount_yuan": None if row.amount_fen is None else yuan_text(row.amount_fen),
        "term_months": row.term_months,
        "all_in_rate": None if row.all_in_ppm is None else ratio_text(row.all_in_ppm),
        "unknown_fees": [str(kind) for kind in row.unknown_fees],
        "last_invoice_on": row.last_invoice_on and row.last_invoice_on.isoformat(),
    }


def _reason(reason: Reason) -> Plain:
    return {
        "code": str(reason.code),
        "text": reason.text_zh,
        "text_en": reason.text_en,
        "column": reason.column,
        "value": reason.value,
        "unit": reason.unit,
        "threshold": reason.threshold,
        "peer_tenths": reason.peer_tenths,
        "day": reason.day.isoformat(),
        "source": reason.source_zh,
        "speaks": "against" if reason.is_against else "for",
    }


def _missing(item: Missing) -> Plain:
    return {
        "column": item.column,
        "label": item.label.zh,
        "label_en": item.label.en,
        "who": item.who.zh,
        "who_en": item.who.en,
    }


def _refusal(row: Refusal, of: str, *, for_firm: bool) -> Plain:
    told: Refusal | FirmTold = row if row.firm is None or not for_firm else row.firm
    values: list[Plain] = [{"column": name, "value": value} for name, value in told.values]
    if isinstance(told, FirmTold):
        values += [{"column": name} for name in told.columns]
    return {
        of: row.id,
        "name": row.name,
        "criterion": told.criterion.zh,
        "criterion_en": told.criterion.en,
        "criterion_id": told.criterion_id,
        "value": told.value.zh,
        "value_en": told.value.en,
        "values": values,
        "last_invoice_on": row.last_invoice_on and row.last_invoice_on.isoformat(),
    }


def _logged(row: Match) -> Plain:
    # A log holds no null: what no model says has no key.
    granted = row.granted_of_applied_ppm
    return {
        "id": row.id,
        "score_ppm": row.score_ppm,
        **({} if granted is None else {"granted_of_applied_ppm": granted}),
        "reasons": [_reasoned(reason) for reason in row.reasons],
        **({} if row.firm_reasons is None else {"told_reasons": [_reasoned(one) for one in row.firm_reasons]}),
    }


def _reasoned(reason: Reason) -> Plain:
    told = {"code": str(reason.code), **_valued(reason.column, reason.value), "day": reason.day.isoformat()}
    return told | {"speaks": "against"} if reason.is_against else told


def _valued(name: str, value: int | str | None) -> Plain:
    # A log holds no null: what is missing has no key.
    return {"column": name} if value is None else {"column": name, "value": value}
