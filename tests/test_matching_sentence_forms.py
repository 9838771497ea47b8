"""Every comparison with every unit as a banker says it, in both languages: a table that was read by eye."""

from datetime import timedelta

import pytest
from matching_worlds import AS_OF, Row, profiles

from matching.compile import compile_clause
from matching.criteria import Clause, RatioComparison, columns_of, expanded, leaves
from matching.frame import Frame
from matching.sentence import clause_words
from matching.vocabulary import column

TABLE: list[tuple[Row, str, str]] = [
    (
        {"column": "sales_12m_fen", "op": "at_least", "value": 500000},
        "近12个月开票销售额不低于50万元",
        "invoiced sales of 12 months: at least CNY 500,000",
    ),
    (
        {"column": "sales_12m_fen", "op": "at_most", "value": 500000},
        "近12个月开票销售额不超过50万元",
        "invoiced sales of 12 months: at most CNY 500,000",
    ),
    (
        {"column": "sales_12m_fen", "op": "above", "value": 500000},
        "近12个月开票销售额高于50万元",
        "invoiced sales of 12 months: above CNY 500,000",
    ),
    (
        {"column": "sales_12m_fen", "op": "below", "value": 500000},
        "近12个月开票销售额低于50万元",
        "invoiced sales of 12 months: below CNY 500,000",
    ),
    (
        {"column": "sales_12m_fen", "op": "equals", "value": 500000},
        "近12个月开票销售额为50万元",
        "invoiced sales of 12 months: is CNY 500,000",
    ),
    (
        {"column": "sales_void_ratio_12m", "op": "at_least", "value": "0.15"},
        "近12个月销项发票作废率不低于15%",
        "share of void sales invoices, 12 months: at least 15%",
    ),
    (
        {"column": "sales_void_ratio_12m", "op": "at_most", "value": "0.15"},
        "近12个月销项发票作废率不超过15%",
        "share of void sales invoices, 12 months: at most 15%",
    ),
    (
        {"column": "sales_void_ratio_12m", "op": "above", "value": "0.15"},
        "近12个月销项发票作废率高于15%",
        "share of void sales invoices, 12 months: above 15%",
    ),
    (
        {"column": "sales_void_ratio_12m", "op": "below", "value": "0.15"},
        "近12个月销项发票作废率低于15%",
        "share of void sales invoices, 12 months: below 15%",
    ),
    (
        {"column": "sales_void_ratio_12m", "op": "equals", "value": "0.15"},
        "近12个月销项发票作废率为15%",
        "share of void sales invoices, 12 months: is 15%",
    ),
    (
        {"column": "sales_ticket_log", "op": "at_least", "value": "12.5"},
        "单张销项发票金额中位数（对数）不低于12.5",
        "median sales invoice (log): at least 12.5",
    ),
    (
        {"column": "sales_ticket_log", "op": "at_most", "value": "12.5"},
        "单张销项发票金额中位数（对数）不超过12.5",
        "median sales invoice (log): at most 12.5",
    ),
    (
        {"column": "sales_ticket_log", "op": "above", "value": "12.5"},
        "单张销项发票金额中位数（对数）高于12.5",
        "median sales invoice (log): above 12.5",
    ),
    (
        {"column": "sales_ticket_log", "op": "below", "value": "12.5"},
        "单张销项发票金额中位数（对数）低于12.5",
        "median sales invoice (log): below 12.5",
    ),
    (
        {"column": "sales_ticket_log", "op": "equals", "value": "12.5"},
        "单张销项发票金额中位数（对数）为12.5",
        "median sales invoice (log): is 12.5",
    ),
    (
        {"column": "buyers_12m", "op": "at_least", "value": 5},
        "近12个月客户数不少于5家",
        "buyers of 12 months: at least 5",
    ),
    (
        {"column": "buyers_12m", "op": "at_most", "value": 5},
        "近12个月客户数不超过5家",
        "buyers of 12 months: at most 5",
    ),
    ({"column": "buyers_12m", "op": "above", "value": 5}, "近12个月客户数多于5家", "buyers of 12 months: more than 5"),
    ({"column": "buyers_12m", "op": "below", "value": 5}, "近12个月客户数少于5家", "buyers of 12 months: fewer than 5"),
    ({"column": "buyers_12m", "op": "equals", "value": 5}, "近12个月客户数为5家", "buyers of 12 months: is 5"),
    (
        {"column": "owner_age", "op": "at_least", "value": 60},
        "法定代表人年龄不低于60岁",
        "age of the legal representative: at least 60",
    ),
    (
        {"column": "owner_age", "op": "at_most", "value": 60},
        "法定代表人年龄不超过60岁",
        "age of the legal representative: at most 60",
    ),
    (
        {"column": "owner_age", "op": "above", "value": 60},
        "法定代表人年龄高于60岁",
        "age of the legal representative: above 60",
    ),
    (
        {"column": "owner_age", "op": "below", "value": 60},
        "法定代表人年龄低于60岁",
        "age of the legal representative: below 60",
    ),
    (
        {"column": "owner_age", "op": "equals", "value": 60},
        "法定代表人年龄为60岁",
        "age of the legal representative: is 60",
    ),
    ({"column": "age_months", "op": "at_least", "value": 18}, "成立满18个月", "established for at least 18 months"),
    ({"column": "age_months", "op": "at_most", "value": 18}, "成立不超过18个月", "established for at most 18 months"),
    ({"column": "age_months", "op": "above", "value": 18}, "成立超过18个月", "established for more than 18 months"),
    ({"column": "age_months", "op": "below", "value": 18}, "成立不满18个月", "established for less than 18 months"),
    (
        {"column": "age_months", "op": "equals", "value": 18},
        "成立月数为18个月",
        "full months since foundation: is 18 months",
    ),
    (
        {"column": "sales_months_12m", "op": "at_least", "value": 9},
        "近12个月中至少9个月有开票销售",
        "sales invoices in at least 9 of 12 months",
    ),
    (
        {"column": "sales_months_12m", "op": "at_most", "value": 9},
        "近12个月中最多9个月有开票销售",
        "sales invoices in at most 9 of 12 months",
    ),
    (
        {"column": "sales_months_12m", "op": "above", "value": 9},
        "近12个月中至少10个月有开票销售",
        "sales invoices in at least 10 of 12 months",
    ),
    (
        {"column": "sales_months_12m", "op": "below", "value": 9},
        "近12个月中最多8个月有开票销售",
        "sales invoices in at most 8 of 12 months",
    ),
    (
        {"column": "sales_months_12m", "op": "equals", "value": 9},
        "近12个月中正好9个月有开票销售",
        "sales invoices in exactly 9 of 12 months",
    ),
    (
        {"column": "months_since_last_sale", "op": "at_least", "value": 2},
        "最近2个完整月内无开票销售",
        "no sales within the last 2 full months",
    ),
    (
        {"column": "months_since_last_sale", "op": "at_most", "value": 2},
        "最近3个完整月内有开票销售",
        "sales within the last 3 full months",
    ),
    (
        {"column": "months_since_last_sale", "op": "above", "value": 2},
        "最近3个完整月内无开票销售",
        "no sales within the last 3 full months",
    ),
    (
        {"column": "months_since_last_sale", "op": "below", "value": 2},
        "最近2个完整月内有开票销售",
        "sales within the last 2 full months",
    ),
    (
        {"column": "months_since_last_sale", "op": "equals", "value": 2},
        "最近开票销售距今完整月数为2个月",
        "full months since the last sale: is 2 months",
    ),
    (
        {"column": "zero_sales_months_12m", "op": "at_least", "value": 2},
        "近12个月无开票销售的月数不少于2个月",
        "months without sales, of 12: at least 2 months",
    ),
    (
        {"column": "zero_sales_months_12m", "op": "at_most", "value": 2},
        "近12个月无开票销售的月数不超过2个月",
        "months without sales, of 12: at most 2 months",
    ),
    (
        {"column": "zero_sales_months_12m", "op": "above", "value": 2},
        "近12个月无开票销售的月数多于2个月",
        "months without sales, of 12: more than 2 months",
    ),
    (
        {"column": "zero_sales_months_12m", "op": "below", "value": 2},
        "近12个月无开票销售的月数少于2个月",
        "months without sales, of 12: fewer than 2 months",
    ),
    (
        {"column": "zero_sales_months_12m", "op": "equals", "value": 2},
        "近12个月无开票销售的月数为2个月",
        "months without sales, of 12: is 2 months",
    ),
    (
        {"column": "days_since_last_invoice", "op": "at_least", "value": 30},
        "最近29天内未开过发票",
        "no invoice within the last 29 days",
    ),
    (
        {"column": "days_since_last_invoice", "op": "at_most", "value": 30},
        "最近30天内开过发票",
        "an invoice within the last 30 days",
    ),
    (
        {"column": "days_since_last_invoice", "op": "above", "value": 30},
        "最近30天内未开过发票",
        "no invoice within the last 30 days",
    ),
    (
        {"column": "days_since_last_invoice", "op": "below", "value": 30},
        "最近29天内开过发票",
        "an invoice within the last 29 days",
    ),
    (
        {"column": "days_since_last_invoice", "op": "equals", "value": 30},
        "最近一张发票距今天数为30天",
        "days since the last invoice: is 30 days",
    ),
    (
        {"column": "max_days_past_due_24m", "op": "at_least", "value": 30},
        "近24个月贷款最长逾期天数不少于30天",
        "longest past due in 24 months: at least 30 days",
    ),
    (
        {"column": "max_days_past_due_24m", "op": "at_most", "value": 30},
        "近24个月贷款最长逾期天数不超过30天",
        "longest past due in 24 months: at most 30 days",
    ),
    (
        {"column": "max_days_past_due_24m", "op": "above", "value": 30},
        "近24个月贷款最长逾期天数多于30天",
        "longest past due in 24 months: more than 30 days",
    ),
    (
        {"column": "max_days_past_due_24m", "op": "below", "value": 30},
        "近24个月贷款最长逾期天数少于30天",
        "longest past due in 24 months: fewer than 30 days",
    ),
    (
        {"column": "max_days_past_due_24m", "op": "equals", "value": 30},
        "近24个月贷款最长逾期天数为30天",
        "longest past due in 24 months: is 30 days",
    ),
    (
        {"column": "tax_rating_year", "op": "at_least", "value": 2025},
        "纳税信用评价年度不早于2025年",
        "year of the tax credit rating: not before 2025",
    ),
    (
        {"column": "tax_rating_year", "op": "at_most", "value": 2025},
        "纳税信用评价年度不晚于2025年",
        "year of the tax credit rating: not after 2025",
    ),
    (
        {"column": "tax_rating_year", "op": "above", "value": 2025},
        "纳税信用评价年度晚于2025年",
        "year of the tax credit rating: after 2025",
    ),
    (
        {"column": "tax_rating_year", "op": "below", "value": 2025},
        "纳税信用评价年度早于2025年",
        "year of the tax credit rating: before 2025",
    ),
    (
        {"column": "tax_rating_year", "op": "equals", "value": 2025},
        "纳税信用评价年度为2025年",
        "year of the tax credit rating: on 2025",
    ),
    ({"column": "has_had_loan", "op": "at_least", "value": 1}, "有过贷款记录", "has had a loan"),
    ({"column": "has_had_loan", "op": "at_most", "value": 1}, "有过贷款记录：是否均可", "has had a loan: either way"),
    ({"column": "has_had_loan", "op": "above", "value": 1}, "有过贷款记录：无法满足", "has had a loan: cannot be met"),
    ({"column": "has_had_loan", "op": "below", "value": 1}, "为首贷户（此前无贷款记录）", "first-time borrower"),
    ({"column": "has_had_loan", "op": "equals", "value": 1}, "有过贷款记录", "has had a loan"),
    (
        {"column": "last_invoice_on", "op": "at_least", "value": "2026-01-05"},
        "最近一张发票日期不早于2026年1月5日",
        "day of the last invoice: not before 2026-01-05",
    ),
    (
        {"column": "last_invoice_on", "op": "at_most", "value": "2026-01-05"},
        "最近一张发票日期不晚于2026年1月5日",
        "day of the last invoice: not after 2026-01-05",
    ),
    (
        {"column": "last_invoice_on", "op": "above", "value": "2026-01-05"},
        "最近一张发票日期晚于2026年1月5日",
        "day of the last invoice: after 2026-01-05",
    ),
    (
        {"column": "last_invoice_on", "op": "below", "value": "2026-01-05"},
        "最近一张发票日期早于2026年1月5日",
        "day of the last invoice: before 2026-01-05",
    ),
    (
        {"column": "last_invoice_on", "op": "equals", "value": "2026-01-05"},
        "最近一张发票日期为2026年1月5日",
        "day of the last invoice: on 2026-01-05",
    ),
    (
        {"column": "sales_growth_12m_ratio", "op": "at_least", "value": "-0.2"},
        "近12个月开票销售额较上一年度同期降幅不超过20%",
        "invoiced sales of 12 months against the 12 before down by at most 20%",
    ),
    (
        {"column": "sales_growth_12m_ratio", "op": "at_most", "value": "-0.2"},
        "近12个月开票销售额较上一年度同期降幅不低于20%",
        "invoiced sales of 12 months against the 12 before down by at least 20%",
    ),
    (
        {"column": "sales_growth_12m_ratio", "op": "above", "value": "-0.2"},
        "近12个月开票销售额较上一年度同期降幅小于20%",
        "invoiced sales of 12 months against the 12 before down by less than 20%",
    ),
    (
        {"column": "sales_growth_12m_ratio", "op": "below", "value": "-0.2"},
        "近12个月开票销售额较上一年度同期降幅超过20%",
        "invoiced sales of 12 months against the 12 before down by more than 20%",
    ),
    (
        {"column": "sales_growth_12m_ratio", "op": "equals", "value": "-0.2"},
        "近12个月开票销售额同比增幅为-20%",
        "growth of 12 months' sales over the 12 before: is -20%",
    ),
    (
        {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 90}},
        "最近90天内有过开票销售",
        "an invoiced sale within the last 90 days",
    ),
    (
        {"column": "last_sale_on", "op": "at_most", "value": {"days_before": 90}},
        "最近89天内没有开票销售",
        "no invoiced sale within the last 89 days",
    ),
    (
        {"column": "last_sale_on", "op": "above", "value": {"days_before": 90}},
        "最近89天内有过开票销售",
        "an invoiced sale within the last 89 days",
    ),
    (
        {"column": "last_sale_on", "op": "below", "value": {"days_before": 90}},
        "最近90天内没有开票销售",
        "no invoiced sale within the last 90 days",
    ),
    (
        {"column": "last_sale_on", "op": "equals", "value": {"days_before": 90}},
        "最近一笔开票销售日期为90天前",
        "day of the last sale: on 90 days before",
    ),
    (
        {"column": "last_sale_on", "op": "at_least", "value": {"months_before": 6}},
        "最近6个月内有过开票销售",
        "an invoiced sale within the last 6 months",
    ),
    (
        {"column": "last_sale_on", "op": "at_most", "value": {"months_before": 6}},
        "最近一笔开票销售日期不晚于6个月前",
        "day of the last sale: not after 6 months before",
    ),
    (
        {"column": "last_sale_on", "op": "above", "value": {"months_before": 6}},
        "最近一笔开票销售日期晚于6个月前",
        "day of the last sale: after 6 months before",
    ),
    (
        {"column": "last_sale_on", "op": "below", "value": {"months_before": 6}},
        "最近6个月内没有开票销售",
        "no invoiced sale within the last 6 months",
    ),
    (
        {"column": "last_sale_on", "op": "equals", "value": {"months_before": 6}},
        "最近一笔开票销售日期为6个月前",
        "day of the last sale: on 6 months before",
    ),
    (
        {"column": "last_invoice_on", "op": "at_least", "value": {"months_before": 12}},
        "最近1年内开过发票",
        "an invoice within the last 1 year",
    ),
    (
        {"column": "last_tax_paid_on", "op": "at_least", "value": {"months_before": 3}},
        "最近3个月内有过纳税记录",
        "a tax payment within the last 3 months",
    ),
    (
        {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 0}},
        "最近一笔开票销售日期不早于当日",
        "day of the last sale: not before the day itself",
    ),
    (
        {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_least", "value": "0.5"},
        "贷款余额不低于近12个月开票销售额的50%",
        "loans outstanding: at least 50% of invoiced sales of 12 months",
    ),
    (
        {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"},
        "贷款余额不超过近12个月开票销售额的50%",
        "loans outstanding: at most 50% of invoiced sales of 12 months",
    ),
    (
        {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "above", "value": "0.5"},
        "贷款余额高于近12个月开票销售额的50%",
        "loans outstanding: above 50% of invoiced sales of 12 months",
    ),
    (
        {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "below", "value": "0.5"},
        "贷款余额低于近12个月开票销售额的50%",
        "loans outstanding: below 50% of invoiced sales of 12 months",
    ),
    (
        {"column": "total_debt_fen", "over": "sales_12m_fen", "op": "at_most", "value": 1},
        "综合负债不超过近12个月开票销售额",
        "total debt: at most invoiced sales of 12 months",
    ),
    (
        {"column": "sales_12m_fen", "over": "purchases_12m_fen", "op": "at_least", "value": "1.2"},
        "近12个月开票销售额不低于近12个月进项采购额的1.2倍",
        "invoiced sales of 12 months: at least 1.2 times invoiced purchases of 12 months",
    ),
    (
        {"column": "zero_sales_months_12m", "over": "age_months", "op": "below", "value": "0.25"},
        "近12个月无开票销售的月数少于成立月数的25%",
        "months without sales, of 12: fewer than 25% of full months since foundation",
    ),
    (
        {"column": "suppliers_12m", "over": "buyers_12m", "op": "at_most", "value": 2},
        "近12个月供应商数不超过近12个月客户数的2倍",
        "suppliers of 12 months: at most 2 times buyers of 12 months",
    ),
    (
        {"column": "sales_12m_fen", "op": "between", "low": 500000, "high": 3000000},
        "近12个月开票销售额在50万元至300万元之间",
        "invoiced sales of 12 months between CNY 500,000 and CNY 3,000,000",
    ),
    (
        {"column": "top_buyer_share_12m", "op": "between", "low": "0.1", "high": "0.4"},
        "近12个月第一大客户销售占比在10%至40%之间",
        "share of the largest buyer, 12 months between 10% and 40%",
    ),
    (
        {"column": "insured_count", "op": "between", "low": 5, "high": 50},
        "参保人数在5人至50人之间",
        "people insured, newest month between 5 and 50",
    ),
    (
        {"column": "age_months", "op": "between", "low": 12, "high": 60},
        "成立满1年且不超过5年",
        "established for at least 1 year and at most 5 years",
    ),
    (
        {"column": "max_days_past_due_24m", "op": "between", "low": 1, "high": 30},
        "近24个月贷款最长逾期天数在1天至30天之间",
        "longest past due in 24 months between 1 day and 30 days",
    ),
    (
        {"column": "last_invoice_on", "op": "between", "low": "2026-01-01", "high": "2026-03-31"},
        "最近一张发票日期在2026年1月1日至2026年3月31日之间",
        "day of the last invoice between 2026-01-01 and 2026-03-31",
    ),
    (
        {"column": "tax_rating_year", "op": "between", "low": 2024, "high": 2025},
        "纳税信用评价年度在2024年至2025年之间",
        "year of the tax credit rating between 2024 and 2025",
    ),
    (
        {"column": "tax_rating", "op": "in", "values": ["A", "B"]},
        "纳税信用等级为A级或B级",
        "tax credit rating is A or B",
    ),
    (
        {"column": "prefecture", "op": "in", "values": ["620100", "620171", "620400"]},
        "注册地在兰州市、兰州新区或白银市",
        "registered in Lanzhou, Lanzhou New Area or Baiyin",
    ),
    (
        {"column": "kind", "op": "in", "values": ["cooperative", "family_farm"]},
        "主体类型为农民专业合作社或家庭农场",
        "is a farmers' cooperative or family farm",
    ),
    ({"column": "guarantors_count", "op": "in", "values": [1, 2]}, "保证人人数为1人或2人", "guarantors is 1 or 2"),
    ({"column": "farm_activity", "op": "in", "values": ["cattle"]}, "从事肉牛养殖", "in cattle"),
    (
        {"column": "industry_chain", "op": "in", "values": ["noodles"]},
        "属于牛肉拉面产业链",
        "in the chain of beef noodles",
    ),
    (
        {"not": {"column": "tax_rating", "op": "in", "values": ["C", "D"]}},
        "纳税信用等级不为C级或D级",
        "tax credit rating is not C or D",
    ),
    (
        {"not": {"column": "prefecture", "op": "in", "values": ["620100"]}},
        "注册地不在兰州市",
        "not registered in Lanzhou",
    ),
    (
        {"not": {"column": "insured_count", "op": "between", "low": 5, "high": 50}},
        "参保人数不在5人至50人之间",
        "people insured, newest month not between 5 and 50",
    ),
    (
        {"not": {"column": "is_on_abnormal_list", "op": "equals", "value": 1}},
        "未被列入经营异常名录",
        "not on the list of abnormal operation",
    ),
    (
        {"not": {"column": "has_bank_account", "op": "equals", "value": 1}},
        "未在本行开立对公结算账户",
        "has no settlement account with the bank",
    ),
    ({"not": {"column": "is_farm_business", "op": "equals", "value": 1}}, "非涉农经营主体", "is not a farm business"),
    (
        {"not": {"column": "is_livestock_insured", "op": "equals", "value": 1}},
        "活体未全部参加养殖保险",
        "not so: its livestock is insured",
    ),
    (
        {"not": {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "above", "value": "0.5"}},
        "贷款余额不超过近12个月开票销售额的50%",
        "loans outstanding: at most 50% of invoiced sales of 12 months",
    ),
    (
        {"not": {"column": "last_sale_on", "op": "below", "value": {"days_before": 90}}},
        "最近90天内有过开票销售",
        "an invoiced sale within the last 90 days",
    ),
    (
        {"not": {"column": "buyers_12m", "op": "equals", "value": 3}},
        "近12个月客户数不为3家",
        "buyers of 12 months is not 3",
    ),
    (
        {"not": {"column": "sales_12m_fen", "op": "equals", "value": 0}},
        "近12个月开票销售额大于0元",
        "invoiced sales of 12 months: more than CNY 0",
    ),
    (
        {
            "any": [
                {"column": "tax_rating", "op": "equals", "value": "A"},
                {
                    "all": [
                        {"column": "age_months", "op": "at_least", "value": 24},
                        {"column": "buyers_12m", "op": "at_least", "value": 5},
                    ]
                },
            ]
        },
        "纳税信用等级为A级，或（成立满2年，且近12个月客户数不少于5家）",
        "tax credit rating is A or (established for at least 2 years and buyers of 12 months: at least 5)",
    ),
    (
        {
            "not": {
                "all": [
                    {"column": "is_high_tech", "op": "equals", "value": 1},
                    {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 30}},
                ]
            }
        },
        "非高新技术企业，或最近30天内没有开票销售",
        "not a high-tech enterprise or no invoiced sale within the last 30 days",
    ),
]
OPS = {"at_least", "at_most", "above", "below", "equals"}
# Codes have no order, and what is held on a day is listed by nobody.
SAID = {
    *((op, unit) for op in OPS for unit in ("fen", "ratio", "log", "count", "months", "days", "year", "flag", "day")),
    *(("between", unit) for unit in ("fen", "ratio", "count", "months", "days", "year", "day")),
    ("equals", "code"),
    ("in", "code"),
    ("in", "count"),
}


