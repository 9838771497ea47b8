"""What the market's behaviour is set by: numbers that were solved for, and assumptions, each with its sentence.

Solved for (`tests/bench/calibrate_province.py`, seeds 1 to 3): `DISTRESS_RATE` so that 1.5 to 3 % of all balances do
not perform at the end, `amount_scales` so that a borrower draws on average what is published of Gansu by kind (3.08 m,
0.195 m, 0.895 m and 0.357 m yuan), `rate_level` so that loans of the last year cost 3.5 to 5.5 %. Everything else is an
assumption. Log odds and yuan are the units unless a sentence says otherwise; orders by kind are those of `KINDS`.
"""

from dataclasses import dataclass

#: Yearly rate of distress at mean quality (solved for): of firms that owe, some 2.5 % come to default in a year.
DISTRESS_RATE = 0.0112


@dataclass(frozen=True, slots=True)
class Demand:
    """Who asks for how much and for how long."""

    #: Chance that a firm asks in a half year: of firms that invoice, and of thin files.
    ask_chances: tuple[float, float] = (0.28, 0.11)
    #: Firms within half a year of stopping to pay ask so much more often: they are short of cash.
    distressed_more: float = 1.4
    #: Median amount asked, as a share of a year's sales, by kind (solved for).
    amount_scales: tuple[float, float, float, float] = (0.228, 0.203, 0.233, 0.277)
    #: Deviation of the amount's logarithm beyond what sales explain.
    amount_spread: float = 0.5
    #: Least and most that anybody asks for.
    amount_bounds: tuple[float, float] = (10_000.0, 10_000_000.0)
    #: Shares of the terms of 6, 12, 24 and 36 months among those who ask for less, and for more, than 300,000 yuan.
    small_terms: tuple[float, float, float, float] = (0.15, 0.55, 0.22, 0.08)
    large_terms: tuple[float, float, float, float] = (0.06, 0.52, 0.30, 0.12)
    #: Days a firm must exist before it asks; days after it stopped paying from which it asks no more.
    least_age_days: int = 190
    distress_grace_days: int = 20


@dataclass(frozen=True, slots=True)
class Taking:
    """What makes a firm take a loan that is granted: log odds."""

    #: Where a plain product at 5 % stands.
    level: float = 0.3
    #: For each point of the yearly price above 5 %, by kind: companies compare, sole traders less.
    price: tuple[float, float, float, float] = (-0.65, -0.35, -0.50, -0.42)
    #: The same is so much more for each unit of the logarithm of the amount over 300,000 yuan: much is at stake.
    price_at_stake: float = 0.50
    #: A fee that is not published weighs like so many points.
    unknown_fee_points: float = 0.5
    #: For each unit of the logarithm of cap over amount beyond e: a product made for larger loans.
    too_large: float = -0.30
    #: For each unit of the logarithm of longest term over term asked.
    too_long: float = -0.8
    #: One repayment at the end for a year at most, and for longer; instalments the other way round.
    bullet: tuple[float, float] = (0.8, -1.0)
    instalments: tuple[float, float] = (-0.75, 0.8)
    #: For each unit of the logarithm of the amount over 500,000 yuan: no security at all, and a mortgage.
    unsecured_growing: float = -0.35
    mortgage_growing: float = 0.70
    #: A branch in the firm's prefecture; none there and no way online either.
    branch: float = 0.5
    out_of_reach: float = -0.9
    #: For each week until a decision more than one, of firms that ask for little; the others have time.
    week: float = -0.50
    #: Deviations by seed: a product's appeal, its fit to a section, kind and amount, a bank's name in a prefecture.
    appeal: float = 0.05
    section_fit: float = 0.15
    kind_fit: float = 0.10
    size_fit: float = 0.60
    local_name: float = 0.90
    #: Deviations between firms that nothing shows: with a bank, with a product.
    firm_bank: float = 0.62
    firm_product: float = 0.90


@dataclass(frozen=True, slots=True)
class Granting:
    """What makes a bank grant what its written criteria admit: log odds."""

    level: float = 0.1
    #: A deviation of latent quality, and a firm at the bottom of its distress.
    quality: float = 0.75
    turmoil: float = -1.6
    #: From no room over the criteria to all of it; from the whole line asked for to none of it.
    room: float = 2.0
    free: float = 1.5
    #: Property or a guarantor of substance behind the loan; a thin file.
    secured: float = 0.10
    thin: float = -0.35
    #: Deviations by seed: how strict a bank is, its taste by section, kind, amount asked for, age and prefecture.
    strictness: float = 0.05
    section_taste: float = 0.20
    kind_taste: float = 0.20
    size_taste: float = 0.60
    age_taste: float = 0.70
    place_taste: float = 0.80
    #: Deviation between firms that nothing shows, with a bank.
    firm_bank: float = 0.75
    #: One bank grants one kind of firm at so much of the odds.
    bias_factor: float = 0.3


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """The whole market; `noise` multiplies every deviation that nothing observable explains."""

    noise: float = 1.0
    demand: Demand = Demand()
    taking: Taking = Taking()
    granting: Granting = Granting()
    #: At most so many products are shown; so many of three requests see them in the written order.
    shown_most: int = 10
    written_share: float = 2 / 3
    #: How far attention falls with each place down the list: 1 ÷ (1 + fall × (place − 1)).
    attention_fall: float = 0.22
    #: How many products a firm would apply for: one, two, three.
    application_shares: tuple[float, float, float] = (0.35, 0.40, 0.25)
    #: Deviation of what a firm makes of a product at first sight, and the log odds below which it does not apply.
    first_sight: float = 0.7
    appeal_floor: float = -0.6
    #: Grants per officer and quarter for 5,000 firms: binding for a few percent of what would be granted.
    grants_per_officer: float = 11.0
    #: Applications per officer and month beyond which decisions take longer.
    files_per_officer: float = 4.0
    #: Points added to every product's rate (solved for); points by a deviation of latent quality; their noise.
    rate_level: float = 0.52
    risk_spread: float = -0.25
    rate_noise: float = 0.25
    #: A granted amount is cut for so many firms, to between half and all of it.
    cut_share: float = 0.25
    #: How many loans are renewed with the same lender when they are paid back.
    renewed: float = 0.5


PRESET = MarketSettings()
