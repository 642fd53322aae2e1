"""The next item's loss: over the whole catalogue, as many targets at a time as memory is meant for, or over items drawn for the batch."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from ..data.sequences import TrainingBatch
from ..evaluation.scoring import tensors
from ..network.network import MASKED, ItemTable, Network

MOST_LOGITS = 2**25  # of targets times items that are alive at a time: 128 MB a tensor


def next_item_loss(network: Network, batch: TrainingBatch, negatives: int, table: ItemTable) -> tuple[Tensor, int]:
    """Mean cross entropy (nats) of the batch's targets, and how many they are; over all items, or over ``negatives`` drawn ones."""
    items, actions, gaps = tensors(batch.inputs)
    targets, waits = torch.from_numpy(batch.targets), torch.from_numpy(batch.waits)
    states, events = network.states(items, actions, gaps, waits, table)
    wanted = targets > 0
    owners = wanted.nonzero()[:, 0]
    if negatives > 0:
        return _sampled_loss(table, states[wanted], targets[wanted], negatives), len(owners)
    asked = [states[wanted], targets[wanted]]
    if network.repeats is not None:
        repeats = network.repeats(items, gaps, waits, states, events, network.causal_for(items.shape[1]))
        asked += [items[owners], repeats[wanted]]
    some = max(MOST_LOGITS // len(table.bias), 1)
    if len(owners) <= some:
        total = _full_loss(network, table, *asked)
    else:  # the logits of each part are computed again for its gradient, so that those of one part are all there is
        parts = zip(*(each.split(some) for each in asked))
        total = torch.stack([checkpoint(_full_loss, network, table, *part, use_reentrant=False, preserve_rng_state=False) for part in parts]).sum()
    return total / max(len(owners), 1), len(owners)


def _full_loss(network: Network, table: ItemTable, states: Tensor, targets: Tensor, history: Tensor | None = None, repeats: Tensor | None = None) -> Tensor:
    """Summed cross entropy over all items of ``targets`` [n] after ``states`` [n, D]; ``repeats`` [n, L] join the items of ``history`` [n, L]."""
    logits = network.logits(states, table)
    if repeats is not None:
        logits = logits.scatter_add(1, history, repeats)
    return F.cross_entropy(logits, targets, reduction="sum")


def _sampled_loss(table: ItemTable, states: Tensor, targets: Tensor, negatives: int) -> Tensor:
    """Cross entropy with the denominator estimated from uniform items that the whole batch shares.

    The correction by log(N / negatives) keeps scores on the scale of the full softmax (Jean et al., ACL 2015).
    """
    vectors, bias = table
    item_count = len(bias) - 1
    drawn = torch.randint(1, item_count + 1, (negatives,))
    others = F.linear(states, F.embedding(drawn, vectors), bias[drawn]) + math.log((item_count - 1) / negatives)
    others = others.masked_fill(targets[:, None] == drawn[None], MASKED)
    own = (states * F.embedding(targets, vectors)).sum(1) + bias[targets]
    return (torch.cat([own[:, None], others], dim=1).logsumexp(dim=1) - own).mean()
