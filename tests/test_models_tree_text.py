"""LightGBM's text read by hand: what goes left, what a missing value does, which shapes are refused."""

import pytest

from models.errors import UncoveredTreesError
from models.tree_text import read_forest

HEAD = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=f0 f1 f2
"""
# Node 0 asks a number (missing goes left), node 1 a code among 1 and 33, node 2 a number that was never missing.
TREE = """
Tree=0
num_leaves=4
num_cat=1
split_feature=0 1 2
threshold=0.5 0 -2.5
decision_type=10 1 0
left_child=1 -1 -3
right_child=2 -2 -4
leaf_value=0.25 -0.125 3 -7.0000000000000001e-02
cat_boundaries=0 2
cat_threshold=2 2
is_linear=0
shrinkage=1
"""
STUMP = """
Tree=1
num_leaves=1
num_cat=0
split_feature=
split_gain=
threshold=
decision_type=
left_child=
right_child=
leaf_value=0.5
is_linear=0
shrinkage=1

"""
TAIL = "\nend of trees\n\nfeature_importances:\nf0=1\n"


def test_nodes_leaves_codes_and_missing_values_are_read() -> None:
    forest = read_forest(HEAD + TREE + STUMP + TAIL)
    assert forest.inputs == 3
    tree, stump = forest.trees
    assert tree.feature.tolist() == [0, 1, 2]
    assert tree.left.tolist() == [1, -1, -3]
    assert tree.right.tolist() == [2, -2, -4]
    assert tree.categories == (None, frozenset({1, 33}), None)
    # Bit 2 of 10 sends NaN left; a code that is missing goes right; where none was met NaN reads as 0, and 0 > −2.5.
    assert tree.nan_left.tolist() == [True, False, False]
    assert tree.leaf_value.tolist() == [0.25, -0.125, 3.0, -0.07]
    assert len(stump.feature) == 0
    assert stump.leaf_value.tolist() == [0.5]


def test_nan_reads_as_zero_where_no_missing_value_was_met() -> None:
    tree = read_forest(HEAD + TREE.replace("-2.5", "0.0") + TAIL).trees[0]
    assert tree.nan_left.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3", "several classes"),
        ("label_index=0", "label_index=0\naverage_output", "averaged"),
        ("is_linear=0", "is_linear=1", "linear"),
        ("decision_type=10", "decision_type=6", "zero"),
    ],
)
def test_shapes_that_masks_do_not_cover_are_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises(UncoveredTreesError, match=sentence):
        read_forest((HEAD + TREE + TAIL).replace(old, new))
