"""Item neighbours inside the network: decayed transition counts, a part of the blend."""

from __future__ import annotations

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn

from ..config import NeighbourConfig
from ..data.transactions import EventLog
from ..training.initialisation import neighbour_counts
from .steady import missing
from .votes import LEAST, Votes


class NeighbourHead(nn.Module):
    """Probabilities that sum to one where the newest items have neighbours; constants, nothing is trained."""

    items: Tensor
    weights: Tensor
    decay: Tensor
    shares: Tensor

    def __init__(self, item_count: int, max_length: int, config: NeighbourConfig = NeighbourConfig()) -> None:
        super().__init__()
        self._config = config
        width = min(config.neighbours, item_count)
        self.register_buffer("items", torch.zeros(item_count + 1, width, dtype=torch.int32))
        self.register_buffer("weights", torch.zeros(item_count + 1, width))
        # The part's share of the blend while a visit goes on, and when another one starts; fitted on validation.
        self.register_buffer("shares", torch.zeros(2))
        self.register_buffer("decay", torch.zeros(max_length))
        self.use(config)

    def use(self, config: NeighbourConfig) -> None:
        """Takes other decays and powers (the table's width stays); ``fit`` makes a new table."""
        self._config = config
        age = torch.arange(len(self.decay) - 1, -1, -1)
        self.decay.copy_(torch.where(age < config.history, config.history_decay ** age.float(), torch.zeros(())))

    def fit(self, log: EventLog) -> None:
        """Takes the neighbours from a log: each item's strongest followers, the other direction weighing less."""
        self._take(transition_table(log, len(self.items) - 1, self._config))

    def extend(self, twins: sparse.csr_matrix) -> None:
        """Adds items [n] that follow, and are followed by, what their ``twins`` [n, N + 1] (rows sum to one) do."""
        known, width = self.items.shape
        edges = np.arange(0, known * width + 1, width)
        table = sparse.csr_matrix((self.weights.numpy().ravel(), self.items.numpy().ravel(), edges), shape=(known, known))
        larger = sparse.bmat([[table, table @ twins.T], [twins @ table, twins @ table @ twins.T]]).tocsr()
        larger.eliminate_zeros()
        self.widen(twins.shape[0])
        self._take(larger.astype(np.float32))

    def widen(self, more: int) -> None:
        """Adds items without neighbours; the table is as wide as that of so many items is made."""
        items, width = self.items.shape
        wider = min(self._config.neighbours, items - 1 + more) - width
        self.items, self.weights = (nn.functional.pad(part, (0, wider, 0, more)) for part in (self.items, self.weights))

    def _take(self, table: sparse.csr_matrix) -> None:
        self.items.zero_()
        self.weights.zero_()
        for row in range(1, table.shape[0]):
            columns, values = (part[table.indptr[row]:table.indptr[row + 1]] for part in (table.indices, table.data))
            strongest = np.lexsort((columns, -values))[:self.items.shape[1]]
            self.items[row, :len(strongest)] = torch.from_numpy(columns[strongest].astype(np.int32))
            self.weights[row, :len(strongest)] = torch.from_numpy(values[strongest])

    def votes(self, items: Tensor, decay: Tensor) -> Votes:
        """What histories [B, L] say whose events count ``decay`` [L, 1]."""
        recent, decay = items[:, -self._config.history:], decay[-self._config.history:]
        named, weights = self.items[recent].long(), self.weights[recent]
        if self._config.skip_newest:
            weights = weights * (named != items[:, -1:, None]).float()
        # A product, and a sum of whole lanes, for the same bits whatever the batch and the padding.
        each, more = (decay.T @ weights)[:, 0], missing(int(self.weights.shape[1]))
        total = (nn.functional.pad(each, (0, more)) if more else each).sum(1, keepdim=True)
        return Votes(named.flatten(1), (weights * decay).flatten(1) / total.clamp(min=LEAST))

    def decays(self, columns: int) -> Tensor:
        """What ``votes`` takes, of histories that end in the last of so many columns [columns, 1]."""
        return nn.functional.pad(self.decay[:, None], (0, 0, columns - len(self.decay), 0))


def transition_table(log: EventLog, item_count: int, config: NeighbourConfig) -> sparse.csr_matrix:
    """Weights [N+1, N+1] of what follows what: decayed counts, backward ones weighing less, scaled by both popularities."""
    counts = neighbour_counts(log, item_count, config.reach, config.reach_decay)
    counts = (counts + config.backward * counts.T).tocsr()
    counts = (counts - sparse.diags(counts.diagonal())).tocsr()
    counts.eliminate_zeros()
    rows, columns = (np.maximum(np.asarray(counts.sum(axis=axis)).ravel(), 1.0) for axis in (1, 0))
    scaled = sparse.diags(rows ** -config.row_power) @ counts @ sparse.diags(columns ** -config.column_power)
    strongest = scaled.tocsr().max(axis=1).toarray().ravel()
    return (scaled + sparse.diags(config.repeat * strongest)).tocsr().astype(np.float32)
