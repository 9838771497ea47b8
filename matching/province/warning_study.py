"""An early warning fitted and judged in a province: how much of what is coming officers could have seen, by seed.

What the world does: on a day that a constant yearly rate draws, the steeper the weaker the firm's latent quality, a
firm's business turns down. The turn is felt from half a year before and complete two months after: sales fall by up to
three fifths, returns come late or not at all, taxes and social insurance stay unpaid more often, people leave, entries
in the register change. Within two months of the day the firm misses a payment and never makes it good; ninety days
later it is in default. Nothing of it is written by the loan or for the warning: each table is drawn from the turn
with its own noise, firms that do well are late too, thin files show hardly anything, and before the turn begins only
quality, which no table shows, makes one firm riskier than another. So a default nine to twelve months ahead is hardly
to be seen, one four months ahead is, where the firm has tables that tell. The truth reaches no fit.
"""

from datetime import date

from features.engine import ArrowSources, Sources
from features.watch import first_report, month_ends, watched_loans, with_profiles
from matching.province.build import Province
from matching.province.ranking_study import stored_tables
from models.warning_held_out import JudgedWarning, fit_and_judge, held_out_months, require_defaults
from models.warning_rows import watch_rows

SEED = 20260630


def warning_study(province: Province, seed: int = SEED, *, threads: int | None = None) -> JudgedWarning:
    """Return the warning of a province, read as any delivery is, judged on its last months with a known outcome.

    Raises NotEnoughOutcomesError where too few of its loans came to default.
    """
    return study_of(ArrowSources(stored_tables(province)), province.end, seed, threads=threads)


def study_of(sources: Sources, as_of: date, seed: int = SEED, *, threads: int | None = None) -> JudgedWarning:
    """Return the warning of these facts as known on `as_of`, judged on the last months with a known outcome."""
    first = first_report(sources, as_of)
    days = [] if first is None else month_ends(first, as_of)
    loans = watched_loans(sources, days, as_of)
    held_out = held_out_months(loans)
    known_then = watched_loans(sources, [day for day in days if day <= held_out.cutoff], held_out.cutoff)
    require_defaults(known_then)
    rows = watch_rows(with_profiles(sources, loans, threads=threads))
    return fit_and_judge(rows, known_then, held_out, seed)
