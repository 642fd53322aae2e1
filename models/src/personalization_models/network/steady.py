"""The same bits for a row whatever stands beside it in a batch, and however long the batch is."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# Runtimes take exp, log and the like of a whole batch so many numbers at a time, and what is left at its end one by one, which
# may round the last bit otherwise: rows of a multiple of it leave nothing.
LANES = 16

# Runtimes sum a row so many numbers at a time: padding in front in whole groups leaves every number its place in its group.
GROUP = 8


def missing(width: int) -> int:
    """Columns that a row of ``width`` lacks."""
    return -width % LANES


def whole(length: int) -> int:
    """The shortest row of whole groups that holds ``length`` positions."""
    return length + -length % GROUP


def weighed(values: Tensor, weights: Tensor) -> Tensor:
    """Products [B] of the rows [B, W] with ``weights`` [W]: a sum of a single row, and a product with a single column, have another
    order of addition than those of many."""
    return F.linear(values, weights.expand(LANES, -1))[:, 0]


def steady(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """``function``, element by element, of ``values`` [B, W]."""
    width = int(values.shape[1])
    return function(F.pad(values, (0, missing(width)), value=1.0))[:, :width] if missing(width) else function(values)
