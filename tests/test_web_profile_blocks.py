"""What a profile's page shows at once, what it folds away and what it asks for."""

from dataclasses import replace
from datetime import date

from service.web.profile_blocks import Missing, blocks_of
from service.work.profiles import ProfileRow, ProfileView

KNOWN = ProfileRow(
    name="sales",
    zh="销售额",
    en="sales",
    block="invoices",
    block_zh="发票",
    block_en="invoices",
    text="5万元",
    source_zh="发票",
    is_missing=False,
    who_zh="企业",
    is_technical=False,
)
LOG = replace(KNOWN, name="sales_log", zh="销售额对数", is_technical=True)
LACKING = replace(KNOWN, name="buyers", zh="买方数", is_missing=True)
LOG_LACKING = replace(LOG, name="buyers_log", is_missing=True)
OTHER = replace(KNOWN, name="age", block="registry", block_zh="工商登记", block_en="registry")


def test_rows_for_models_are_folded_and_never_asked_for() -> None:
    rows = [KNOWN, LOG, LACKING, LOG_LACKING, OTHER]
    view = ProfileView("uscc:1", "示例企业", date(2026, 6, 30), rows, log_entry=1, authorised=True)
    invoices, registry = blocks_of(view)
    assert (invoices.zh, invoices.en) == ("发票", "invoices")
    assert (invoices.known, invoices.technical) == ((KNOWN,), (LOG,))
    assert invoices.missing == (Missing("企业", ("买方数",)),)
    assert (registry.zh, registry.known, registry.technical) == ("工商登记", (OTHER,), ())
