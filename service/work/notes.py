"""What an answer says about its ground: whose products, which model, what is missing; and that it decides nothing."""

from collections.abc import Iterable
from datetime import date

from features.tables import TABLES
from models.default_risk import ProbabilityName
from service.store.release_store import ModelVersion

Note = dict[str, str]

#: A last invoice that lies further back than two months is worth a word.
STALE_DAYS = 62


def notes(  # noqa: PLR0913 (each says one thing of the answer)
    products_source: str,
    model: ModelVersion | None,
    absent_tables: Iterable[str],
    *,
    authorised: bool,
    packaged: str,
    as_of: date,
    last_invoice_on: date | None,
) -> list[Note]:
    """Return the sentences of an answer, Chinese and English, in a fixed order."""
    found = []
    if products_source == packaged:
        found.append(
            _note(
                "产品为随软件附带的示例产品，不构成要约。",
                "The products are the samples packaged with the software, not offers.",
            )
        )
    if model is None:
        found.append(
            _note(
                "尚无风险模型，得分不含信用风险。", "There is no risk model; the score does not speak of credit risk."
            )
        )
    elif model.probability_name == ProbabilityName.default_probability:
        found.append(
            _note(
                "风险模型的违约标签无日期，违约概率没有期限，不等于12个月违约概率。",
                "The model's labels have no day (undated label): its default probability has no horizon.",
            )
        )
    if not authorised:
        found.append(
            _note(
                "企业尚未授权，仅依据公开信息匹配；授权后结果会更完整。",
                "The enterprise has not authorised, so only public records were used; authorising completes this.",
            )
        )
    found.extend(_absent(absent_tables))
    if last_invoice_on is not None and (as_of - last_invoice_on).days > STALE_DAYS:
        found.append(
            _note(
                f"最近一张发票为{last_invoice_on}，距数据时点{as_of}已{(as_of - last_invoice_on).days}天。",
                f"The last invoice is of {last_invoice_on}, {(as_of - last_invoice_on).days} days before {as_of}.",
            )
        )
    found.append(
        _note(
            "本结果仅供参考，不是信用报告，也不是审批结论。",
            "Decision support; neither a credit report nor a decision.",
        )
    )
    return found


def _absent(tables: Iterable[str]) -> list[Note]:
    named = [TABLES[name] for name in TABLES if name in set(tables)]
    if not named:
        return []
    zh = "、".join(table.zh for table in named)
    en = ", ".join(table.en for table in named)
    return [_note(f"缺少以下数据，相关指标按“未知”处理：{zh}。", f"Not on file, so what reads it is unknown: {en}.")]


def _note(zh: str, en: str) -> Note:
    return {"zh": zh, "en": en}
