"""The names of the accepted tables and of their stored columns: the one vocabulary of every layer.

Money columns hold integer fen (`*_fen`); at the edge the same column is `*_yuan`. Days are date32.
"""

from typing import Final

# Every stored fact, and the pairs that are asked for
ENTERPRISE: Final = "enterprise"
AS_OF: Final = "as_of"
KNOWN_ON: Final = "known_on"
KNOWN_ON_BASIS: Final = "known_on_basis"
SUPERSEDED_ON: Final = "superseded_on"
ROW_ID: Final = "row_id"

# Tables
ENTERPRISES: Final = "enterprises"
TAX_RATINGS: Final = "tax_ratings"
TAX_FILINGS: Final = "tax_filings"
TAX_ARREARS: Final = "tax_arrears"
INVOICES: Final = "invoices"
LOANS: Final = "loans"
JUDGMENTS: Final = "judgments"
PENALTIES: Final = "penalties"
REGISTRATION_CHANGES: Final = "registration_changes"
HONOURS: Final = "honours"
SOCIAL_INSURANCE: Final = "social_insurance"
REQUESTS: Final = "requests"
SHOWN: Final = "shown"
APPLICATIONS: Final = "applications"
DECISIONS: Final = "decisions"

# enterprises
NAME: Final = "name"
KIND: Final = "kind"
FOUNDED_ON: Final = "founded_on"
REGION: Final = "region"
INDUSTRY: Final = "industry"
REGISTERED_CAPITAL_FEN: Final = "registered_capital_fen"
STATUS: Final = "status"

# tax_ratings
RATING_YEAR: Final = "rating_year"
RATING: Final = "rating"
PUBLISHED_ON: Final = "published_on"

# tax_filings, tax_arrears
TAX: Final = "tax"
PERIOD_END: Final = "period_end"
DUE_ON: Final = "due_on"
FILED_ON: Final = "filed_on"
TAXABLE_SALES_FEN: Final = "taxable_sales_fen"
TAX_PAYABLE_FEN: Final = "tax_payable_fen"
TAX_PAID_FEN: Final = "tax_paid_fen"
ARISEN_ON: Final = "arisen_on"
AMOUNT_FEN: Final = "amount_fen"
CLEARED_ON: Final = "cleared_on"

# invoices
DIRECTION: Final = "direction"
INVOICE_NO: Final = "invoice_no"
ISSUED_ON: Final = "issued_on"
COUNTERPARTY: Final = "counterparty"
TAX_FEN: Final = "tax_fen"
TOTAL_FEN: Final = "total_fen"
IS_VOID: Final = "is_void"

# loans
LOAN_NO: Final = "loan_no"
REPORTED_ON: Final = "reported_on"
LENDER: Final = "lender"
PRINCIPAL_FEN: Final = "principal_fen"
BALANCE_FEN: Final = "balance_fen"
ANNUAL_RATE_PPM: Final = "annual_rate_ppm"
DRAWN_ON: Final = "drawn_on"
LOAN_CLASS: Final = "loan_class"
DAYS_PAST_DUE: Final = "days_past_due"
WRITTEN_OFF_ON: Final = "written_off_on"
RESTRUCTURED_ON: Final = "restructured_on"

# judgments, penalties
CASE_NO: Final = "case_no"
ROLE: Final = "role"
DECIDED_ON: Final = "decided_on"
CLOSED_ON: Final = "closed_on"
DECISION_NO: Final = "decision_no"
GRADE: Final = "grade"
PUBLICITY_UNTIL: Final = "publicity_until"

# registration_changes, honours
CHANGE: Final = "change"
CHANGED_ON: Final = "changed_on"
HONOUR: Final = "honour"
GRANTED_ON: Final = "granted_on"
VALID_UNTIL: Final = "valid_until"

# social_insurance
INSURED_COUNT: Final = "insured_count"
PAYABLE_FEN: Final = "payable_fen"
PAID_FEN: Final = "paid_fen"

# requests, shown, applications, decisions
REQUEST_NO: Final = "request_no"
PRODUCT: Final = "product"
REQUESTED_ON: Final = "requested_on"
TERM_MONTHS: Final = "term_months"
SHOWN_ON: Final = "shown_on"
POSITION: Final = "position"
LIST_ORDER: Final = "list_order"
SHOWN_CHANCE_PPM: Final = "shown_chance_ppm"
APPLIED_ON: Final = "applied_on"
OUTCOME: Final = "outcome"
SETTLED_ON: Final = "settled_on"
