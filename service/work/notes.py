"""What an answer says about its ground: whose products, which model, what is missing; and that it decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from features.columns import ENTERPRISES
from features.tables import TABLES
from matching.preference import Sort
from models.default_risk import ProbabilityName
from service.store.release_store import ModelVersion

Note = dict[str, str]

#: A last invoice that lies further back than two months is worth a word.
STALE_DAYS = 62

_SAMPLES: Note = {
    "zh": "产品为随软件附带的示例产品，不构成要约。",
    "en": "The products are the samples packaged with the software, not offers.",
}
_LEARNED: Note = {
    "zh": "“符合”按学习排序模型排列，依据平台以往的展示、申请、审批和用款记录；“可能符合”按透明评分排列。",
    "en": (
        "What fits is ordered by a ranker learnt from earlier showings, applications, decisions and loans taken; what "
        "may fit by the transparent score."
    ),
}
_TRANSPARENT: Note = {
    "zh": "按透明评分排列：没有启用的排序模型，或截至数据时点没有可用的匹配记录。",
    "en": "Ordered by the transparent score: no ranking model is active, or no match history is known by the day.",
}
_SORTED: dict[Sort, Note] = {
    Sort.price: {
        "zh": "按年化综合成本由低到高排列；有未公布费用的产品只知成本下限，排在费用齐全的产品之后。",
        "en": "Ordered by the all-in annual rate; products with an unpublished fee come after the others.",
    },
    Sort.speed: {
        "zh": "按到款所需时间由短到长排列（申请所需小时加到款天数，每天按8小时计）；未公布办理时限的产品排在最后。",
        "en": (
            "Ordered by the time to the money: hours to apply and eight for each day until it is there; products that "
            "publish no times come last."
        ),
    },
    Sort.plain: {
        "zh": (
            "非个性化排序：一律按同一笔参考贷款（100万元、12个月，或产品最接近的金额和期限）的年化综合成本排列；"
            "除了是否符合准入条件，不使用企业的任何信息。"
        ),
        "en": (
            "Not personal: ordered by the all-in rate of one reference loan (1,000,000 yuan, 12 months, or the nearest "
            "lent); of the firm nothing is used but which products fit."
        ),
    },
}
_PLANNED: Note = {
    "zh": (
        "本次顺序由双方联合规划，兼顾各银行的受理能力；按您自己的排序居首的产品始终在前三位。"
        "可在“排序与标签”中改用自己的排序。"
    ),
    "en": (
        "The order follows a plan for both sides within what banks can handle; what your own order puts first stays "
        "among the first three. Planning can be switched off."
    ),
}
_PLANNED_FOR_BANK: Note = {
    "zh": "本次顺序由双方联合规划，兼顾各银行的受理能力；只含已授权匹配且未退出联合规划的企业，其余企业保持原有位次。",
    "en": (
        "The order follows a plan for both sides within what banks can handle, of firms that authorised matching and "
        "left planning on; the others keep their places."
    ),
}
_PRESSED: Note = {
    "zh": "有产品本季度名额趋紧或将满，其排序分已相应减少，并在该产品下注明。",
    "en": "The quota of some products is tight or nearly used; their scores are lower for it, as said beside each.",
}
_GRANTED: Note = {
    "zh": "“获批比例”说的是以往申请过的同类企业，既不是承诺，也不代表本次申请的结果。",
    "en": "Shares granted speak of earlier firms that applied; they neither promise nor foretell this application.",
}
_NO_MODEL: Note = {
    "zh": "尚无风险模型，透明评分不含信用风险。",
    "en": "There is no risk model; the transparent score does not speak of credit risk.",
}
_UNDATED: Note = {
    "zh": "风险模型的违约标签无日期，违约概率没有期限，不等于12个月违约概率。",
    "en": "The model's labels have no day (undated label): its default probability has no horizon.",
}
_PUBLIC_ONLY: Note = {
    "zh": "企业尚未授权，仅依据公开信息匹配；授权后结果会更完整。",
    "en": "The enterprise has not authorised, so only public records were used; authorising completes this.",
}
_NO_DECISION: Note = {
    "zh": "本结果仅供参考，不是信用报告，也不是审批结论。",
    "en": "Decision support; neither a credit report nor a decision.",
}

#: What people look for in a table without knowing its name.
_HOLDS = {ENTERPRISES: ("（行业、地区、成立日期）", " (industry, region, age)")}
_NOTHING_MORE = ("", "")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an answer was made of."""

    products_are_samples: bool
    model: ModelVersion | None
    learned: ModelVersion | None  # the ranker that ordered what fits, if one did
    tells_granted: bool
    absent_tables: frozenset[str]
    authorised: bool
    as_of: date
    last_invoice_on: date | None
    offered_from: date | None = None  # the first day of the one product that is asked about, if it has one
    sort: Sort = Sort.chance
    is_planned: bool = False
    is_for_bank: bool = False
    is_pressed: bool = False
    deleted_tags: int = 0


