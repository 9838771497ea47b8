"""Why a file of a delivery, or all of it, is refused. Rows are never refused by these: they are quarantined."""

from service.errors import ServiceError


class IngestError(ServiceError):
    """A delivery or a file of it cannot be read; `file`, `field` and `rule` say where and why."""

    status = 422
    kind = "delivery-refused"

    def __init__(self, rule: str, zh: str, en: str, *, file: str = "", field: str = "") -> None:
        """Take the rule's name and what it says of the file, which both sentences begin with."""
        super().__init__(f"{file}: {zh}" if file else zh, f"{file}: {en}" if file else en)
        self.rule = rule
        self.file = file
        self.field = field

    def as_json(self) -> dict[str, str]:
        """Return the refusal for a report."""
        return {"file": self.file, "field": self.field, "rule": self.rule, "zh": self.zh, "en": self.en}


class EmptyFileError(IngestError):
    """The file has no header and no row."""

    def __init__(self, file: str) -> None:
        """Name the file."""
        super().__init__("empty_file", "文件为空。", "the file is empty.", file=file)


class EncodingError(IngestError):
    """The text is not UTF-8."""

    def __init__(self, file: str, found: str, row: int) -> None:
        """Name the file, the encoding it seems to have, and the line where UTF-8 ends."""
        super().__init__(
            "wrong_encoding",
            f"文件编码疑为 {found} (第 {row} 行起), 请转换为 UTF-8 后重新提交。",
            f"the file seems to be in {found} (from line {row}); UTF-8 is expected.",
            file=file,
        )


class WrongFileError(IngestError):
    """The content is not what the name says, or broken."""

    def __init__(self, file: str, expected: str, detail: str) -> None:
        """Name the file, the form that its name promises, and what is wrong."""
        super().__init__(
            "wrong_file",
            f"内容不是有效的 {expected} 文件：{detail}。",
            f"no readable {expected} file: {detail}.",
            file=file,
        )


class UnknownTableError(IngestError):
    """The file is named as no accepted table."""

    def __init__(self, file: str, accepted: str) -> None:
        """Name the file and the names that are accepted."""
        super().__init__(
            "unknown_table",
            f"文件名不对应任何可接收的表；可接收：{accepted}。",
            f"named as no accepted table; accepted are {accepted}.",
            file=file,
        )


class HeaderError(IngestError):
    """A required column is missing, one is named twice, or its type cannot hold its values exactly."""


class NoDeliveryError(IngestError):
    """There is no such file or folder, or nothing in it that could be a table."""