@pytest.mark.parametrize(("condition", "zh", "en"), TABLE)
def test_it_is_said_as_a_banker_says_it(condition: Row, zh: str, en: str) -> None:
    words = clause_words(Clause.model_validate({"id": "c", "require": condition}))
    assert (words.zh, words.en) == (zh, en)


def test_every_comparison_of_every_unit_is_in_the_table() -> None:
    told = [leaf for row in TABLE for leaf in leaves(Clause.model_validate({"id": "c", "require": row[0]}).require)]
    plain = {(leaf.op, str(column(leaf.column).unit)) for leaf in told if not isinstance(leaf, RatioComparison)}
    assert plain >= SAID
    assert {leaf.op for leaf in told if isinstance(leaf, RatioComparison)} == OPS - {"equals"}


def test_what_is_said_alike_is_the_same() -> None:
    alike: dict[str, list[Row]] = {}
    for condition, zh, _ in TABLE:
        alike.setdefault(zh, []).append(condition)
    for rows in alike.values():
        told = {tuple(_verdicts(row)) for row in rows}
        assert len(told) == 1, rows


def _verdicts(condition: Row) -> list[int]:
    """Tell a condition of one column over all values near any bound of the table."""
    clause = Clause.model_validate({"id": "c", "require": condition})
    (name, *_) = columns_of(clause.require)
    unit = str(column(name).unit)
    if unit == "code":
        return []
    days = [AS_OF - timedelta(days=back) for back in range(400)]
    values = days if unit == "day" else [0, 1] if unit == "flag" else list(range(-1, 70))
    firms = [{name: value} for value in [*values, None]]
    return compile_clause(clause).truth(Frame(profiles(firms))).verdicts().tolist()


def test_a_reference_is_said_as_what_it_refers_to() -> None:
    rows = [
        {"id": "recent", "require": {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 90}}},
        {
            "id": "either",
            "require": {"any": [{"clause": "recent"}, {"column": "age_months", "op": "below", "value": 6}]},
        },
        {"id": "neither", "require": {"not": {"clause": "either"}}},
    ]
    said = [clause_words(one).zh for one in expanded(tuple(Clause.model_validate(row) for row in rows))]
    assert said == [
        "最近90天内有过开票销售",
        "最近90天内有过开票销售，或成立不满6个月",
        "最近90天内没有开票销售，且成立满6个月",
    ]
