"""What would make more products fit at once: each cheapest plan carried out, and the products counted that it gains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from matching.acts import REQUEST_COLUMNS, Acts, Outcome
from matching.counterfactual import Advice, Plan, Status, ask, cheapest
from matching.counterfactual_clauses import Demands, Row
from matching.counterfactual_question import Situation
from matching.eligibility import Request

SURE = frozenset({Outcome.sure})


@dataclass(frozen=True, slots=True)
class Gain:
    """A plan, in which what is asked for plays no part, with the ids of the products it makes fit.

    `advice` is the advice it comes from: that of the first product whose cheapest plan it is.
    """

    advice: Advice
    plan: Plan
    gained: tuple[str, ...]

    @property
    def rank(self) -> tuple[Fraction, Fraction, int, tuple[str, ...]]:
        """Fewest days a product gained, then least effort a product gained, then most products."""
        count = len(self.gained)
        return Fraction(self.plan.days, count), Fraction(self.plan.effort, count), -count, self.plan.acts


def gains(
    advices: Sequence[Advice], asked: Mapping[str, Demands], request: Request, situation: Situation, acts: Acts
) -> tuple[Gain, ...]:
    """Return by rank what each cheapest plan of some product does for all that do not fit; `asked` is by product id.

    Amount and term may be asked anew for each product. Products with internal conditions are not counted: no plan can
    say that they fit.
    """
    asking = acts.model_copy(update={"acts": tuple(one for one in acts.acts if set(one.columns) <= REQUEST_COLUMNS)})
    wanting = [one for one in advices if one.status is not Status.fits and not one.has_internal]
    plans: dict[object, tuple[Advice, Plan]] = {}
    planned = [(advice, plan) for advice in wanting if advice.status is Status.plan for plan in advice.plans]
    for advice, plan in planned:
        lasting = without_request(plan)
        if lasting.days or lasting.steps:
            key = (lasting.days, tuple((step.act.id, step.changes) for step in lasting.steps))
            plans.setdefault(key, (advice, lasting))

    def fitting(row: Row) -> set[str]:
        then = Situation(row, situation.as_of)
        questions = (ask(one.product, request, then, asking, asked[one.product.id].public, SURE) for one in wanting)
        return {question.product.id for question in questions if cheapest(question)}

    already = fitting(situation.row)
    found = [
        Gain(advice, plan, tuple(sorted(fitting(carried_out(plan, situation)) - already)))
        for advice, plan in plans.values()
    ]
    return tuple(sorted((gain for gain in found if gain.gained), key=lambda gain: gain.rank))


def without_request(plan: Plan) -> Plan:
    """Return a plan without the steps that only ask for another amount or term."""
    steps = tuple(step for step in plan.steps if not set(step.act.columns) <= REQUEST_COLUMNS)
    return replace(plan, steps=steps)


def carried_out(plan: Plan, situation: Situation) -> Row:
    """Return a firm's whole row on the day a plan is carried out."""
    row = {
        **situation.row,
        **{name: path.at(plan.days, situation.row.get(name)) for name, path in situation.paths.items()},
    }
    return row | {name: after for step in plan.steps for name, _, after in step.changes if not name.startswith("@")}
