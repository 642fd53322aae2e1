"""Smaller variants compute what they say they compute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ITEMS, random_history

from personalization_models.errors import ModelsError
from personalization_models.packages.graph import Choosing, export_onnx
from personalization_models.network.network import Network
from personalization_models.packages.variants import TOP_ITEMS, export_variant, large_matrices, quantised, variant_of


def scores(network: Network) -> torch.Tensor:
    with torch.no_grad():
        return network(*random_history(np.random.default_rng(3), 12), torch.tensor([60.0]))[0][0, 1:]


def test_bytes_are_within_half_a_step_of_the_weights_row_by_row() -> None:
    weights = torch.randn(5, 40) * torch.tensor([[1e-3], [1.0], [10.0], [0.0], [5.0]])
    values, scales = quantised(weights)
    assert values.dtype == torch.int8 and ((values.float() * scales - weights).abs() <= scales / 2 + 1e-9).all()


def test_pruning_removes_the_units_that_weigh_least(network: Network) -> None:
    with torch.no_grad():
        for block in network.blocks:
            block.narrow.weight[:, ::2] = 0  # half of the units say nothing
    pruned = variant_of(network, "pruned")
    assert pruned.blocks[0].widen.out_features == network.blocks[0].widen.out_features // 2
    assert torch.allclose(scores(pruned), scores(network), atol=1e-5)


def test_without_the_blend_the_transformer_answers_alone_and_the_graph_is_smaller(tmp_path: Path, network: Network) -> None:
    alone = variant_of(network, "transformer")
    with torch.no_grad():
        parts, _ = network.answer(*random_history(np.random.default_rng(3), 12), network.wait_bucket(torch.tensor([60.0])))
    assert torch.allclose(scores(alone), parts.log_probabilities[0, 1:], atol=1e-5)
    assert not torch.allclose(scores(alone), scores(network), atol=1e-2)
    for each, name in ((network, "whole"), (alone, "alone")):
        export_onnx(each, tmp_path / name)
    saved = (tmp_path / "whole").stat().st_size - (tmp_path / "alone").stat().st_size
    assert saved > network.neighbours.weights.numel() * 8, "the neighbour table is not in the graph"


def test_vectors_beside_the_graph_give_the_scores_and_the_graph_gives_none(tmp_path: Path, network: Network) -> None:
    beside = variant_of(network, "vectors")
    export_variant(beside, "vectors", tmp_path / "model.onnx")
    rows = torch.from_numpy(np.frombuffer((tmp_path / "item_vectors.bin").read_bytes(), "<f4").reshape(ITEMS + 1, 17).copy())
    with torch.no_grad():
        user = beside(*random_history(np.random.default_rng(3), 12), torch.tensor([60.0]))[2][0]
    assert torch.allclose((rows[1:, :16] @ user + rows[1:, 16]).log_softmax(dim=0), scores(beside), atol=1e-5)
    graph = (tmp_path / "model.onnx").read_bytes()
    assert b"probabilities" not in graph and b"item_vectors" not in graph and b"user" in graph
    assert beside.neighbours.weights.numpy().tobytes() not in graph, "the neighbour table is still in the graph"


def test_products_in_16_bits_are_in_the_graph_and_nearly_the_same(tmp_path: Path, network: Network) -> None:
    half = variant_of(network, "fp16")
    assert not torch.equal(scores(half), scores(network))
    assert torch.allclose(scores(half), scores(network), atol=0.05)
    for each, name in ((network, "whole"), (half, "half")):
        export_onnx(each, tmp_path / name)
    weights = half.blocks[0].widen.weight.detach()
    assert weights.dtype == torch.float16 and weights.T.contiguous().numpy().tobytes() in (tmp_path / "half").read_bytes()
    assert (tmp_path / "half").stat().st_size < (tmp_path / "whole").stat().st_size


def test_the_graph_chooses_the_best_of_what_a_row_may_get(network: Network) -> None:
    top = variant_of(network, "top")
    assert top.top == min(TOP_ITEMS, ITEMS)
    top.top = 3
    row = (*random_history(np.random.default_rng(3), 12), torch.tensor([60.0]))
    eligible = torch.ones(1, ITEMS + 1, dtype=torch.bool)
    eligible[0, 1 + scores(network).topk(2).indices] = False
    with torch.no_grad():
        every, _, _, _, indices, best, log_sum = Choosing(top)(*row, eligible)
        only_two = eligible & (torch.arange(ITEMS + 1) < torch.nonzero(eligible[0])[2])
        few = Choosing(top)(*row, only_two)[5]
    assert torch.equal(indices[0], scores(network).topk(5).indices[2:] + 1)
    assert torch.equal(best[0], every[0, indices[0]])
    assert torch.allclose(log_sum, every.logsumexp(dim=1), atol=1e-5)
    assert few[0].isinf().tolist() == [False, False, True]


def test_an_unknown_variant_is_refused(network: Network) -> None:
    with pytest.raises(ModelsError, match="no variant 'fp4'"):
        variant_of(network, "fp4")


def test_the_int8_graph_keeps_bytes_that_give_the_variants_weights_back(
        tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    onnx = pytest.importorskip("onnx")
    monkeypatch.setattr("personalization_models.packages.variants._SMALLEST", 256)
    small = variant_of(network, "int8")
    export_variant(small, "int8", tmp_path / "model.onnx")
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    values = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    restored = {node.output[0]: (values[node.input[0]].astype(np.float32), values[node.input[1]], node.attribute[0].i)
                for node in graph.node if node.op_type == "DequantizeLinear"}
    large = [each.detach().numpy() for each in large_matrices(small)]
    assert len(restored) == len(large) > 8
    for bytes_, scales, axis in restored.values():
        weights = bytes_ * (scales[:, None] if axis == 0 else scales[None, :])
        assert any(np.allclose(weights if axis == 0 else weights.T, each, atol=1e-6) for each in large if each.size == weights.size
                   and each.shape == (weights.shape if axis == 0 else weights.T.shape))
