"""Item neighbours inside the network: decayed transition counts, blended with the Transformer's probabilities.

A Transformer and a neighbour table err on different shoppers; the blend is better than either.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .data import EventLog
from .initialisation import neighbour_counts

NEIGHBOURS = 64
HISTORY = 10
HISTORY_DECAY = 0.7
BACKWARD = 0.7
ROW_POWER, COLUMN_POWER = 0.5, 0.3
_LEAST = 1e-9


class NeighbourHead(nn.Module):
    """Scores [B, N + 1] that sum to one where the newest items have neighbours; constants, nothing is trained."""

    items: Tensor
    weights: Tensor
    decay: Tensor
    shares: Tensor

    def __init__(self, item_count: int, max_length: int) -> None:
        super().__init__()
        width = min(NEIGHBOURS, item_count)
        self.register_buffer("items", torch.zeros(item_count + 1, width, dtype=torch.int32))
        self.register_buffer("weights", torch.zeros(item_count + 1, width))
        # The blend's share while a visit goes on, and when another one starts; fitted on validation.
        self.register_buffer("shares", torch.zeros(2))
        age = torch.arange(max_length - 1, -1, -1)
        self.register_buffer("decay", torch.where(age < HISTORY, HISTORY_DECAY ** age.float(), torch.zeros(())), persistent=False)

    def fit(self, log: EventLog) -> None:
        """Takes the neighbours from a log: each item's strongest followers, the other direction weighing less."""
        counts = neighbour_counts(log, len(self.items) - 1)
        counts = counts + BACKWARD * counts.T
        np.fill_diagonal(counts, 0)
        rows, columns = counts.sum(axis=1), counts.sum(axis=0)
        scaled = counts / (np.maximum(rows, 1)[:, None] ** ROW_POWER * np.maximum(columns, 1)[None, :] ** COLUMN_POWER)
        weights, items = torch.from_numpy(scaled).topk(self.items.shape[1], dim=1)
        self.weights.copy_(weights)
        self.items.copy_(items.int())

    def forward(self, items: Tensor, length_offset: int | Tensor) -> Tensor:
        """Neighbour probabilities for histories [B, L]; ``length_offset`` is the maximal length minus L."""
        recent = items[:, -HISTORY:]
        decay = self.decay[length_offset:][-HISTORY:]
        weights = (self.weights[recent] * decay[None, :, None]).flatten(1)
        totals = torch.zeros(1, len(self.items)).expand(items.shape[0], -1)
        scores = totals.scatter_add(1, self.items[recent].long().flatten(1), weights)
        return scores / scores.sum(1, keepdim=True).clamp(min=_LEAST)

    def blend(self, log_probabilities: Tensor, neighbours: Tensor, starts_visit: Tensor) -> Tensor:
        """Logarithm of the mixture; ``starts_visit`` [B] says whether what comes next begins another visit."""
        share = self.shares[starts_visit.long()][:, None]
        return torch.log((1 - share) * log_probabilities.exp() + share * neighbours + _LEAST)
