"""Models of a home and their states: the operator approves, activates and retires, each act logged as it happens.

A model is trained, evaluated (it has figures on held-out rows), approved by somebody, active, retired. One of a purpose
is active at a time; what was approved once may be made active again after it was retired.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import ModelStateError, NotAllowedError, UnknownModelError
from service.store import log_store, release_store
from service.store.engine import Session
from service.store.release_store import ModelState, ModelVersion
from service.work import artifacts
from service.work.home import Home

RISK: Final = "default_risk"
RANKING: Final = "ranking"
ACCEPTANCE: Final = "acceptance"
WARNING: Final = "warning"

Act = Callable[[Home, Caller, str], ModelVersion]

PURPOSES_ZH: Final[Mapping[str, str]] = {
    RISK: "违约风险",
    RANKING: "匹配排序",
    ACCEPTANCE: "获批概率",
    WARNING: "贷后预警",
}
STATES_ZH: Final[Mapping[str, str]] = {
    ModelState.trained: "已训练",
    ModelState.evaluated: "已评估",
    ModelState.approved: "已批准",
    ModelState.active: "使用中",
    ModelState.retired: "已停用",
}


def models(home: Home, caller: Caller) -> list[ModelVersion]:
    """Return all models, the newest first; only the operator may."""
    _require_operator(caller)
    with home.database.read() as session:
        return release_store.models(session)


def show(home: Home, caller: Caller, id_: str) -> ModelVersion:
    """Return one model; raise `UnknownModelError` where there is none."""
    _require_operator(caller)
    with home.database.read() as session:
        return _found(session, id_)


def approve(home: Home, caller: Caller, id_: str) -> ModelVersion:
    """Approve an evaluated model, logged; raise `UnknownModelError` or `ModelStateError`."""
    _require_operator(caller)
    with home.database.write() as session:
        return approve_in(home, session, caller, _found(session, id_))


def activate(home: Home, caller: Caller, id_: str) -> ModelVersion:
    """Make an approved model the active one of its purpose and retire the one before it, both logged.

    A retired model may come back where it was approved once. Raises `UnknownModelError`, `ModelStateError`.
    """
    _require_operator(caller)
    with home.database.write() as session:
        return activate_in(home, session, caller, _found(session, id_))


def retire(home: Home, caller: Caller, id_: str) -> ModelVersion:
    """Put a model out of use, logged; a purpose without an active model is answered without one."""
    _require_operator(caller)
    with home.database.write() as session:
        version = _found(session, id_)
        if version.state == ModelState.retired:
            raise _refusal(version, "不能再次停用", "it is retired already")
        retired = release_store.retire(session, id_, log_store.moment(home.now()))
        _log(home, session, Tag.model_retired, caller, retired, {"replaced_by": None})
        return retired


def approve_in(home: Home, session: Session, caller: Caller, version: ModelVersion) -> ModelVersion:
    """Approve within a transaction of the caller's; raise `ModelStateError` unless the model is evaluated."""
    if version.state != ModelState.evaluated:
        raise _refusal(version, "只有“已评估”的模型可以批准", "only an evaluated model can be approved")
    approved = release_store.approve(session, version.id, caller.log_name, log_store.moment(home.now()))
    _log(home, session, Tag.model_approved, caller, approved, {})
    return approved


def activate_in(home: Home, session: Session, caller: Caller, version: ModelVersion) -> ModelVersion:
    """Activate within a transaction of the caller's; raise `ModelStateError` where the model was never approved.

    Nor is one activated whose files are not as they were stored: every answer would fail on it.
    """
    is_back = version.state == ModelState.retired and version.approved_by is not None
    if version.state != ModelState.approved and not is_back:
        raise _refusal(
            version, "只有批准过且未在使用的模型可以启用", "only an approved model that is idle can be activated"
        )
    if not artifacts.is_whole(home, version.id):
        raise _refusal(
            version,
            "模型文件缺失或被改动，不能启用",
            "its files are missing or were changed, so it cannot be activated",
        )
    activated, before = release_store.activate(session, version.id, log_store.moment(home.now()))
    if before is not None:
        _log(home, session, Tag.model_retired, caller, before, {"replaced_by": version.id})
    _log(home, session, Tag.model_activated, caller, activated, {"replaces": None if before is None else before.id})
    return activated


def put_to_use_in(home: Home, session: Session, caller: Caller, version: ModelVersion) -> ModelVersion:
    """Approve and activate what is not yet, within a transaction of the caller's, each act logged."""
    if version.state == ModelState.active:
        return version
    was_approved = version.state == ModelState.approved or version.approved_by is not None
    return activate_in(home, session, caller, version if was_approved else approve_in(home, session, caller, version))


def as_json(version: ModelVersion) -> dict[str, Any]:
    """Return a model's row as one JSON document, its metrics among it."""
    return {
        "id": version.id,
        "purpose": version.purpose,
        "state": version.state,
        "as_of": version.as_of.isoformat(),
        "kind": version.kind,
        "probability_name": version.probability_name,
        "trained_at": version.trained_at,
        "approved_by": version.approved_by,
        "approved_at": version.approved_at,
        "activated_at": version.activated_at,
        "retired_at": version.retired_at,
        "metrics": orjson.loads(version.metrics),
    }


def _found(session: Session, id_: str) -> ModelVersion:
    version = release_store.model(session, id_)
    if version is None:
        raise UnknownModelError(f"没有编号为 {id_} 的模型。", f"There is no model {id_}.")
    return version


def _refusal(version: ModelVersion, zh: str, en: str) -> ModelStateError:
    state = ModelState(version.state)
    return ModelStateError(
        f"模型 {version.id} 的状态为“{STATES_ZH[state]}”：{zh}。", f"The model {version.id} is {state.value}: {en}."
    )


def _log(  # noqa: PLR0913, PLR0917 (one act and what its log entry says)
    home: Home, session: Session, tag: Tag, caller: Caller, version: ModelVersion, body: Mapping[str, object]
) -> None:
    said = {"model": version.id, "purpose": version.purpose, "as_of": version.as_of.isoformat(), **body}
    log_store.append(session, tag, home.now(), caller.log_name, version.id, said)


def _require_operator(caller: Caller) -> None:
    if caller.role is not Role.operator:
        raise NotAllowedError("只有平台运营人员可以管理模型。", "Only the operator may manage models.")
