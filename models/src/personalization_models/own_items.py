"""The shopper's own items as a part of the blend: how often each was bought or looked at, for shops whose customers buy again."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .data import ACTIONS
from .neighbours import LEAST
from .shapes import blank


class OwnItems(nn.Module):
    """Probabilities [B, N + 1] after the counts of a history's items; nothing is trained."""

    shares: Tensor

    def __init__(self, item_count: int) -> None:
        super().__init__()
        self.item_count = item_count
        self.more = 0  # columns of no item, at the end
        # The part's share of the blend while a visit goes on, and when another one starts; fitted on validation.
        self.register_buffer("shares", torch.zeros(2))

    def forward(self, items: Tensor, actions: Tensor) -> Tensor:
        """Sums to one where a history [B, L] of any length has an event that is no cancellation."""
        counted = ((items > 0) & (actions != ACTIONS["cancel"])).float()
        counts = blank(items, self.item_count + 1 + self.more).scatter_add(1, items, counted)
        return counts / counted.sum(1, keepdim=True).clamp(min=LEAST)
