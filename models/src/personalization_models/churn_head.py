"""The churn head: P(no purchase within the horizon), never falling while time passes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import ChurnConfig
from .data import ACTIONS
from .repeats import SESSION_SECONDS
from .sequences import FIRST_GAP

DAY_SECONDS = 86_400.0
RAMP_DAYS = (7.0, 30.0, 90.0, 180.0)
REACH_DAYS = (0.25, 30.0, 60.0, 90.0, 1e9)  # before the newest event: its visit, a month, two, three, all that is known
CHANNELS = 4
SUMMARY_COUNT = len(REACH_DAYS) * CHANNELS + 2
FACTORS = 8  # more of what was bought only memorises customers
INPUT_DROPOUT = 0.5


class ChurnHead(nn.Module):
    """Level from history, plus non-negative weights times rising functions of the elapsed time.

    Several heads that were trained apart become one: their layers side by side, their logits averaged.
    """

    gap_days: Tensor
    reach: Tensor
    centre: Tensor
    spread: Tensor
    calibration: Tensor

    def __init__(self, dimension: int, boundaries: list[int], config: ChurnConfig | None) -> None:
        super().__init__()
        self.visit_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in boundaries)
        middles = [0.0, 0.0, 0.0]
        middles += [(low * high) ** 0.5 for low, high in zip(boundaries, boundaries[1:])] + [boundaries[-1] * 1.25]
        self.register_buffer("gap_days", torch.tensor(middles) / DAY_SECONDS, persistent=False)
        self.register_buffer("reach", torch.tensor(REACH_DAYS), persistent=False)
        # A benchmark of next items has no churn: the smallest head there is.
        width, dropout, self.members = (config.hidden, config.dropout, config.members) if config else (1, 0.0, 1)
        self.factors = nn.Linear(dimension, self.members * FACTORS)
        self.hidden = nn.Linear(self.members * FACTORS + SUMMARY_COUNT, self.members * width)
        self.level = nn.Linear(self.members * width, 1)
        self.slopes = nn.Linear(self.members * width, self.members * (1 + len(RAMP_DAYS)))
        self.input_dropout = nn.Dropout(INPUT_DROPOUT)
        self.dropout = nn.Dropout(dropout)
        # What standardises the inputs.
        self.register_buffer("centre", torch.zeros(dimension + SUMMARY_COUNT))
        self.register_buffer("spread", torch.ones(dimension + SUMMARY_COUNT))
        # Platt scaling, logit -> scale * logit + shift; scale > 0 keeps the order.
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))
        nn.init.constant_(self.slopes.bias, -2.0)

    def inputs(self, vectors: Tensor, items: Tensor, actions: Tensor, gaps: Tensor) -> Tensor:
        """What the head sees of a history of any length [B, L]: the mean of its items' ``vectors`` [N + 1, D], and a summary of
        its rhythm: [B, D + S]."""
        real = (gaps > 0).float()
        starts = ((gaps >= self.visit_bucket) | (gaps == FIRST_GAP)).float()
        cancels = (actions == ACTIONS["cancel"]).float()
        days = self.gap_days[gaps]
        age = days.sum(1, keepdim=True) - days.cumsum(1)  # days from each event to the newest
        within = (age[:, None] < self.reach[:, None]).float()
        sums = within @ torch.stack([real, starts, days, cancels], dim=2)  # [B, reach, channel]
        events, visits, span = sums[:, -1, 0], sums[:, -1, 1], sums[:, -1, 2]
        mean = vectors[items].sum(1) / events.clamp(min=1)[:, None]
        ratios = torch.stack([span / (visits - 1).clamp(min=1), events / visits.clamp(min=1)], dim=1)
        return torch.cat([mean, torch.log1p(torch.cat([sums.flatten(1), ratios], dim=1))], dim=1)

    def standardise(self, inputs: Tensor) -> None:
        """Takes the scale of each input from a sample [n, D + S]."""
        self.centre.copy_(inputs.mean(0))
        self.spread.copy_(inputs.std(0).clamp(min=1e-3))

    def logit(self, inputs: Tensor, elapsed: Tensor) -> Tensor:
        """Uncalibrated logit [B] for ``inputs`` and seconds since the newest event [B]."""
        scaled = (inputs - self.centre) / self.spread
        bought, summaries = scaled[:, :-SUMMARY_COUNT], scaled[:, -SUMMARY_COUNT:]
        factors = torch.tanh(self.factors(self.input_dropout(bought)))
        hidden = self.dropout(F.gelu(self.hidden(torch.cat([factors, summaries], dim=1))))
        days = elapsed.clamp(min=0) / DAY_SECONDS
        rising = torch.stack([torch.log1p(days)] + [(days / ramp).clamp(max=1) for ramp in RAMP_DAYS], dim=1)
        slopes = F.softplus(self.slopes(hidden)) * rising.repeat(1, self.members)
        return self.level(hidden)[:, 0] + slopes.sum(1) / self.members

    def forward(self, inputs: Tensor, elapsed: Tensor) -> Tensor:
        """Calibrated probability [B]."""
        return torch.sigmoid(self.calibration[0] * self.logit(inputs, elapsed) + self.calibration[1])

    def join(self, members: Sequence[ChurnHead]) -> None:
        """Becomes the average of as many single heads as it has members, which share one standardisation."""
        with torch.no_grad():
            own = {name: [getattr(each, name) for each in members] for name in ("factors", "hidden", "level", "slopes")}
            for name, layers in own.items():
                mine = getattr(self, name)
                mine.bias.copy_(torch.cat([layer.bias for layer in layers]) if name != "level" else sum(layer.bias for layer in layers) / len(layers))
            self.factors.weight.copy_(torch.cat([layer.weight for layer in own["factors"]]))
            self.hidden.weight.copy_(torch.cat([
                torch.block_diag(*(layer.weight[:, :FACTORS] for layer in own["hidden"])),
                torch.cat([layer.weight[:, FACTORS:] for layer in own["hidden"]])], dim=1))
            self.level.weight.copy_(torch.cat([layer.weight for layer in own["level"]], dim=1) / len(members))
            self.slopes.weight.copy_(torch.block_diag(*(layer.weight for layer in own["slopes"])))
            self.centre.copy_(members[0].centre)
            self.spread.copy_(members[0].spread)
