"""Features of VAT invoices: what a firm sells and buys, how steadily, to whom, and how cleanly it invoices.

Amounts are net of tax. Void invoices leave every amount, red letters (negative invoices) stay in. Features without a
window read every known invoice.
"""

from features.columns import INVOICES
from features.dictionary.feature import Block, Feature, Group, Unit

_GROUP = Group(Block.invoices, frozenset({INVOICES}))
_one, _each = _GROUP.feature, _GROUP.windowed

_WINDOWED: tuple[Feature, ...] = (
    *_each(
        "sales_{w}m_fen", (3, 6, 12, 24), Unit.fen, "近{w}个月开票销售额", "invoiced sales of {w} months", direction=1
    ),
    *_each("purchases_{w}m_fen", (12,), Unit.fen, "近{w}个月进项采购额", "invoiced purchases of {w} months"),
    *_each(
        "sales_months_{w}m",
        (6, 12, 24),
        Unit.months,
        "近{w}个月有开票销售的月数",
        "months with sales, of {w}",
        direction=1,
    ),
    *_each(
        "zero_sales_months_{w}m",
        (12,),
        Unit.months,
        "近{w}个月无开票销售的月数",
        "months without sales, of {w}",
        direction=-1,
    ),
    *_each(
        "sales_void_ratio_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月销项发票作废率",
        "share of void sales invoices, {w} months",
        direction=-1,
    ),
    *_each(
        "purchase_void_ratio_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月进项发票作废率",
        "share of void purchase invoices, {w} months",
        direction=-1,
    ),
    *_each(
        "sales_red_letter_ratio_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月红字销项发票占比",
        "share of red-letter sales invoices, {w} months",
        direction=-1,
    ),
    *_each(
        "sales_red_letter_amount_ratio_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月红字金额占开票销售额比例",
        "red-letter amount to positive sales, {w} months",
        direction=-1,
    ),
    *_each(
        "top_buyer_share_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月第一大客户销售占比",
        "share of the largest buyer, {w} months",
        direction=-1,
    ),
    *_each(
        "buyer_hhi_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月客户集中度(HHI)",
        "concentration of buyers (HHI), {w} months",
        direction=-1,
    ),
    *_each(
        "top_supplier_share_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月第一大供应商采购占比",
        "share of the largest supplier, {w} months",
        direction=-1,
    ),
    *_each("buyers_{w}m", (12,), Unit.count, "近{w}个月客户数", "buyers of {w} months", direction=1),
    *_each("suppliers_{w}m", (12,), Unit.count, "近{w}个月供应商数", "suppliers of {w} months", direction=1),
    *_each(
        "buyers_new_{w}m_ratio", (12,), Unit.ratio, "近{w}个月新客户占比", "share of buyers new in the last {w} months"
    ),
    *_each(
        "buyers_lost_{w}m_ratio",
        (12,),
        Unit.ratio,
        "近{w}个月流失客户占上期客户比例",
        "share of the earlier {w} months' buyers that left",
        direction=-1,
    ),
    *_each(
        "sales_growth_{w}m_ratio",
        (12,),
        Unit.ratio,
        "近{w}个月开票销售额同比增幅",
        "growth of {w} months' sales over the {w} before",
        direction=1,
    ),
    *_each(
        "sales_cv_{w}m",
        (12,),
        Unit.ratio,
        "近{w}个月月销售额变异系数",
        "variation of monthly sales, {w} months",
        direction=-1,
    ),
    *_each(
        "sales_trend_{w}m_ratio",
        (12,),
        Unit.ratio,
        "近{w}个月月销售额趋势（每月增减占月均比例）",
        "monthly slope of sales to their mean, {w} months",
        direction=1,
    ),
)

_SINCE: tuple[Feature, ...] = (
    _one("months_since_first_sale", Unit.months, "首次开票销售距今月数", "months since the first sale", direction=1),
    _one(
        "months_since_last_sale",
        Unit.months,
        "最近开票销售距今完整月数",
        "full months since the last sale",
        direction=-1,
    ),
    _one("days_since_last_invoice", Unit.days, "最近一张发票距今天数", "days since the last invoice", direction=-1),
    _one("last_invoice_on", Unit.day, "最近一张发票日期", "day of the last invoice"),
    _one("last_sale_on", Unit.day, "最近一笔开票销售日期", "day of the last sale"),
)

