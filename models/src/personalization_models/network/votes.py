"""Votes for items: what the parts of the blend besides the Transformer say, item by item instead of a row for all items."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

LEAST = 1e-9


class Votes(NamedTuple):
    """``items`` [B, V], any of them several times, and what speaks for each, ``weights`` [B, V], which sum to one or are all zero."""

    items: Tensor
    weights: Tensor

    def spread(self, width: int) -> Tensor:
        """The same as a row for all items [B, ``width``]."""
        return torch.zeros(len(self.items), width).scatter_add(1, self.items, self.weights)
