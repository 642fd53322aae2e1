"""What is exported computes of the last block what is asked for: the newest event's state, not those of the whole history."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import Tensor

from personalization_models.network.network import Block, Network
from personalization_models.packages.graph import export_onnx


@pytest.mark.parametrize("beside", [False, True])
def test_the_last_block_answers_for_the_newest_event_alone(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: bool) -> None:
    network.beside = beside
    asked: list[tuple[int, int]] = []
    forward = Block.forward

    def recorded(self: Block, events: Tensor, queries: Tensor, bias: Tensor, visible: Tensor) -> Tensor:
        asked.append((int(events.shape[1]), int(queries.shape[1])))
        return forward(self, events, queries, bias, visible)

    monkeypatch.setattr(Block, "forward", recorded)
    export_onnx(network, tmp_path / "model.onnx")

    blocks = len(network.blocks)
    assert len(asked) >= blocks > 1 and len(asked) % blocks == 0
    for traced in (asked[at:at + blocks] for at in range(0, len(asked), blocks)):
        assert all(events == queries > 1 for events, queries in traced[:-1])
        events, queries = traced[-1]
        assert events > 1 and queries == 1, f"the last block is computed for {queries} of {events} positions"
