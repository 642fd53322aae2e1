"""The churn head as an exported graph has it: what is constant is in the matrices, for each operation costs as much as its numbers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.transactions import DAY_SECONDS
from ..network.steady import LANES, missing
from .head import RISING_COUNT, ChurnHead


class ChurnGraph(nn.Module):
    """Answers as a trained head does: standardisation, the average of network and line, and calibration are folded into four products.

    The logarithms of the rhythm, of the totals and of the elapsed days are taken together, of whole lanes. Columns of ``known`` [B, C]: those
    logarithms, the ramps of the elapsed days, and whether the totals are known.
    """

    scales: Tensor
    rising: Tensor
    weights: Tensor
    bias: Tensor

    def __init__(self, head: ChurnHead) -> None:
        super().__init__()
        self.head = head  # of which only what sums up a history is asked
        self.total_count = head.total_count
        count, rhythm = head.summary_count, head.summary_count - head.total_count
        days = RISING_COUNT + missing(count + RISING_COUNT)
        logs = count + days
        columns = logs + days + (self.total_count > 0)
        scales = torch.full((1, days), 1 / DAY_SECONDS)
        scales[0, 1:RISING_COUNT] /= head.ramps
        self.register_buffer("scales", scales)
        rising = torch.tensor([count, *range(logs + 1, logs + RISING_COUNT)])

        def spread_out(weights: Tensor) -> tuple[Tensor, Tensor]:
            """Weights [n, C] of the columns, and a bias [n], for weights [n, S] of standardised summaries."""
            mine, centre = torch.zeros(len(weights), columns, dtype=torch.double), head.centre[-count:].double()
            mine[:, :count] = weights.double() / head.spread[-count:].double()
            if self.total_count > 0:
                mine[:, -1] = -mine[:, rhythm:count] @ centre[rhythm:]
            return mine, -mine[:, :rhythm] @ centre[:rhythm]

        with torch.no_grad():
            bought = head.factors.weight.double() / head.spread[:-count].double()
            self.factors = _linear(bought, head.factors.bias - bought @ head.centre[:-count].double())
            width = head.factors.out_features
            summaries, bias = spread_out(head.hidden.weight[:, width:])
            self.hidden = _linear(torch.cat([head.hidden.weight[:, :width], summaries], dim=1), head.hidden.bias + bias)
            slopes = head.slopes.out_features
            more = missing(slopes)
            self.slopes = _linear(F.pad(head.slopes.weight, (0, 0, 0, more)), F.pad(head.slopes.bias, (0, more)))
            self.register_buffer("rising", F.pad(rising.repeat(head.members), (0, more), value=int(rising[0])))
            line, bias = spread_out(head.line.weight[:, RISING_COUNT:])
            line[0, rising] = head.line.weight[0, :RISING_COUNT].double()
            each = torch.cat([torch.full((slopes,), 1 / head.members), torch.zeros(more)]).double()
            scale, shift = head.calibration.double()
            weights = scale / 2 * torch.cat([head.level.weight[0].double(), each, line[0]])
            bias = scale / 2 * (head.level.bias + head.line.bias + bias) + shift
        # Of a single column the sum would have another order than of many.
        self.register_buffer("weights", weights.float().repeat(LANES, 1))
        self.register_buffer("bias", bias.float().repeat(LANES))

    def of_history(self, vectors: Tensor, items: Tensor, actions: Tensor, gaps: Tensor, totals: Tensor | None, elapsed: Tensor) -> Tensor:
        """Probability [B] of histories [B, L], as :meth:`ChurnHead.of_history` gives it."""
        mean, *summaries = self.head.summed_up(vectors, items, actions, gaps)
        days = elapsed.clamp(min=0)[:, None] * self.scales
        ramps = [days.clamp(max=1)]
        if self.total_count > 0:
            totals = torch.zeros(len(items), self.total_count) if totals is None else totals.clamp(min=0)
            bought = (totals[:, :1] > 0).float()
            summaries.append(totals * bought)
            ramps.append(bought)
        known = torch.cat([torch.log1p(torch.cat([*summaries, days], dim=1)), *ramps], dim=1)
        hidden = F.gelu(self.hidden(torch.cat([torch.tanh(self.factors(mean)), known], dim=1)))
        slopes = F.softplus(self.slopes(hidden)) * known.index_select(1, self.rising)
        return torch.sigmoid(F.linear(torch.cat([hidden, slopes, known], dim=1), self.weights, self.bias))[:, 0]


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.copy_(weight)
    made.bias.copy_(bias)
    return made
