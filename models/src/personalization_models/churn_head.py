"""The churn head: P(no purchase within the horizon), never falling while time passes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import ChurnConfig
from .data import ACTIONS
from .repeats import SESSION_SECONDS

DAY_SECONDS = 86_400.0
RAMP_DAYS = (7.0, 30.0, 90.0, 180.0)
SUMMARY_COUNT = 8
USER_DROPOUT = 0.5
USER_FACTORS = 8  # more of the user vector only memorises customers


class ChurnHead(nn.Module):
    """Level from history, plus non-negative weights times rising functions of the elapsed time."""

    gap_days: Tensor
    calibration: Tensor

    def __init__(self, dimension: int, boundaries: list[int], config: ChurnConfig | None) -> None:
        super().__init__()
        self.session_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in boundaries)
        middles = [0.0, 0.0, 0.0]
        middles += [(low * high) ** 0.5 for low, high in zip(boundaries, boundaries[1:])] + [boundaries[-1] * 1.25]
        self.register_buffer("gap_days", torch.tensor(middles) / DAY_SECONDS, persistent=False)
        self.factors = nn.Linear(dimension, USER_FACTORS)
        width, dropout = (config.hidden, config.dropout) if config else (1, 0.0)  # a benchmark of next items has no churn
        self.hidden = nn.Linear(USER_FACTORS + SUMMARY_COUNT, width)
        self.level = nn.Linear(width, 1)
        self.slopes = nn.Linear(width, 1 + len(RAMP_DAYS))
        self.user_dropout = nn.Dropout(USER_DROPOUT)
        self.dropout = nn.Dropout(dropout)
        # Platt scaling, logit -> scale * logit + shift, fitted on a later fold; scale > 0 keeps the order.
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))
        nn.init.constant_(self.slopes.bias, -2.0)

    def summaries(self, actions: Tensor, gaps: Tensor) -> Tensor:
        """What the window says about rhythm: visits, their spacing, events, span, cancellations [B, 8]."""
        real = (gaps > 0).float()
        visit_start = (gaps >= self.session_bucket).float()
        days = self.gap_days[gaps]
        events, visits, span = real.sum(1), visit_start.sum(1), days.sum(1)
        age = span[:, None] - days.cumsum(1)  # days from each event to the newest
        spacing = (days * visit_start).sum(1) / visits.clamp(min=1)
        latest = (days * visit_start * torch.exp(-age)).sum(1)
        recent = (visit_start * (age < 30).float()).sum(1)
        in_newest_visit = (real * (age < 0.25).float()).sum(1)
        cancels = (actions == ACTIONS["cancel"]).float().sum(1)
        return torch.stack([
            events / 50, torch.log1p(visits), torch.log1p(spacing) / 4, torch.log1p(span) / 5,
            torch.log1p(latest) / 4, torch.log1p(recent), torch.log1p(in_newest_visit) / 4, torch.log1p(cancels),
        ], dim=1)

    def logit(self, user: Tensor, summaries: Tensor, elapsed: Tensor) -> Tensor:
        """Uncalibrated logit [B] for user vectors [B, D] and seconds since the newest event [B]."""
        features = torch.cat([torch.tanh(self.factors(self.user_dropout(user))), summaries], dim=1)
        hidden = self.dropout(F.gelu(self.hidden(features)))
        days = elapsed.clamp(min=0) / DAY_SECONDS
        rising = torch.stack([torch.log1p(days)] + [(days / ramp).clamp(max=1) for ramp in RAMP_DAYS], dim=1)
        return self.level(hidden)[:, 0] + (F.softplus(self.slopes(hidden)) * rising).sum(1)

    def forward(self, user: Tensor, actions: Tensor, gaps: Tensor, elapsed: Tensor) -> Tensor:
        """Calibrated probability [B]."""
        logit = self.logit(user, self.summaries(actions, gaps), elapsed)
        return torch.sigmoid(self.calibration[0] * logit + self.calibration[1])
