"""VAT invoices that a firm issued (sale) and received (purchase)."""

from features.columns import (
    AMOUNT_FEN,
    COUNTERPARTY,
    DIRECTION,
    ENTERPRISE,
    INVOICE_NO,
    INVOICES,
    IS_VOID,
    ISSUED_ON,
    STATUS,
    TAX_FEN,
    TOTAL_FEN,
)
from features.tables.contract import (
    Column,
    ColumnKind,
    Table,
    TableKind,
    code,
    day,
    enterprise_column,
    known_on_column,
    money,
    text,
)

SALE = "sale"
PURCHASE = "purchase"
VALID = "valid"
VOID = "void"

INVOICE_TABLES = (
    Table(
        name=INVOICES,
        zh="增值税发票",
        en="VAT invoices",
        is_public=False,
        kind=TableKind.stream,
        key=(ENTERPRISE, DIRECTION, INVOICE_NO, ISSUED_ON, COUNTERPARTY, AMOUNT_FEN),
        event_on=ISSUED_ON,
        columns=(
            enterprise_column(),
            code(DIRECTION, "方向", "sale or purchase", (SALE, PURCHASE)),
            text(INVOICE_NO, "发票号码", "invoice number"),
            day(ISSUED_ON, "开票日期", "day issued", has_happened=True),
            text(COUNTERPARTY, "对方", "counterparty"),
            money(AMOUNT_FEN, "金额（不含税）", "amount net of tax; negative on red-letter invoices"),
            money(TAX_FEN, "税额", "tax"),
            money(TOTAL_FEN, "价税合计", "amount with tax"),
            Column(STATUS, ColumnKind.code, "发票状态", "state", stored=IS_VOID, codes=(VALID, VOID), true_when=VOID),
            known_on_column(),
        ),
        supplier_zh="税务部门（企业授权后提供增值税发票数据）",
        supplier_en="tax bureau (VAT invoices, by the firm's authorisation)",
        usual_lag_days=1,
    ),
)
