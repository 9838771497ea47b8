"""`rongqiao study market`: what comes out, what it says, and what it refuses."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from matching.market_arrays import Attention, Market, Orders
from matching.two_sided_measures import envies, expected_matches
from service.cli import main

RNG = np.random.default_rng(5)
LEFT, RIGHT = RNG.random((6, 4)), RNG.random((6, 4))


def stored(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def plan(folder: Path, *more: str, **arrays: object) -> Path:
    out = folder / "out.npz"
    assert main(["study", "market", str(stored(folder / "market.npz", **arrays)), "--out", str(out), *more]) == 0
    return out


def orders_in(path: Path) -> Orders:
    with np.load(path, allow_pickle=False) as found:
        assert sorted(found) == ["left_rank", "right_rank"]
        return Orders(found["left_rank"], found["right_rank"])


@pytest.mark.parametrize("attention", Attention)
def test_a_market_is_planned_and_what_is_said_is_what_the_file_comes_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], attention: Attention
) -> None:
    found = orders_in(plan(tmp_path, "--attention", attention.value, left=LEFT, right=RIGHT))
    assert found.left_rank.dtype == found.right_rank.dtype == np.int64
    assert all(sorted(row) == [1, 2, 3, 4] for row in found.left_rank.tolist())
    assert all(sorted(column) == [1, 2, 3, 4, 5, 6] for column in found.right_rank.T.tolist())
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    market = Market(LEFT, RIGHT)
    assert said["expected_matches"] == expected_matches(market, found, attention)
    assert said["envies"] == envies(market, found, attention)
    assert (said["left"], said["right"], said["attention"]) == (6, 4, attention.value)


def test_the_same_market_gives_the_same_bytes(tmp_path: Path) -> None:
    first = plan(tmp_path, left=LEFT, right=RIGHT).read_bytes()
    assert plan(tmp_path, left=np.asfortranarray(LEFT), right=RIGHT).read_bytes() == first


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.bool_, np.float32])
def test_ones_and_zeros_of_any_type_are_numbers(tmp_path: Path, kind: type) -> None:
    left = np.array([[1, 0], [1, 1]])
    found = orders_in(plan(tmp_path, left=left.astype(kind), right=left.astype(kind)))
    assert found.left_rank.tolist() == orders_in(plan(tmp_path, left=left * 1.0, right=left * 1.0)).left_rank.tolist()


def test_one_of_each_meets(tmp_path: Path) -> None:
    found = orders_in(plan(tmp_path, left=np.array([[0.3]]), right=np.array([[0.0]])))
    assert (found.left_rank.tolist(), found.right_rank.tolist()) == ([[1]], [[1]])


def test_who_may_not_meet_has_no_place_and_full_desks_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eligible = np.ones((6, 4), dtype=np.bool_)
    eligible[2, 1] = False
    found = orders_in(plan(tmp_path, left=LEFT, right=RIGHT, eligible=eligible, capacity=np.full(4, 0.5)))
    assert found.left_rank[2, 1] == found.right_rank[2, 1] == 0
    assert sorted(found.left_rank[2].tolist()) == [0, 1, 2, 3]
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0.0 < said["effective_matches"] < said["expected_matches"]


def with_value(value: float) -> np.ndarray:
    changed = LEFT.copy()
    changed[3, 1] = value
    return changed


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"left": LEFT}, "lacks the array right"),
        ({"up": LEFT, "down": RIGHT}, "lacks the array left and right"),
        ({"left": LEFT, "right": RIGHT.T}, "left is 6 × 4 and right 4 × 6"),
        ({"left": LEFT, "right": with_value(np.nan)}, "right[3, 1] is nan"),
        ({"left": with_value(np.inf), "right": RIGHT}, "left[3, 1] is inf"),
        ({"left": with_value(-0.1), "right": RIGHT}, "left[3, 1] is -0.1"),
        ({"left": with_value(2), "right": RIGHT}, "left[3, 1] is 2.0"),
        ({"left": np.zeros((0, 4)), "right": np.zeros((0, 4))}, "left is empty, 0 × 4"),
        ({"left": LEFT[0], "right": RIGHT[0]}, "left has 1 dimensions"),
        ({"left": LEFT.astype(str), "right": RIGHT}, "The array left of"),
        ({"left": LEFT + 1j, "right": RIGHT}, "complex128, no numbers"),
        ({"left": LEFT.astype(object), "right": RIGHT}, "no readable .npz"),
        ({"left": LEFT, "right": RIGHT, "eligible": LEFT}, "The array eligible"),
        ({"left": LEFT, "right": RIGHT, "capacity": np.zeros(4)}, "capacity[0] is 0.0"),
    ],
)
def test_what_is_no_market_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arrays: dict[str, object], said: str
) -> None:
    path, out = stored(tmp_path / "market.npz", **arrays), tmp_path / "out.npz"
    assert main(["study", "market", str(path), "--out", str(out)]) == 1
    assert said in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["market.npz"]


def npy() -> bytes:
    into = io.BytesIO()
    np.save(into, LEFT)
    return into.getvalue()


def cut_short() -> bytes:
    into = io.BytesIO()
    np.savez(into, left=LEFT, right=RIGHT)
    return into.getvalue()[:-40]


@pytest.mark.parametrize("content", [b"", b"left,right\n1,2\n", npy(), cut_short()])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    path, out = tmp_path / "market.npz", tmp_path / "out.npz"
    path.write_bytes(content)
    out.write_bytes(b"older")
    assert main(["study", "market", str(path), "--out", str(out)]) == 1
    assert "no readable .npz" in capsys.readouterr().err
    assert out.read_bytes() == b"older"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_file_a_missing_folder_and_the_input_itself_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored(tmp_path / "market.npz", left=LEFT, right=RIGHT)
    before = path.read_bytes()
    for argv, said in (
        ([str(tmp_path / "none.npz"), "--out", str(tmp_path / "out.npz")], "does not exist"),
        ([str(path), "--out", str(tmp_path / "none" / "out.npz")], "cannot be written"),
        ([str(path), "--out", str(path)], "not written over"),
    ):
        assert main(["study", "market", *argv]) == 1
        assert said in capsys.readouterr().err
    assert path.read_bytes() == before
