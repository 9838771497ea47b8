"""The profile as JSON."""

from served import Site

from service.access.caller import Role

pytest_plugins = ["served_fixtures"]


def test_a_row_names_its_block_by_code_and_in_chinese(shared_site: Site) -> None:
    rows = shared_site.client(Role.enterprise).get("/api/enterprise/profile").json()["rows"]
    named = {(row["block"], row["block_zh"]) for row in rows}
    assert ("registry", "工商登记") in named
    assert len(named) == len({block for block, _ in named})
    assert all(zh and not zh.isascii() for _, zh in named)
