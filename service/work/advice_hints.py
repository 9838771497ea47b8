"""What tends to bring a firm's chance of default into the next lower band, where the active model is a scorecard."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matching.acts import Acts
from matching.amounts import PPM
from matching.counterfactual_question import Situation
from matching.explain import LOW_RISK_PPM, MIDDLE_RISK_PPM
from matching.labels import Words
from matching.scorecard_advice import Hint, cheapest_switches, feasible_options, hint_words, log_odds_of
from models.default_risk import DefaultRisk, ProbabilityName
from models.inputs import encode
from models.scorecard import Scorecard
from service.work.home import Home
from service.work.train_risk import active_model

#: The bands that reasons speak of: low up to the first, middling up to the second.
BANDS = (MIDDLE_RISK_PPM / PPM, LOW_RISK_PPM / PPM)


@dataclass(frozen=True, slots=True)
class Hints:
    """The words of a hint, the acts behind it, and the model that gave it."""

    model: str
    acts: tuple[str, ...]
    words: tuple[Words, ...]


def hints(home: Home, firm: str, situation: Situation, acts: Acts) -> Hints | None:
    """Return the cheapest feasible changes that tend to bring a firm into the next lower band of risk.

    None without an active scorecard of defaults within twelve months, for a firm of low risk already, and where no
    feasible change gets there.
    """
    active = active_model(home)
    if active is None or active[1].probability_name is not ProbabilityName.pd_12m:
        return None
    version, risk = active
    card = _card(risk, firm)
    if card is None:
        return None
    row = encode(pd.DataFrame([dict(situation.row)]), card.inputs)
    chance = 1.0 / (1.0 + float(np.exp(-card.log_odds(row)[0])))
    below = next((band for band in BANDS if band < chance), None)
    if below is None:
        return None
    found: Hint | None = cheapest_switches(card, row[0], log_odds_of(below), feasible_options(card, situation, acts))
    if found is None:
        return None
    made = tuple(switch.option.act for switch in found.switches)
    return Hints(version.id, made, hint_words(card, found, situation, chance))


def _card(risk: DefaultRisk, firm: str) -> Scorecard | None:
    """Return the scorecard that scores a firm: of a firm of the fit that of the fold that did not see it."""
    fold = risk.fold_of.get(firm)
    model = risk.model if fold is None else risk.fold_models[fold]
    return model if isinstance(model, Scorecard) else None
