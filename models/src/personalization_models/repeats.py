"""The repeat head: how likely each item of the history comes back next, after the pointer networks' copy mechanism."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SESSION_SECONDS = 21_600  # a gap of six hours or more starts another visit
VISITS = 8
WIDTH = 16


class RepeatHead(nn.Module):
    """Adds to the score of each history item: content match plus a bias by how many visits ago it was."""

    def __init__(self, dimension: int, boundaries: list[int]) -> None:
        super().__init__()
        self._session_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in boundaries)
        self.query = nn.Linear(dimension, WIDTH)
        self.key = nn.Linear(dimension, WIDTH)
        self.visit_bias = nn.Parameter(torch.zeros(VISITS))

    def forward(self, items: Tensor, gaps: Tensor, waits: Tensor, states: Tensor, events: Tensor, mask: Tensor | None) -> Tensor:
        """Additions [B, Q, L] for states [B, Q, D] whose next event follows after ``waits`` [B, Q]; ``mask`` [Q, L] hides the future.

        Without a mask there is one query: the last position.
        """
        visit = (gaps >= self._session_bucket).long().cumsum(1)
        asked = visit if mask is not None else visit[:, -1:]
        ago = (asked + (waits >= self._session_bucket).long())[:, :, None] - visit[:, None, :]
        match = self.query(states) @ self.key(events).transpose(1, 2) * WIDTH ** -0.5
        additions = (match + self.visit_bias[ago.clamp(0, VISITS - 1)]) * (items > 0).float()[:, None, :]
        return additions if mask is None else additions * mask
