"""The repeat head: how likely each item of the history comes back next, after the pointer networks' copy mechanism."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .shapes import later

SESSION_SECONDS = 21_600  # a gap of six hours or more starts another visit
VISITS = 8
WIDTH = 16


class RepeatHead(nn.Module):
    """Adds to the score of each history item: content match plus a bias by how many visits ago it was."""

    starts: Tensor

    def __init__(self, dimension: int, boundaries: list[int]) -> None:
        super().__init__()
        self._session_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in boundaries)
        self.query = nn.Linear(dimension, WIDTH)
        self.key = nn.Linear(dimension, WIDTH)
        self.visit_bias = nn.Parameter(torch.zeros(VISITS))
        self.register_buffer("starts", (torch.arange(len(boundaries) + 3) >= self._session_bucket).long(), persistent=False)

    def forward(self, items: Tensor, gaps: Tensor, waits: Tensor, states: Tensor, events: Tensor, mask: Tensor) -> Tensor:
        """Additions [B, Q, L] for states [B, Q, D] whose next event follows after ``waits`` [B, Q]; ``mask`` [Q, L] hides the future."""
        visit = (gaps >= self._session_bucket).long().cumsum(1)
        ago = (visit + (waits >= self._session_bucket).long())[:, :, None] - visit[:, None, :]
        match = self.query(states) @ self.key(events).transpose(1, 2) * WIDTH ** -0.5
        return (match + self.visit_bias[ago.clamp(0, VISITS - 1)]) * (items > 0).float()[:, None, :] * mask

    def newest(self, gaps: Tensor, wait: Tensor, state: Tensor, events: Tensor) -> Tensor:
        """Additions [B, L] for the state [B, D] of the last position alone, and those of padding are whatever they are."""
        ago = later(self.starts[gaps]) + self.starts[wait][:, None]
        match = self.query(state)[:, None] @ self.key(events).transpose(1, 2) * WIDTH ** -0.5
        return match[:, 0] + self.visit_bias[ago.clamp(max=VISITS - 1)]
