"""Starts the item table from what is bought together, so that training does not spend its first epochs finding that out."""

from __future__ import annotations

import numpy as np
import torch
from scipy import sparse
from sklearn.utils.extmath import randomized_svd
from torch import Tensor

from ..data.transactions import ACTIONS, EventLog

REACH = 10
DECAY = 0.8


def neighbour_counts(log: EventLog, item_count: int, reach: int = REACH, decay: float = DECAY) -> sparse.csr_matrix:
    """Decayed counts [N+1, N+1] of item j within ``reach`` events after item i, for the same user."""
    size = item_count + 1
    counts = sparse.csr_matrix((size, size), dtype=np.float32)
    owners = log.owner_starts()
    bought = log.actions != ACTIONS["cancel"]
    for distance in range(1, min(reach, len(owners) - 1) + 1):
        pairs = (owners[distance:] == owners[:-distance]) & bought[distance:] & bought[:-distance]
        if not pairs.any():
            break
        weights = np.full(int(pairs.sum()), decay ** (distance - 1), np.float32)
        ends = (log.items[:-distance][pairs], log.items[distance:][pairs])
        counts += sparse.csr_matrix((weights, ends), shape=(size, size), dtype=np.float32)
    return counts


def item_vectors(log: EventLog, item_count: int, dimension: int, spread: float, seed: int = 0) -> Tensor:
    """Truncated factors of the positive pointwise mutual information, scaled to a standard deviation of ``spread``."""
    counts = neighbour_counts(log, item_count)
    counts = (counts + counts.T).tocoo()
    marginal = np.asarray(counts.sum(axis=1)).ravel() + 1.0
    information = np.log(counts.data * marginal.sum() / (marginal[counts.row] * marginal[counts.col]))
    positive = sparse.csr_matrix((np.maximum(information, 0).astype(np.float32), (counts.row, counts.col)), shape=counts.shape)
    left, values, _ = randomized_svd(positive, min(dimension, item_count), n_iter=4, random_state=seed)
    vectors = torch.zeros(item_count + 1, dimension)
    vectors[:, :left.shape[1]] = torch.from_numpy((left * np.sqrt(values)).astype(np.float32))
    vectors[0] = 0
    return vectors * (spread / vectors[1:].std().clamp(min=1e-9))