def notes(of: Circumstances) -> list[Note]:
    """Return the sentences of an answer, Chinese and English, in a fixed order."""
    found = [_SAMPLES] if of.products_are_samples else []
    found += _ordered(of)
    if of.tells_granted:
        found.append(_GRANTED)
    if of.model is None:
        found.append(_NO_MODEL)
    elif of.model.probability_name == ProbabilityName.default_probability:
        found.append(_UNDATED)
    if not of.authorised:
        found.append(_PUBLIC_ONLY)
    found += _hindsight(of)
    ahead = _ahead(of.as_of, of.offered_from)
    return [*found, *ahead, *_absent(of.absent_tables), *_stale(of.as_of, of.last_invoice_on), _NO_DECISION]


def _ordered(of: Circumstances) -> list[Note]:
    """Say what ordered the answer, what a plan did to it, and how many tags were left out of it."""
    learned = _TRANSPARENT if of.learned is None else _LEARNED
    found = [_SORTED.get(of.sort, learned)]
    planned = _PLANNED_FOR_BANK if of.is_for_bank else _PLANNED
    found += [note for note, holds in ((planned, of.is_planned), (_PRESSED, of.is_pressed)) if holds]
    if of.deleted_tags:
        found.append(
            {
                "zh": f"您已删除{of.deleted_tags}个标签，排序、评分和理由不使用它们；准入条件仍按全部资料判断。",
                "en": f"{of.deleted_tags} deleted tags are in no order, score or reason; eligibility reads everything.",
            }
        )
    return found


def _hindsight(of: Circumstances) -> list[Note]:
    """Say which models were trained after the day asked about, on outcomes that nobody knew on it."""
    named = (("排序模型", "the ranking model", of.learned), ("风险模型", "the risk model", of.model))
    later = [(zh, en) for zh, en, version in named if version is not None and version.as_of > of.as_of]
    if not later:
        return []
    zh, en = "和".join(zh for zh, _ in later), " and ".join(en for _, en in later)
    return [
        {
            "zh": f"{zh}用到了数据时点之后才知悉的结果，不代表当日可得的排序。",
            "en": f"{en.capitalize()} read outcomes that became known after {of.as_of}: not the order of that day.",
        }
    ]


def _ahead(as_of: date, offered_from: date | None) -> list[Note]:
    if offered_from is None or offered_from <= as_of:
        return []
    return [
        {
            "zh": f"该产品自{offered_from}起提供，数据时点{as_of}在此之前，故名单为空。",
            "en": f"The product is offered from {offered_from}, after {as_of}, so no list names anybody.",
        }
    ]


def _absent(tables: Iterable[str]) -> list[Note]:
    named = [TABLES[name] for name in TABLES if name in set(tables)]
    if not named:
        return []
    zh = "、".join(table.zh + _HOLDS.get(table.name, _NOTHING_MORE)[0] for table in named)
    en = ", ".join(table.en + _HOLDS.get(table.name, _NOTHING_MORE)[1] for table in named)
    return [
        {"zh": f"缺少以下数据，相关指标按“未知”处理：{zh}。", "en": f"Not on file, so what reads it is unknown: {en}."}
    ]


def _stale(as_of: date, last_invoice_on: date | None) -> list[Note]:
    days = 0 if last_invoice_on is None else (as_of - last_invoice_on).days
    if days <= STALE_DAYS:
        return []
    return [
        {
            "zh": f"最近一张发票为{last_invoice_on}，距数据时点{as_of}已{days}天。",
            "en": f"The last invoice is of {last_invoice_on}, {days} days before {as_of}.",
        }
    ]
