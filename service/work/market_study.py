"""The study of a two-sided market: arrays in, the planned orders of both sides out. No home is needed."""

import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matching.capacity import effective_matches
from matching.market_arrays import Attention, Bools, Floats, Market, Orders
from matching.two_sided import plan_orders
from matching.two_sided_measures import envies, expected_matches
from service.errors import BadRequestError
from service.ingest.study_tables import parquet_at as whole_file_at

_ARRAYS = ("left", "right")
_NUMBERS = "biuf"  # numpy's kinds: truth values, integers with and without sign, floats


@dataclass(frozen=True, slots=True)
class MarketTold:
    """What a market study says beside its file."""

    lines: tuple[str, ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    market: Market
    capacity: Floats | None


def market(path: Path, out: Path, attention: str = "inverse") -> MarketTold:
    """Plan the orders of the market in the file `path` and write `left_rank` and `right_rank` to `out`, both .npz.

    `left` and `right` are left × right; beside them `eligible` (truth values, left × right) and `capacity` (expected
    applications that each right agent can read) may stand. `attention` is inverse, log or exp. Raises BadRequestError
    or MarketError where the file is none, or an array is missing or holds what is no chance; `out` is then as before.
    """
    worth = Attention(attention)
    asked = _read(path)
    if out.exists() and path.samefile(out):
        raise BadRequestError(f"{out} 是输入文件，不会被覆盖。", f"{out} is what is read; it is not written over.")
    with whole_file_at(out) as scratch:
        started = time.perf_counter()
        orders = plan_orders(asked.market, worth, asked.capacity)
        seconds = time.perf_counter() - started
        _write(orders, scratch, out)
    return _told(asked, orders, worth, seconds)


def _told(asked: _Asked, orders: Orders, attention: Attention, seconds: float) -> MarketTold:
    matches = expected_matches(asked.market, orders, attention)
    envy = envies(asked.market, orders, attention)
    left, right = asked.market.shape
    document: dict[str, Any] = {
        "left": left,
        "right": right,
        "attention": attention.value,
        "expected_matches": matches,
        "envies": envy,
        "seconds": round(seconds, 4),
    }
    lines = [f"期望匹配 expected matches {matches:.3f}", f"嫉妒 envies {envy}", f"用时 seconds {seconds:.3f}"]
    if asked.capacity is not None:
        effective = effective_matches(asked.market, orders, asked.capacity, attention)
        document["effective_matches"] = effective
        lines.insert(1, f"有效匹配（扣除超出受理能力的部分） effective matches {effective:.3f}")
    return MarketTold(tuple(lines), document)


def _read(path: Path) -> _Asked:
    with _opened(path) as stored:
        missing = [name for name in _ARRAYS if name not in stored]
        if missing:
            raise BadRequestError(
                f"{path} 缺少数组 {'、'.join(missing)}；应有 left 和 right。",
                f"{path} lacks the array {' and '.join(missing)}; it holds left and right.",
            )
        left, right = (_numbers(stored, name, path) for name in _ARRAYS)
        eligible = _truths(stored, path) if "eligible" in stored else None
        capacity = _numbers(stored, "capacity", path) if "capacity" in stored else None
    return _Asked(Market(left, right, eligible), capacity)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a .npz; what it holds is read in the block, and what cannot be is said."""
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise _no_market(path, "a single array without a name")
            with stored:
                yield stored
    except FileNotFoundError as error:
        raise BadRequestError(f"找不到文件 {path}。", f"The file {path} does not exist.") from error
    except (ValueError, EOFError, OSError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise _no_market(path, str(error)) from error


def _numbers(stored: Any, name: str, path: Path) -> Floats:  # noqa: ANN401 (numpy's own type of file)
    found = np.asarray(stored[name])
    if found.dtype.kind not in _NUMBERS:
        raise BadRequestError(
            f"{path} 的数组 {name} 类型为 {found.dtype}，不是数值。",
            f"The array {name} of {path} is of type {found.dtype}, no numbers.",
        )
    return found.astype(np.float64)


def _truths(stored: Any, path: Path) -> Bools:  # noqa: ANN401 (numpy's own type of file)
    found = np.asarray(stored["eligible"])
    if found.dtype.kind not in _NUMBERS or not np.isin(found, (0, 1)).all():
        raise BadRequestError(
            f"{path} 的数组 eligible 应为真假值（或 0 和 1）。",
            f"The array eligible of {path} is not of truth values, nor of 0 and 1.",
        )
    return found.astype(np.bool_)


def _write(orders: Orders, scratch: Path, out: Path) -> None:
    try:
        with scratch.open("wb") as file:
            np.savez(file, left_rank=orders.left_rank, right_rank=orders.right_rank)
    except OSError as error:
        raise BadRequestError(
            f"无法写入 {out}：{error.strerror}。", f"{out} cannot be written: {error.strerror}."
        ) from error


def _no_market(path: Path, why: str) -> BadRequestError:
    return BadRequestError(
        f"{path} 不是可读的 .npz 市场文件（数值数组 left 和 right）：{why}。",
        f"{path} is no readable .npz of a market (arrays of numbers, left and right): {why}.",
    )
