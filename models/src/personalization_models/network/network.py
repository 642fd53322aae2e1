"""The network: a causal Transformer over events (after SASRec, arXiv 1808.09781) with a next-item and a churn head."""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..churn.head import ChurnHead
from ..config import ChurnConfig, EncoderConfig, NeighbourConfig
from ..data.content import ContentTable
from ..data.sequences import FIRST_GAP
from .neighbours import NeighbourHead
from .own_items import OwnItems
from .repeats import SESSION_SECONDS, RepeatHead
from .shapes import KEPT, reshaped
from .steady import steady, whole
from .votes import LEAST

MASKED = -1e9  # finite: a row of nothing but padding must not turn into NaN


class Block(nn.Module):
    """Pre-LayerNorm attention and GELU feed-forward block.

    With a low-pass share, attention is mixed with a causal filter after BSARec (arXiv 2312.10325): the running mean of
    the states, plus what deviates from it times a learned factor a channel.
    """

    def __init__(self, dimension: int, heads: int, dropout: float, low_pass: float = 0.0) -> None:
        super().__init__()
        self._dimension = dimension
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
        keys, values = self.key_value(source).split([self._dimension, self._dimension], dim=-1)
        weights = (heads @ self._split(keys).transpose(-1, -2) + bias).softmax(dim=-1)
        mixed = (self.dropout(weights) @ self._split(values)).transpose(1, 2)
        mixed = self.output(reshaped(mixed, KEPT, -1, self._dimension))
        if self._low_pass > 0:
            mean = visible[:, 0].softmax(dim=-1) @ source
            mixed = (1 - self._low_pass) * mixed + self._low_pass * (mean + self.deviation.square() * (asked - mean))
        states = queries + self.dropout(mixed)
        wide = F.gelu(self.widen(self.feed_forward_norm(states)))
        return states + self.dropout(self.narrow(self.dropout(wide)))

    def _split(self, tensor: Tensor) -> Tensor:
        return reshaped(tensor, KEPT, -1, self._heads, self._dimension // self._heads).transpose(1, 2)


class ItemTable(NamedTuple):
    """Vectors [N + 1, D] and biases [N + 1] of all items."""

    vectors: Tensor
    bias: Tensor


class Parts(NamedTuple):
    """What the blend mixes: log-probabilities, neighbours and own items [B, N + 1], and whether another visit starts [B]."""

    log_probabilities: Tensor
    neighbours: Tensor
    own: Tensor
    starts_visit: Tensor


class Network(nn.Module):
    """Encoder and heads. Item table and output weights are tied; index 0 is padding throughout.

    The last block's query also knows how long ago the newest event was: what is wanted next in a visit differs from
    what is wanted weeks later. Keys and values do not, so a state never sees the gap that follows it. With ``content`` an
    item's vector is the sum of its own and those of its content. Who asks often may make the ``table`` once and pass it on.
    """

    distance: Tensor
    causal: Tensor
    item_mask: Tensor
    boundaries: Tensor
    latest_gaps: Tensor
    seen: Tensor
    starts_visit: Tensor

    def __init__(self, item_count: int, action_count: int, encoder: EncoderConfig, churn: ChurnConfig | None,
                 neighbours: NeighbourConfig = NeighbourConfig(), content: ContentTable | None = None) -> None:
        super().__init__()
        self.settings = encoder
        self.content = content
        self.max_length = encoder.max_length
        # Positions of the encoder: those of no event are in front, as in a shorter history.
        self.columns = whole(encoder.max_length)
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
        self.own = OwnItems(item_count)
        self.blended = True  # else the answer is the Transformer's alone, and a graph holds nothing of the other parts
        self.beside = False  # whether items are scored beside the graph, as products of vectors and nothing more
        self.top = 0  # how many of the best eligible items a graph gives besides the scores
        self.visit_bucket = 2 + sum(boundary <= SESSION_SECONDS for boundary in encoder.gap_boundaries_seconds)
        self.dropout = nn.Dropout(encoder.dropout)
        self.churn_head = ChurnHead(dimension, encoder.gap_boundaries_seconds, churn)
        distance = torch.arange(self.columns)[:, None] - torch.arange(self.columns)
        self.register_buffer("distance", distance.clamp(0, encoder.max_length - 1), persistent=False)
        self.register_buffer("causal", (distance < 0).float() * MASKED, persistent=False)
        # An event now is behind no event (0) and not the first one (1), whatever the time.
        self.register_buffer("boundaries", torch.tensor([-torch.inf, -torch.inf, *encoder.gap_boundaries_seconds]), persistent=False)
        latest = torch.full((self.columns,), len(encoder.gap_boundaries_seconds) + 2)
        latest[self.columns - encoder.max_length] = FIRST_GAP
        latest[:self.columns - encoder.max_length] = 0
        self.register_buffer("latest_gaps", latest, persistent=False)  # the highest gap bucket that each position may have
        self.register_buffer("seen", (latest > 0).long(), persistent=False)
        self.register_buffer("starts_visit", (torch.arange(gap_count) >= self.visit_bucket).long(), persistent=False)  # of each gap bucket
        mask = torch.zeros(item_count + 1)
        mask[0] = MASKED
        self.register_buffer("item_mask", mask, persistent=False)
        for table in (self.items, self.actions, self.gaps, self.waits):
            nn.init.normal_(table.weight, std=dimension ** -0.5 if table is self.items else 0.02)
            with torch.no_grad():
                table.weight[0] = 0
        nn.init.normal_(self.positions, std=0.02)

    def table(self, hidden: Tensor | None = None) -> ItemTable:
        """What the items are to the network; those ``hidden`` [N + 1] have their content alone."""
        own = ItemTable(self.items.weight, self.item_bias)
        if self.content is None:
            return own
        if hidden is not None:
            own = ItemTable(own.vectors.masked_fill(hidden[:, None], 0.0), own.bias.masked_fill(hidden, 0.0))
        said = self.content()
        return ItemTable(own.vectors + said[:, :-1], own.bias + said[:, -1])

    def without_churn(self) -> dict[str, Tensor]:
        """The state of all but the churn head, which is trained apart: what next items are learned with."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith("churn_head.")}

    def folded(self) -> Network:
        """A copy that computes the same with the items' content inside their own vectors: what is exported."""
        made = copy.deepcopy(self)
        with torch.no_grad():
            vectors, bias = self.table()
            made.items.weight.copy_(vectors)
            made.item_bias.copy_(bias)
        made.content = None
        return made

    def with_items(self, features: Tensor) -> Network:
        """A copy that knows more items, from their content alone: ``features`` [n, W] of the schema.

        Their neighbours are those of the known items that are most like them (cosine of what content says).
        """
        made = copy.deepcopy(self)
        assert made.content is not None
        made.items = nn.Embedding.from_pretrained(F.pad(self.items.weight.detach(), (0, 0, 0, len(features))), freeze=False, padding_idx=0)
        made.item_bias = nn.Parameter(F.pad(self.item_bias.detach(), (0, len(features))))
        made.own.item_count += len(features)
        made.item_mask = F.pad(self.item_mask, (0, len(features)))
        width = max(features.shape[1], made.content.features.shape[1])
        made.content.features = torch.cat([F.pad(part, (0, width - part.shape[1])) for part in (made.content.features, features)])
        with torch.no_grad():
            made.neighbours.extend(made.content.twins(len(features)))
        return made

    def encode(self, items: Tensor, actions: Tensor, gaps: Tensor, table: ItemTable, first: int) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs of the last block [B, L, D], its attention bias [B, H, L, L] and what is visible [B, 1, L, L].

        ``first`` is :meth:`first` of the histories: counted from the end, so padding in front changes nothing.
        """
        positions = F.pad(self.positions, (0, 0, self.columns - self.max_length, 0))[first:]
        events = F.embedding(items, table.vectors, padding_idx=0) + self.actions(actions) + self.gaps(gaps) + positions
        events = self.dropout(events)
        padding, hidden = reshaped(items, KEPT, 1, 1, -1) == 0, torch.tensor(MASKED)
        visible = torch.where(padding, hidden, self.causal[first:, first:])
        bias = torch.where(padding, hidden, (self.distance_bias[:, self.distance] + self.causal)[:, first:, first:])
        for block in self.blocks[:-1]:
            events = block(events, events, bias, visible)
        return events, bias, visible

    def states(self, items: Tensor, actions: Tensor, gaps: Tensor, waits: Tensor, table: ItemTable | None = None) -> tuple[Tensor, Tensor]:
        """States [B, L, D] of all positions, given the gap bucket [B, L] that follows each (0 = unknown), and the events."""
        events, bias, visible = self.encode(items, actions, gaps, table or self.table(), self.first(items))
        return self.final_norm(self.blocks[-1](events, events + self.waits(waits), bias, visible)), events

    def last_states(self, items: Tensor, actions: Tensor, gaps: Tensor, wait: Tensor, table: ItemTable | None = None,
                    first: int | None = None) -> tuple[Tensor, Tensor]:
        """States [B, D] of the last position with its wait [B] (0 = unknown), and the events; nothing else is computed."""
        events, bias, visible = self.encode(items, actions, gaps, table or self.table(), self.first(items) if first is None else first)
        query = events[:, -1:] + self.waits(wait)[:, None]
        return self.final_norm(self.blocks[-1](events, query, bias[:, :, -1:], visible[:, :, -1:]))[:, 0], events

    def first(self, items: Tensor) -> int:
        """The column of the oldest event of histories [B, L], the newest being in the last one."""
        return self.columns - items.shape[1]

    def recent(self, items: Tensor, actions: Tensor, gaps: Tensor) -> tuple[Tensor, Tensor, Tensor, int]:
        """The newest ``max_length`` events [B, min(L, columns)], the oldest of which has no gap before it, and their first column."""
        if self.window > self.columns:
            items, actions, gaps = (part[:, -self.columns:] for part in (items, actions, gaps))
        first = self.first(items)
        # What is further back is padding; nobody looks at the actions of padding.
        return items * self.seen[first:], actions, torch.minimum(gaps, self.latest_gaps[first:]), first

    def churn_inputs(self, items: Tensor, actions: Tensor, gaps: Tensor, totals: Tensor | None = None) -> Tensor:
        """What the churn head sees of histories [B, L] and of the whole lives [B, T] that they are the end of."""
        return self.churn_head.inputs(self.table().vectors, items, actions, gaps, totals)

    def causal_for(self, length: int) -> Tensor:
        """1 where position i may look at position j [L, L]."""
        return (self.causal[:length, :length] == 0).float()

    def wait_bucket(self, elapsed: Tensor) -> Tensor:
        """The gap bucket that an event now would have, for seconds since the newest event."""
        return (elapsed[:, None] >= self.boundaries).long().sum(1)

    def logits(self, hidden: Tensor, table: ItemTable | None = None) -> Tensor:
        """Unnormalised next-item scores [..., N + 1] of hidden states [..., D], repeats aside."""
        vectors, bias = table or self.table()
        return F.linear(hidden, vectors, bias + self.item_mask)

    def transformer(self, items: Tensor, actions: Tensor, gaps: Tensor, wait: Tensor, first: int) -> tuple[Tensor, Tensor]:
        """Logits [B, N + 1] of the newest events [B, L], which :meth:`recent` gives, with their wait [B]; and the user's state [B, D]."""
        table = self.table()
        user, events = self.last_states(items, actions, gaps, wait, table, first)
        logits = self.logits(user, table)
        if self.repeats is not None:
            logits = logits.scatter_add(1, items, self.repeats.newest(gaps, wait, user, events))
        return logits, user

    def answer(self, items: Tensor, actions: Tensor, gaps: Tensor, wait: Tensor) -> tuple[Parts, Tensor]:
        """The parts of the blend for histories [B, L] with their wait [B], and the user's state [B, D]."""
        newest, actions_of_newest, gaps_of_newest, first = self.recent(items, actions, gaps)
        logits, user = self.transformer(newest, actions_of_newest, gaps_of_newest, wait, first)
        neighbours = self.neighbours.votes(newest, self.neighbours.decays(self.columns)[first:]).spread(len(self.item_bias))
        return Parts(logits.log_softmax(dim=-1), neighbours, self.own(items, actions), wait >= self.visit_bucket), user

    def blend(self, parts: Parts) -> Tensor:
        """Logarithm of the mixture [B, N + 1]: the parts err on different shoppers, and together they are better than each."""
        if not self.blended:
            return parts.log_probabilities
        alone, neighbours, own = self.shares()[parts.starts_visit.long()].split(1, dim=1)
        return torch.log(alone * parts.log_probabilities.exp() + neighbours * parts.neighbours + own * parts.own + LEAST)

    def probabilities(self, items: Tensor, actions: Tensor, gaps: Tensor, wait: Tensor) -> tuple[Tensor, Tensor]:
        """The blend of the parts of :meth:`answer` [B, N + 1], up to a factor, and the user's state [B, D].

        Votes join it item by item, and there is no logarithm of what nobody asks for: that is what is exported.
        """
        newest, actions_of_newest, gaps_of_newest, first = self.recent(items, actions, gaps)
        logits, user = self.transformer(newest, actions_of_newest, gaps_of_newest, wait, first)
        blend = logits.softmax(dim=-1)
        if self.blended:
            alone, *others = self.shares()[self.starts_visit][wait].split(1, dim=1)
            blend = alone * blend
            for share, votes in zip(others, (self.neighbours.votes(newest, self.neighbours.decays(self.columns)[first:]), self.own.votes(items, actions))):
                blend = blend.scatter_add(1, votes.items, share * votes.weights)
        return blend, user

    @property
    def scoring(self) -> str:
        """What a graph says of items, as ``model.json`` names it."""
        return "vectors" if self.beside else "top" if self.top > 0 else "probabilities"

    def shares(self) -> Tensor:
        """Shares of the Transformer, the neighbours and the own items while a visit goes on, and when another one starts [2, 3]."""
        neighbours, own = self.neighbours.shares, self.own.shares
        return torch.stack([1 - neighbours - own, neighbours, own], dim=1)

    def churn(self, items: Tensor, actions: Tensor, gaps: Tensor, elapsed: Tensor, totals: Tensor | None = None) -> Tensor:
        """Probability [B]. Elapsed time enters the head by itself, where it can only raise the probability."""
        return self.churn_head.of_history(self.table().vectors, items, actions, gaps, totals, elapsed)

    def forward(self, items: Tensor, actions: Tensor, gaps: Tensor, elapsed: Tensor,
                totals: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Scores [B, N+1], which are logarithms of probabilities, churn [B], user [B, D], item vectors [N+1, D]."""
        blend, user = self.probabilities(items, actions, gaps, self.wait_bucket(elapsed))
        scores = steady(torch.log, blend + LEAST) + self.item_mask
        return scores, self.churn(items, actions, gaps, elapsed, totals), user, self.table().vectors
