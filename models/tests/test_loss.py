"""The next item's loss is that of the whole softmax, however few targets are computed at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import ITEMS

from personalization_models.data.sequences import Inputs, TrainingBatch
from personalization_models.network.network import Network
from personalization_models.training import loss


@pytest.mark.parametrize("repeats", [True, False])
def test_parts_of_the_targets_have_the_loss_and_the_gradients_of_all_together(network: Network, repeats: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    items, actions, gaps = rng.integers(1, ITEMS + 1, (6, 15)), rng.integers(1, 4, (6, 15)), rng.integers(2, 14, (6, 15))
    targets = np.where(rng.random((6, 15)) < 0.8, rng.integers(1, ITEMS + 1, (6, 15)), 0)
    batch = TrainingBatch(Inputs(items, actions, gaps), targets, gaps)
    if not repeats:
        network.repeats = None
    sizes: list[int] = []
    logits = network.logits
    monkeypatch.setattr(network, "logits", lambda states, table: (sizes.append(len(states)), logits(states, table))[1])

    def computed() -> tuple[float, int, dict[str, torch.Tensor]]:
        network.zero_grad()
        value, count = loss.next_item_loss(network, batch, 0, network.table())
        value.backward()
        return float(value), count, {name: each.grad.clone() for name, each in network.named_parameters() if each.grad is not None}

    whole, count, gradients = computed()
    assert count == (targets > 0).sum() and sizes == [count]
    monkeypatch.setattr(loss, "MOST_LOGITS", 7 * (ITEMS + 1))
    sizes.clear()
    parted, again, of_parts = computed()
    assert parted == pytest.approx(whole, rel=1e-6) and again == count and max(sizes) == 7
    assert gradients.keys() == of_parts.keys() and len(gradients) > 20
    assert all(torch.allclose(of_parts[name], each, rtol=1e-4, atol=1e-6) for name, each in gradients.items())
