"""The annual rate of cash flows in a file; nothing of a home is read, so nothing is logged."""

from pathlib import Path

from matching.flow_file import read_flows
from matching.xirr import xirr
from service.errors import BadRequestError


def price(path: Path) -> float:
    """Return the annual rate of the flows in a CSV file as a fraction, unrounded.

    Raises `BadRequestError` where the file cannot be read, `CostError` where it is not as agreed or has no one rate.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadRequestError(f"无法读取文件 {path}。", f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadRequestError(f"文件 {path} 不是 UTF-8 编码。", f"{path} is not UTF-8 (byte {error.start}).") from error
    return xirr(read_flows(text))
