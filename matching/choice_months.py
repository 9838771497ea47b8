"""How a history of some length is split by month of the request: warm-up, training, validation, test, in this order."""

from datetime import date

from matching.choice_sets import Months

#: Shorter than this and what is held out would be a handful of requests.
LEAST_MONTHS = 12
#: From this length on the parts other than training have their whole length: half a year, a quarter, half a year.
WHOLE_MONTHS = 24
WHOLE = Months()
MONTHS_A_YEAR = 12


def months_between(first: date, last: date) -> int:
    """Count the calendar months from that of `first` to that of `last`, both included."""
    return (last.year - first.year) * MONTHS_A_YEAR + last.month - first.month + 1


def months_for(length: int) -> Months | None:
    """Return the split of so many months, counted back from the last; None where they are fewer than `LEAST_MONTHS`.

    Thirty-six months give 6, 21, 3 and 6. Below `WHOLE_MONTHS` warm-up, validation and test shrink in proportion.
    """
    if length < LEAST_MONTHS:
        return None
    share = min(length / WHOLE_MONTHS, 1.0)
    warm_up, valid, test = (max(1, round(one * share)) for one in (WHOLE.warm_up, WHOLE.valid, WHOLE.test))
    return Months(warm_up, length - warm_up - valid - test, valid, test)
