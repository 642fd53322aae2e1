"""The shopper's own items as a part of the blend: how often each was bought or looked at, for shops whose customers buy again."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..data.transactions import ACTIONS
from .votes import LEAST, Votes


class OwnItems(nn.Module):
    """Probabilities after the counts of a history's items; nothing is trained."""

    shares: Tensor
    counts: Tensor

    def __init__(self, item_count: int) -> None:
        super().__init__()
        self.item_count = item_count
        # The part's share of the blend while a visit goes on, and when another one starts; fitted on validation.
        self.register_buffer("shares", torch.zeros(2))
        counts = torch.ones(len(ACTIONS) + 1)
        counts[ACTIONS["cancel"]] = 0
        self.register_buffer("counts", counts, persistent=False)  # of each action

    def votes(self, items: Tensor, actions: Tensor) -> Votes:
        """What a history [B, L] of any length says; nothing where it has only cancellations."""
        counted = (items > 0).float() * self.counts[actions]
        return Votes(items, counted / counted.sum(1, keepdim=True).clamp(min=LEAST))

    def forward(self, items: Tensor, actions: Tensor) -> Tensor:
        """The same for all items [B, N + 1]."""
        return self.votes(items, actions).spread(self.item_count + 1)
