"""The columns of affinity in words, in the form in which `matching.pairs` names its own."""

from matching.pairs import PairColumn
from models.affinity import AFFINITY_INPUTS
from models.inputs import ModelInput

_MEASURES = {
    "applied": ("展示后的申请率", "applied for, of those shown"),
    "granted": ("申请后的获批率", "granted, of those applied for"),
    "taken": ("展示后的获批用信率", "granted and taken, of those shown"),
}
# Level: words, and the part of the family's name that says what the share is of.
_LEVELS = {
    "kind_section": (("同类主体同行业（各产品）", "same kind and section, any product"), "peers"),
    "bank": (("该机构各产品", "all products of the bank"), "bank"),
    "bank_kind": (("该机构同类主体", "the bank's, same kind of entity"), "bank"),
    "bank_section": (("该机构同行业", "the bank's, same section"), "bank"),
    "product": (("该产品", "this product"), "product"),
    "product_section": (("该产品同行业", "this product, same section"), "industry"),
    "product_kind_section": (("该产品同类主体同行业", "this product, same kind and section"), "industry"),
    "product_prefecture": (("该产品同市州", "this product, same prefecture"), "place"),
    "product_size": (("该产品同销售规模", "this product, same size of sales"), "size"),
    "product_amount": (("该产品同金额档", "this product, same band of amount"), "request"),
    "product_term": (("该产品同期限档", "this product, same band of term"), "request"),
}
_SUPPORT = {
    "applied": ("历史展示数（对数）", "past showings (log)"),
    "granted": ("历史审批数（对数）", "past decisions (log)"),
}
_LIFT = ("相对该产品整体", "over the product's own")
_ENDS = {"_count_log": "log", "_lift": "ratio", "_ratio": "ratio"}


def _column(item: ModelInput) -> PairColumn:
    measure, rest = item.name.split("_", 1)
    end = next(end for end in _ENDS if rest.endswith(end))
    (zh, en), scope = _LEVELS[rest.removesuffix(end)]
    what_zh, what_en = _MEASURES[measure]
    if end == "_count_log":
        return PairColumn(item, f"{zh}{_SUPPORT[measure][0]}", f"{_SUPPORT[measure][1]}: {en}", "support", "log")
    if end == "_lift":
        return PairColumn(
            item, f"{zh}{what_zh}{_LIFT[0]}", f"{what_en}: {en}, {_LIFT[1]}", f"{measure}_{scope}", "ratio"
        )
    return PairColumn(item, f"{zh}{what_zh}", f"{what_en}: {en}", f"{measure}_{scope}", "ratio")


#: One per `AFFINITY_INPUTS`, in its order. Families: `<measure>_<of what>` and `support`.
AFFINITY_COLUMNS: tuple[PairColumn, ...] = tuple(_column(item) for item in AFFINITY_INPUTS)
