"""The network: a causal Transformer over events (after SASRec, arXiv 1808.09781) with a next-item and a churn head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .churn_head import ChurnHead
from .config import ChurnConfig, EncoderConfig

MASKED = -1e9  # finite: a row of nothing but padding must not turn into NaN


class Block(nn.Module):
    """Pre-LayerNorm attention and GELU feed-forward block."""

    def __init__(self, dimension: int, heads: int, dropout: float) -> None:
        super().__init__()
        self._heads = heads
        self._scale = (dimension // heads) ** -0.5
        self.attention_norm = nn.LayerNorm(dimension)
        self.query = nn.Linear(dimension, dimension)
        self.key_value = nn.Linear(dimension, 2 * dimension)
        self.output = nn.Linear(dimension, dimension)
        self.feed_forward_norm = nn.LayerNorm(dimension)
        self.widen = nn.Linear(dimension, 4 * dimension)
        self.narrow = nn.Linear(4 * dimension, dimension)
        self.dropout = nn.Dropout(dropout)

    def forward(self, events: Tensor, bias: Tensor, last_only: bool) -> Tensor:
        """``events`` [B, L, D], ``bias`` [B, H or 1, L, L] added to the attention logits; one position out if ``last_only``."""
        normed = self.attention_norm(events)
        if last_only:
            events, query, bias = events[:, -1:], normed[:, -1:], bias[:, :, -1:]
        else:
            query = normed
        queries = self._split(self.query(query)) * self._scale
        keys, values = self.key_value(normed).chunk(2, dim=-1)
        weights = (queries @ self._split(keys).transpose(-1, -2) + bias).softmax(dim=-1)
        mixed = (self.dropout(weights) @ self._split(values)).transpose(1, 2).flatten(2)
        events = events + self.dropout(self.output(mixed))
        wide = F.gelu(self.widen(self.feed_forward_norm(events)))
        return events + self.dropout(self.narrow(self.dropout(wide)))

    def _split(self, tensor: Tensor) -> Tensor:
        size = tensor.shape[-1] // self._heads
        return tensor.view(tensor.shape[0], -1, self._heads, size).transpose(1, 2)


class Network(nn.Module):
    """Encoder and heads. Item table and output weights are tied; index 0 is padding throughout."""

    distance: Tensor
    causal: Tensor
    item_mask: Tensor

    def __init__(self, item_count: int, action_count: int, encoder: EncoderConfig, churn: ChurnConfig) -> None:
        super().__init__()
        self.max_length = encoder.max_length
        dimension = encoder.dimension
        self.items = nn.Embedding(item_count + 1, dimension, padding_idx=0)
        self.actions = nn.Embedding(action_count + 1, dimension, padding_idx=0)
        self.gaps = nn.Embedding(len(encoder.gap_boundaries_seconds) + 3, dimension, padding_idx=0)
        self.positions = nn.Parameter(torch.zeros(encoder.max_length, dimension))
        self.distance_bias = nn.Parameter(torch.zeros(encoder.heads, encoder.max_length))
        self.blocks = nn.ModuleList(Block(dimension, encoder.heads, encoder.dropout) for _ in range(encoder.blocks))
        self.final_norm = nn.LayerNorm(dimension)
        self.item_bias = nn.Parameter(torch.zeros(item_count + 1))
        self.dropout = nn.Dropout(encoder.dropout)
        self.churn_head = ChurnHead(dimension, encoder.gap_boundaries_seconds, churn)
        distance = torch.arange(encoder.max_length)[:, None] - torch.arange(encoder.max_length)
        self.register_buffer("distance", distance.clamp(min=0), persistent=False)
        self.register_buffer("causal", (distance < 0).float() * MASKED, persistent=False)
        mask = torch.zeros(item_count + 1)
        mask[0] = MASKED
        self.register_buffer("item_mask", mask, persistent=False)
        for table in (self.items, self.actions, self.gaps):
            nn.init.normal_(table.weight, std=dimension ** -0.5 if table is self.items else 0.02)
            with torch.no_grad():
                table.weight[0] = 0
        nn.init.normal_(self.positions, std=0.02)

    def encode(self, items: Tensor, actions: Tensor, gaps: Tensor, last_only: bool) -> Tensor:
        """Hidden states [B, L, D], or [B, 1, D] for the last position (the last block then computes nothing else)."""
        length = items.shape[1]
        # Row max_length - L + i: counted from the end, so padding in front changes nothing.
        events = self.items(items) + self.actions(actions) + self.gaps(gaps) + self.positions[self.max_length - length:]
        events = self.dropout(events)
        distances = self.distance_bias[:, self.distance] + self.causal
        padding = ((items == 0).float() * MASKED)[:, None, None, :]
        bias = distances[:, self.max_length - length:, self.max_length - length:] + padding
        for number, block in enumerate(self.blocks):
            events = block(events, bias, last_only and number == len(self.blocks) - 1)
        return self.final_norm(events)

    def logits(self, hidden: Tensor) -> Tensor:
        """Unnormalised next-item scores [..., N + 1] of hidden states [..., D]."""
        return F.linear(hidden, self.items.weight, self.item_bias + self.item_mask)

    def forward(self, items: Tensor, actions: Tensor, gaps: Tensor, elapsed: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Signature of the package: scores [B, N+1], churn [B], user [B, D], item vectors [N+1, D]."""
        user = self.encode(items, actions, gaps, last_only=True)[:, 0]
        scores = self.logits(user).log_softmax(dim=-1)
        churn = self.churn_head(user, actions, gaps, elapsed)
        return scores, churn, user, self.items.weight
