"""Which firms a policy is for: its clauses over profiles, three-valued as for products."""

import numpy as np
import pyarrow as pa

from matching.compile import compile_clause
from matching.criteria import expanded
from matching.frame import Frame, Mask
from matching.policy import Policy
from matching.truth import CANNOT_TELL, NO, YES, Verdicts


def verdicts(policy: Policy, table: pa.Table | Frame) -> Verdicts:
    """Return yes, no or cannot tell per row; a policy without criteria is for everybody.

    Raises CriteriaError where criteria and profiles do not match.
    """
    frame = table if isinstance(table, Frame) else Frame(table)
    truths = [compile_clause(clause).truth(frame).verdicts() for clause in expanded(policy.criteria)]
    if not truths:
        return np.full(frame.rows, YES, dtype=np.int8)
    grid = np.stack(truths, axis=1)
    told = np.where((grid == NO).any(axis=1), NO, np.where((grid == CANNOT_TELL).any(axis=1), CANNOT_TELL, YES))
    return told.astype(np.int8)


def eligible(policy: Policy, table: pa.Table | Frame) -> Mask:
    """Say per row whether the policy is certainly for the firm: what cannot be told is not eligible."""
    return np.asarray(verdicts(policy, table) == YES)
