"""The network: a causal Transformer over events (after SASRec, arXiv 1808.09781) with a next-item and a churn head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .churn_head import ChurnHead
from .config import ChurnConfig, EncoderConfig, NeighbourConfig
from .neighbours import NeighbourHead
from .repeats import SESSION_SECONDS, RepeatHead
from .sequences import FIRST_GAP

MASKED = -1e9  # finite: a row of nothing but padding must not turn into NaN


class Block(nn.Module):
    """Pre-LayerNorm attention and GELU feed-forward block.

    With a low-pass share, attention is mixed with a causal filter after BSARec (arXiv 2312.10325): the running mean of
    the states, plus what deviates from it times a learned factor a channel.
    """

    def __init__(self, dimension: int, heads: int, dropout: float, low_pass: float = 0.0) -> None:
        super().__init__()
        self._heads = heads
        self._low_pass = low_pass
        if low_pass > 0:
            self.deviation = nn.Parameter(torch.randn(dimension))
        self._scale = (dimension // heads) ** -0.5
        self.attention_norm = nn.LayerNorm(dimension)
        self.query = nn.Linear(dimension, dimension)
        self.key_value = nn.Linear(dimension, 2 * dimension)
        self.output = nn.Linear(dimension, dimension)
        self.feed_forward_norm = nn.LayerNorm(dimension)
        self.widen = nn.Linear(dimension, 4 * dimension)
        self.narrow = nn.Linear(4 * dimension, dimension)
        self.dropout = nn.Dropout(dropout)

    def forward(self, events: Tensor, queries: Tensor, bias: Tensor, visible: Tensor) -> Tensor:
        """New states of ``queries`` [B, Q, D] that look at ``events`` [B, L, D].

        ``bias`` [B, H, Q, L] joins the attention logits; ``visible`` [B, 1, Q, L] is 0 for what a query may see, else ``MASKED``.
        """
        source, asked = self.attention_norm(events), self.attention_norm(queries)
        heads = self._split(self.query(asked)) * self._scale
        keys, values = self.key_value(source).chunk(2, dim=-1)
        weights = (heads @ self._split(keys).transpose(-1, -2) + bias).softmax(dim=-1)
        mixed = (self.dropout(weights) @ self._split(values)).transpose(1, 2).flatten(2)
        mixed = self.output(mixed)
        if self._low_pass > 0:
            mean = visible[:, 0].softmax(dim=-1) @ source
            mixed = (1 - self._low_pass) * mixed + self._low_pass * (mean + self.deviation.square() * (asked - mean))
        states = queries + self.dropout(mixed)
        wide = F.gelu(self.widen(self.feed_forward_norm(states)))
        return states + self.dropout(self.narrow(self.dropout(wide)))

    def _split(self, tensor: Tensor) -> Tensor:
        size = tensor.shape[-1] // self._heads
        return tensor.view(tensor.shape[0], -1, self._heads, size).transpose(1, 2)


class Network(nn.Module):
    """Encoder and heads. Item table and output weights are tied; index 0 is padding throughout.

    The last block's query also knows how long ago the newest event was: what is wanted next in a visit differs from
    what is wanted weeks later. Keys and values do not, so a state never sees the gap that follows it.
    """

    distance: Tensor
    causal: Tensor
    item_mask: Tensor
    boundaries: Tensor

    def __init__(self, item_count: int, action_count: int, encoder: EncoderConfig, churn: ChurnConfig | None,
                 neighbours: NeighbourConfig = NeighbourConfig()) -> None:
        super().__init__()
        self.settings = encoder
        self.max_length = encoder.max_length
        # Events of a question: the encoder reads the newest ``max_length`` of them, the churn head all.
        self.window = max(encoder.max_length, churn.window if churn else 0)
        dimension, gap_count = encoder.dimension, len(encoder.gap_boundaries_seconds) + 3
        self.items = nn.Embedding(item_count + 1, dimension, padding_idx=0)
        self.actions = nn.Embedding(action_count + 1, dimension, padding_idx=0)
        self.gaps = nn.Embedding(gap_count, dimension, padding_idx=0)
        self.waits = nn.Embedding(gap_count, dimension, padding_idx=0)
        self.positions = nn.Parameter(torch.zeros(encoder.max_length, dimension))
        self.distance_bias = nn.Parameter(torch.zeros(encoder.heads, encoder.max_length))
        self.blocks = nn.ModuleList(Block(dimension, encoder.heads, encoder.dropout, encoder.low_pass) for _ in range(encoder.blocks))
        self.final_norm = nn.LayerNorm(dimension)
        self.item_bias = nn.Parameter(torch.zeros(item_count + 1))
        self.repeats = RepeatHead(dimension, encoder.gap_boundaries_seconds) if encoder.repeats else None
        self.neighbours = NeighbourHead(item_count, encoder.max_length, neighbours)
        self.visit_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in encoder.gap_boundaries_seconds)
        self.dropout = nn.Dropout(encoder.dropout)
        self.churn_head = ChurnHead(dimension, encoder.gap_boundaries_seconds, churn)
        distance = torch.arange(encoder.max_length)[:, None] - torch.arange(encoder.max_length)
        self.register_buffer("distance", distance.clamp(min=0), persistent=False)
        self.register_buffer("causal", (distance < 0).float() * MASKED, persistent=False)
        self.register_buffer("boundaries", torch.tensor(encoder.gap_boundaries_seconds).float(), persistent=False)
        mask = torch.zeros(item_count + 1)
        mask[0] = MASKED
        self.register_buffer("item_mask", mask, persistent=False)
        for table in (self.items, self.actions, self.gaps, self.waits):
            nn.init.normal_(table.weight, std=dimension ** -0.5 if table is self.items else 0.02)
            with torch.no_grad():
                table.weight[0] = 0
        nn.init.normal_(self.positions, std=0.02)

    def encode(self, items: Tensor, actions: Tensor, gaps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs of the last block [B, L, D], its attention bias [B, H, L, L] and what is visible [B, 1, L, L]."""
        length = items.shape[1]
        # Row max_length - L + i: counted from the end, so padding in front changes nothing.
        events = self.items(items) + self.actions(actions) + self.gaps(gaps) + self.positions[self.max_length - length:]
        events = self.dropout(events)
        first = self.max_length - length
        visible = self.causal[first:, first:] + ((items == 0).float() * MASKED)[:, None, None, :]
        bias = self.distance_bias[:, self.distance][:, first:, first:] + visible
        for block in self.blocks[:-1]:
            events = block(events, events, bias, visible)
        return events, bias, visible

    def states(self, items: Tensor, actions: Tensor, gaps: Tensor, waits: Tensor) -> tuple[Tensor, Tensor]:
        """States [B, L, D] of all positions, given the gap bucket [B, L] that follows each (0 = unknown), and the events."""
        events, bias, visible = self.encode(items, actions, gaps)
        return self.final_norm(self.blocks[-1](events, events + self.waits(waits), bias, visible)), events

    def last_states(self, items: Tensor, actions: Tensor, gaps: Tensor, wait: Tensor) -> tuple[Tensor, Tensor]:
        """States [B, D] of the last position with its wait [B] (0 = unknown), and the events; nothing else is computed."""
        events, bias, visible = self.encode(items, actions, gaps)
        query = events[:, -1:] + self.waits(wait)[:, None]
        return self.final_norm(self.blocks[-1](events, query, bias[:, :, -1:], visible[:, :, -1:]))[:, 0], events

    def recent(self, items: Tensor, actions: Tensor, gaps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The newest events [B, min(L, max_length)], the oldest of which has no gap before it."""
        items, actions, gaps = (part[:, -self.max_length:] for part in (items, actions, gaps))
        return items, actions, torch.cat([gaps[:, :1].clamp(max=FIRST_GAP), gaps[:, 1:]], dim=1)

    def churn_inputs(self, items: Tensor, actions: Tensor, gaps: Tensor) -> Tensor:
        """What the churn head sees of histories [B, L]."""
        return self.churn_head.inputs(self.items.weight, items, actions, gaps)

    def causal_for(self, length: int) -> Tensor:
        """1 where position i may look at position j [L, L]."""
        return (self.causal[:length, :length] == 0).float()

    def wait_bucket(self, elapsed: Tensor) -> Tensor:
        """The gap bucket that an event now would have, for seconds since the newest event."""
        return 2 + (elapsed[:, None] >= self.boundaries).long().sum(1)

    def logits(self, hidden: Tensor) -> Tensor:
        """Unnormalised next-item scores [..., N + 1] of hidden states [..., D], repeats aside."""
        return F.linear(hidden, self.items.weight, self.item_bias + self.item_mask)

    def parts(self, items: Tensor, gaps: Tensor, wait: Tensor, user: Tensor, events: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the blend mixes: log-probabilities [B, N + 1], neighbours [B, N + 1], whether another visit starts [B]."""
        logits = self.logits(user)
        if self.repeats is not None:
            logits = logits.scatter_add(1, items, self.repeats(items, gaps, wait[:, None], user[:, None], events, None)[:, 0])
        log_probabilities = logits.log_softmax(dim=-1)
        return log_probabilities, self.neighbours(items, self.max_length - items.shape[1]), wait >= self.visit_bucket

    def forward(self, items: Tensor, actions: Tensor, gaps: Tensor, elapsed: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Signature of the package: scores [B, N+1], churn [B], user [B, D], item vectors [N+1, D]."""
        wait = self.wait_bucket(elapsed)
        newest = self.recent(items, actions, gaps)
        user, events = self.last_states(*newest, wait)
        scores = self.neighbours.blend(*self.parts(newest[0], newest[2], wait, user, events)) + self.item_mask
        # Elapsed time enters the churn head by itself, where it can only raise the probability.
        churn = self.churn_head(self.churn_inputs(items, actions, gaps), elapsed)
        return scores, churn, user, self.items.weight
