"""Starts the item table from what is bought together, so that training does not spend its first epochs finding that out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .data import ACTIONS, EventLog

REACH = 10
DECAY = 0.8


def neighbour_counts(log: EventLog, item_count: int) -> np.ndarray:
    """Decayed counts [N+1, N+1] of item j within ``REACH`` events after item i, for the same user."""
    counts = np.zeros((item_count + 1) * (item_count + 1), np.float32)
    owners = log.owner_starts()
    bought = log.actions == ACTIONS["purchase"]
    for distance in range(1, REACH + 1):
        pairs = (owners[distance:] == owners[:-distance]) & bought[distance:] & bought[:-distance]
        flat = log.items[:-distance][pairs] * (item_count + 1) + log.items[distance:][pairs]
        counts += DECAY ** (distance - 1) * np.bincount(flat, minlength=len(counts)).astype(np.float32)
    return counts.reshape(item_count + 1, item_count + 1)


def item_vectors(log: EventLog, item_count: int, dimension: int, spread: float) -> Tensor:
    """Truncated factors of the positive pointwise mutual information, scaled to a standard deviation of ``spread``."""
    counts = neighbour_counts(log, item_count)
    counts = counts + counts.T
    marginal = counts.sum(axis=1) + 1.0
    information = np.log(np.maximum(counts, 1e-9) * marginal.sum() / (marginal[:, None] * marginal[None, :]))
    positive = torch.from_numpy(np.maximum(information, 0).astype(np.float32))
    left, values, _ = torch.svd_lowrank(positive, q=dimension, niter=4)
    vectors = left * values.sqrt()
    vectors[0] = 0
    return vectors * (spread / vectors[1:].std())