_LEVELS: tuple[Feature, ...] = (
    _one("sales_per_active_month_log", Unit.log, "月均开票销售额（对数）", "sales per active month (log)", direction=1),
    _one("purchases_per_active_month_log", Unit.log, "月均进项采购额（对数）", "purchases per active month (log)"),
    _one("gross_margin_ratio", Unit.ratio, "进销毛利率", "margin of sales over purchases"),
    _one("net_vat_ratio", Unit.ratio, "销项减进项税额占销售额比例", "output less input tax to sales"),
    _one("sales_void_ratio", Unit.ratio, "销项发票作废率", "share of void sales invoices", direction=-1),
    _one("purchase_void_ratio", Unit.ratio, "进项发票作废率", "share of void purchase invoices", direction=-1),
    _one("sales_red_letter_ratio", Unit.ratio, "红字销项发票占比", "share of red-letter sales invoices", direction=-1),
    _one(
        "purchase_red_letter_ratio",
        Unit.ratio,
        "红字进项发票占比",
        "share of red-letter purchase invoices",
        direction=-1,
    ),
    _one(
        "sales_red_letter_amount_ratio",
        Unit.ratio,
        "红字金额占开票销售额比例",
        "red-letter amount to positive sales",
        direction=-1,
    ),
    _one("sales_invoices_log", Unit.log, "有效销项发票数（对数）", "valid sales invoices (log)", direction=1),
    _one("purchase_invoices_log", Unit.log, "有效进项发票数（对数）", "valid purchase invoices (log)"),
    _one("sales_ticket_log", Unit.log, "单张销项发票金额中位数（对数）", "median sales invoice (log)"),
    _one("purchase_ticket_log", Unit.log, "单张进项发票金额中位数（对数）", "median purchase invoice (log)"),
    _one("sales_months", Unit.months, "有销项发票的月数", "months with sales invoices", direction=1),
    _one("purchase_months", Unit.months, "有进项发票的月数", "months with purchase invoices"),
    _one("buyers_log", Unit.log, "客户数（对数）", "buyers (log)", direction=1),
    _one("suppliers_log", Unit.log, "供应商数（对数）", "suppliers (log)"),
    _one("buyer_hhi", Unit.ratio, "客户集中度(HHI)", "concentration of buyers (HHI)", direction=-1),
    _one("supplier_hhi", Unit.ratio, "供应商集中度(HHI)", "concentration of suppliers (HHI)"),
    _one("top_buyer_share", Unit.ratio, "第一大客户销售占比", "share of the largest buyer", direction=-1),
    _one(
        "repeat_buyers_ratio",
        Unit.ratio,
        "跨月回头客户占比",
        "share of buyers that came back in another month",
        direction=1,
    ),
    _one(
        "repeat_suppliers_ratio", Unit.ratio, "跨月往来供应商占比", "share of suppliers bought from in several months"
    ),
    _one(
        "sales_growth_last_year_log",
        Unit.log,
        "上一年销售额增长（对数）",
        "growth of last calendar year's sales (log)",
        direction=1,
    ),
    _one("sales_growth_year_before_log", Unit.log, "前一年销售额增长（对数）", "growth of the year before that (log)"),
    _one("sales_cv_38m", Unit.ratio, "近38个月月销售额变异系数", "variation of monthly sales, 38 months", direction=-1),
    _one(
        "zero_sales_months_38m_ratio",
        Unit.ratio,
        "近38个月无销售月份占比",
        "share of months without sales, 38 months",
        direction=-1,
    ),
    _one("sales_seasonality_38m", Unit.ratio, "近38个月销售季节性", "seasonality of sales, 38 months"),
    _one(
        "low_tax_sales_ratio",
        Unit.ratio,
        "低税率（3.1%及以下）销项发票占比",
        "share of sales invoices taxed 3.1 % or less",
    ),
    _one("sales_half_year_ratio", Unit.ratio, "近半年销售额占全部比例", "sales of the last half year to all sales"),
)

FEATURES: tuple[Feature, ...] = (*_WINDOWED, *_SINCE, *_LEVELS)
