"""Who calls: dependencies that give an endpoint the home and a caller of the role it serves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from service.access.caller import Caller, Role
from service.errors import NotAllowedError, NotSignedInError
from service.http.sessions import login_of
from service.work import sign_in
from service.work.home import Home

ROLE_NAMES: dict[Role, tuple[str, str]] = {
    Role.bank: ("银行", "bank"),
    Role.enterprise: ("企业", "enterprise"),
    Role.regulator: ("监管", "regulator"),
    Role.operator: ("平台运营", "operator"),
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """The caller of a page and the name that its header shows."""

    caller: Caller
    name: str


def home_of(request: Request) -> Home:
    """Return the home that this application serves."""
    home: Home = request.app.state.home
    return home


HomeDep = Annotated[Home, Depends(home_of)]


def visitor_of(request: Request, home: Home) -> Visitor | None:
    """Return who is signed in, read anew from the database, or None."""
    login = login_of(request)
    user = None if login is None else sign_in.user_of(home, login)
    if user is None:
        return None
    return Visitor(Caller(user.login, Role(user.role), user.bank, user.enterprise), user.name)


def _require(role: Role) -> Callable[[Request, Home], Visitor]:
    def visitor(request: Request, home: HomeDep) -> Visitor:
        found = visitor_of(request, home)
        if found is None:
            raise NotSignedInError
        if found.caller.role is not role:
            zh, en = ROLE_NAMES[role]
            raise NotAllowedError(f"此处仅供{zh}用户使用。", f"This is for users of the role {en} only.")
        return found

    return visitor


BankVisitor = Annotated[Visitor, Depends(_require(Role.bank))]
EnterpriseVisitor = Annotated[Visitor, Depends(_require(Role.enterprise))]
OperatorVisitor = Annotated[Visitor, Depends(_require(Role.operator))]
RegulatorVisitor = Annotated[Visitor, Depends(_require(Role.regulator))]


def own_enterprise(visitor: Visitor) -> str:
    """Return the id of the visitor's own enterprise; raise `NotAllowedError` where the login has none."""
    if visitor.caller.enterprise is None:
        raise NotAllowedError("此登录未关联企业。", "This login belongs to no enterprise.")
    return visitor.caller.enterprise
