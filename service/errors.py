"""What can go wrong for a caller: each class has an HTTP status and a sentence in Chinese and English.

One handler turns these into RFC 9457 problem documents; the command prints the sentence and exits 1.
"""

from typing import ClassVar


class ServiceError(Exception):
    """Base of all refusals. `zh` and `en` are whole sentences that a user understands."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "bad-request"

    def __init__(self, zh: str, en: str) -> None:
        """Take the sentence in both languages."""
        super().__init__(f"{zh} {en}")
        self.zh = zh
        self.en = en


class HomeError(ServiceError):
    """The home folder is missing, of another layout, or not at the newest migration."""

    status = 503
    kind = "home-not-ready"


class NotSignedInError(ServiceError):
    """Nobody is signed in."""

    status = 401
    kind = "not-signed-in"

    def __init__(self) -> None:
        """Say that a sign-in is needed."""
        super().__init__("请先登录。", "Sign in first.")


class NotAllowedError(ServiceError):
    """The caller's role may not do this."""

    status = 403
    kind = "not-allowed"


class ConsentMissingError(ServiceError):
    """No live authorisation or ground covers what was asked."""

    status = 403
    kind = "consent-missing"


class ConsentChangedError(ServiceError):
    """Authorisations changed between computing and answering, so nothing was answered."""

    status = 409
    kind = "consent-changed"

    def __init__(self) -> None:
        """Ask for another try."""
        super().__init__(
            "计算期间授权发生变化，未返回结果，请重试。",
            "Authorisations changed while this was computed; nothing was answered. Try again.",
        )


class UnknownEnterpriseError(ServiceError):
    """No enterprise has this id, or a bare id stands in several schemes."""

    status = 404
    kind = "unknown-enterprise"


class UnknownProductError(ServiceError):
    """No product has this id."""

    status = 404
    kind = "unknown-product"


class WithdrawnProductError(UnknownProductError):
    """The product was withdrawn: it is in no answer any more."""

    status = 410
    kind = "withdrawn-product"


class UnfitProductError(ServiceError):
    """A product's criteria contradict themselves or shut out whom they may not."""

    status = 422
    kind = "unfit-product"


class CatalogueChangedError(ServiceError):
    """A product was saved or withdrawn between computing and answering, so nothing was answered."""

    status = 409
    kind = "catalogue-changed"

    def __init__(self) -> None:
        """Ask for another try."""
        super().__init__(
            "计算期间产品目录有变化（产品被修改或停用），未返回结果，请重试。",
            "A product was changed or withdrawn while this was computed; nothing was answered. Try again.",
        )


class ChoiceChangedError(ServiceError):
    """A firm changed its tags or its order between computing and answering, so nothing was answered."""

    status = 409
    kind = "choice-changed"

    def __init__(self) -> None:
        """Ask for another try."""
        super().__init__(
            "计算期间企业更改了排序或标签，未返回结果，请重试。",
            "An order or tags were changed while this was computed; nothing was answered. Try again.",
        )


class CursorError(ServiceError):
    """A page of a list that this caller was not given, that was another product's, or that is too old."""

    status = 409
    kind = "cursor"


class UnknownTagError(ServiceError):
    """No tag has this name."""

    status = 404
    kind = "unknown-tag"


class UnknownPolicyError(ServiceError):
    """No policy has this id, or it was not pushed to this enterprise."""

    status = 404
    kind = "unknown-policy"


class PolicyStateError(ServiceError):
    """How far a pushed policy has come does not allow the act."""

    status = 409
    kind = "policy-state"


class UnknownEntryError(ServiceError):
    """No log entry has this number."""

    status = 404
    kind = "unknown-entry"


class UnknownGoalError(ServiceError):
    """The firm keeps no such goal."""

    status = 404
    kind = "unknown-goal"


class UnknownModelError(ServiceError):
    """No model has this id."""

    status = 404
    kind = "unknown-model"


class ModelStateError(ServiceError):
    """The model's state does not allow the act."""

    status = 409
    kind = "model-state"


class NothingToDoError(ServiceError):
    """The home holds nothing of what the work needs (no facts, no outcomes)."""

    status = 409
    kind = "nothing-to-do"


class BadRequestError(ServiceError):
    """A value of the request is out of range or malformed."""

    status = 422
    kind = "bad-value"


class BusyError(ServiceError):
    """The database is locked or the pool is exhausted: try again shortly."""

    status = 503
    kind = "busy"
    retry_after_seconds: ClassVar[int] = 2

    def __init__(self) -> None:
        """Ask for another try."""
        super().__init__("系统繁忙，请稍后重试。", "The service is busy; try again shortly.")
