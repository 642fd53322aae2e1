"""The churn head: P(no purchase within the horizon), never falling while time passes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config import ChurnConfig
from ..data.sequences import FIRST_GAP
from ..data.transactions import ACTIONS, DAY_SECONDS, TOTALS
from ..network.repeats import SESSION_SECONDS
from ..network.shapes import KEPT, later, reshaped
from ..network.steady import steady, weighed

RAMP_DAYS = (7.0, 30.0, 90.0, 180.0)
RISING_COUNT = 1 + len(RAMP_DAYS)
REACH_DAYS = (0.25, 30.0, 60.0, 90.0, 1e9)  # before the newest event: its visit, a month, two, three, all that is known
CHANNELS = 4
RHYTHM_COUNT = len(REACH_DAYS) * CHANNELS + 2
FACTORS = 8  # more of what was bought only memorises customers
INPUT_DROPOUT = 0.5


class ChurnHead(nn.Module):
    """The mean of a small network and a line; each adds non-negative weights times rising functions of the elapsed time.

    Several heads that were trained apart become one: their layers side by side, their logits averaged.
    """

    gap_days: Tensor
    real: Tensor
    channels_of_gap: Tensor
    channels_of_action: Tensor
    shared: Tensor
    visits: Tensor
    fewer: Tensor
    reach: Tensor
    ramps: Tensor
    centre: Tensor
    spread: Tensor
    calibration: Tensor

    def __init__(self, dimension: int, boundaries: list[int], config: ChurnConfig | None) -> None:
        super().__init__()
        self.visit_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in boundaries)
        middles = [0.0, 0.0, 0.0]
        middles += [(low * high) ** 0.5 for low, high in zip(boundaries, boundaries[1:])] + [boundaries[-1] * 1.25]
        days, bucket = torch.tensor(middles) / DAY_SECONDS, torch.arange(len(middles))
        real, starts = (bucket > 0).float(), ((bucket >= self.visit_bucket) | (bucket == FIRST_GAP)).float()
        cancels = (torch.arange(len(ACTIONS) + 1) == ACTIONS["cancel"]).float()
        self.register_buffer("gap_days", days, persistent=False)
        self.register_buffer("real", real, persistent=False)
        # The channels are events, visits, days and cancellations; the last reach is all that is known.
        self.register_buffer("channels_of_gap", torch.stack([real, starts, days, 0 * days], dim=1), persistent=False)
        self.register_buffer("channels_of_action", torch.stack([0 * cancels, 0 * cancels, 0 * cancels, cancels], dim=1), persistent=False)
        last = (len(REACH_DAYS) - 1) * CHANNELS
        self.register_buffer("shared", torch.tensor([last + 2, last]), persistent=False)
        self.register_buffer("visits", torch.tensor([last + 1, last + 1]), persistent=False)
        self.register_buffer("fewer", torch.tensor([1.0, 0.0]), persistent=False)
        self.register_buffer("reach", torch.tensor(REACH_DAYS), persistent=False)
        self.register_buffer("ramps", torch.tensor(RAMP_DAYS), persistent=False)
        # A benchmark of next items has no churn: the smallest head there is.
        width, dropout, self.members = (config.hidden, config.dropout, config.members) if config else (1, 0.0, 1)
        self.total_count = len(TOTALS) if config is not None and config.totals else 0
        self.summary_count = RHYTHM_COUNT + self.total_count
        self.factors = nn.Linear(dimension, self.members * FACTORS)
        self.hidden = nn.Linear(self.members * FACTORS + self.summary_count, self.members * width)
        self.level = nn.Linear(self.members * width, 1)
        self.slopes = nn.Linear(self.members * width, self.members * RISING_COUNT)
        # After the rising functions, whose weights are fitted at least 0, all summaries.
        self.line = nn.Linear(RISING_COUNT + self.summary_count, 1)
        self.input_dropout = nn.Dropout(INPUT_DROPOUT)
        self.dropout = nn.Dropout(dropout)
        # What standardises the inputs.
        self.register_buffer("centre", torch.zeros(dimension + self.summary_count))
        self.register_buffer("spread", torch.ones(dimension + self.summary_count))
        # Platt scaling, logit -> scale * logit + shift; scale > 0 keeps the order.
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))
        nn.init.constant_(self.slopes.bias, -2.0)
        nn.init.uniform_(self.line.weight, 0.0, 0.1)

    def inputs(self, vectors: Tensor, items: Tensor, actions: Tensor, gaps: Tensor, totals: Tensor | None) -> Tensor:
        """What the head sees of a history of any length [B, L]: the mean of its items' ``vectors`` [N + 1, D], a summary of
        its rhythm, and where the head takes them the ``totals`` [B, T] of the whole life (None: unknown): [B, D + S]."""
        mean, *summaries = self.summed_up(vectors, items, actions, gaps)
        if self.total_count > 0:
            summaries.append(items.new_zeros(len(items), self.total_count).float() if totals is None else totals.clamp(min=0))
        return torch.cat([mean, steady(torch.log1p, torch.cat(summaries, dim=1))], dim=1)

    def summed_up(self, vectors: Tensor, items: Tensor, actions: Tensor, gaps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of histories [B, L] the mean vector [B, D], the channels' sums by reach [B, reach x channel], and days a visit and events a visit [B, 2]."""
        age = later(self.gap_days[gaps])  # days from each event to the newest
        within = (age[:, None] < self.reach[:, None]).float()
        sums = reshaped(within @ (self.channels_of_gap[gaps] + self.channels_of_action[actions]), KEPT, -1)
        events = sums[:, -CHANNELS:1 - CHANNELS]
        mean = (self.real[gaps][:, None] @ vectors[items])[:, 0] / events.clamp(min=1)  # a product, for the same bits whatever the batch
        return mean, sums, sums.index_select(1, self.shared) / (sums.index_select(1, self.visits) - self.fewer).clamp(min=1)

    def standardise(self, inputs: Tensor) -> None:
        """Takes the scale of each input from a sample [n, D + S]."""
        self.centre.copy_(inputs.mean(0))
        self.spread.copy_(inputs.std(0).clamp(min=1e-3))

    def scaled(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """What was bought [B, D] and the summaries [B, S], standardised; without a purchase in them the totals say nothing."""
        scaled = (inputs - self.centre) / self.spread
        bought, summaries = scaled[:, :-self.summary_count], scaled[:, -self.summary_count:]
        if self.total_count > 0:
            known = (inputs[:, -self.total_count:][:, :1] > 0).float()
            summaries = torch.cat([summaries[:, :-self.total_count], summaries[:, -self.total_count:] * known], dim=1)
        return bought, summaries

    def rising(self, elapsed: Tensor) -> Tensor:
        """Functions [B, R] of the seconds since the newest event [B] that never fall."""
        days = elapsed.clamp(min=0)[:, None] / DAY_SECONDS
        return torch.cat([steady(torch.log1p, days), (days / self.ramps).clamp(max=1)], dim=1)

    def network_logit(self, inputs: Tensor, elapsed: Tensor) -> Tensor:
        """What the network alone says [B]."""
        bought, summaries = self.scaled(inputs)
        factors = torch.tanh(self.factors(self.input_dropout(bought)))
        hidden = self.dropout(F.gelu(self.hidden(torch.cat([factors, summaries], dim=1))))
        slopes = steady(F.softplus, self.slopes(hidden)) * self.rising(elapsed).repeat(1, self.members)
        ones = torch.ones(self.members * RISING_COUNT)
        return weighed(hidden, self.level.weight[0]) + self.level.bias + weighed(slopes, ones) / self.members

    def line_inputs(self, inputs: Tensor, elapsed: Tensor) -> Tensor:
        """What the line weighs [B, R + S]."""
        return torch.cat([self.rising(elapsed), self.scaled(inputs)[1]], dim=1)

    def logit(self, inputs: Tensor, elapsed: Tensor) -> Tensor:
        """Uncalibrated logit [B] for ``inputs`` and seconds since the newest event [B]."""
        return (self.network_logit(inputs, elapsed) + weighed(self.line_inputs(inputs, elapsed), self.line.weight[0]) + self.line.bias) / 2

    def forward(self, inputs: Tensor, elapsed: Tensor) -> Tensor:
        """Calibrated probability [B]."""
        logit = self.calibration[0] * self.logit(inputs, elapsed) + self.calibration[1]
        return steady(torch.sigmoid, logit[:, None])[:, 0]

    def of_history(self, vectors: Tensor, items: Tensor, actions: Tensor, gaps: Tensor, totals: Tensor | None, elapsed: Tensor) -> Tensor:
        """Calibrated probability [B] of histories [B, L], as :meth:`inputs` takes them."""
        return self(self.inputs(vectors, items, actions, gaps, totals), elapsed)

    def join(self, members: Sequence[ChurnHead]) -> None:
        """Becomes the average of as many single heads as it has members, which share one standardisation."""
        with torch.no_grad():
            own = {name: [getattr(each, name) for each in members] for name in ("factors", "hidden", "level", "slopes", "line")}
            for name, layers in own.items():
                mine = getattr(self, name)
                biases = [layer.bias for layer in layers]
                mine.bias.copy_(sum(biases) / len(biases) if name in ("level", "line") else torch.cat(biases))
            self.factors.weight.copy_(torch.cat([layer.weight for layer in own["factors"]]))
            self.hidden.weight.copy_(torch.cat([
                torch.block_diag(*(layer.weight[:, :FACTORS] for layer in own["hidden"])),
                torch.cat([layer.weight[:, FACTORS:] for layer in own["hidden"]])], dim=1))
            self.level.weight.copy_(torch.cat([layer.weight for layer in own["level"]], dim=1) / len(members))
            self.slopes.weight.copy_(torch.block_diag(*(layer.weight for layer in own["slopes"])))
            self.line.weight.copy_(sum(layer.weight for layer in own["line"]) / len(members))
            self.centre.copy_(members[0].centre)
            self.spread.copy_(members[0].spread)
