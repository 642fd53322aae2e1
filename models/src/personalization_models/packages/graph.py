"""Writes the network as one ONNX file with signature version 2."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from ..churn.graph import ChurnGraph
from ..data.transactions import TOTALS
from ..network.network import Network
from ..network.steady import steady, weighed

OPSET = 17
INPUTS = ("items", "actions", "gaps", "elapsed", "totals")
OUTPUTS = ("probabilities", "churn", "user", "item_vectors")
INPUT_TOP = "eligible"
OUTPUTS_BESIDE = ("churn", "user")
OUTPUTS_TOP = ("scores", "churn", "user", "item_vectors", "top_items", "top_scores", "log_sum")


def export_onnx(network: Network, path: Path) -> None:
    """Exports with dynamic batch and length; the sample has padding so that no branch is specialised away.

    The input ``totals`` is there where the churn head takes them. Instead of probabilities [B, N + 1] the graph gives what items are
    scored with where they are scored beside it; with ``top`` it gives their logarithms and the best of them, and has one input more, the
    items [B, N + 1] that a row may get.
    """
    network = network.folded().eval()
    network.churn_head = ChurnGraph(network.churn_head)
    items = torch.tensor([[0, 0, 1, 2], [1, 2, 1, 1], [0, 0, 0, 1]])
    sample = [items, (items > 0).long(), (items > 0).long(), torch.tensor([0.0, 60.0, 86_400.0])]
    inputs, outputs, module = INPUTS[:-1], OUTPUTS, _Likely(network)
    if network.churn_head.total_count > 0:
        sample, inputs = [*sample, torch.ones(len(items), len(TOTALS))], INPUTS
    if network.beside:
        outputs, module = OUTPUTS_BESIDE, _Beside(network)
    if network.top > 0:
        sample, inputs = [*sample, torch.ones(len(items), len(network.item_bias), dtype=torch.bool)], (*inputs, INPUT_TOP)
        outputs, module = OUTPUTS_TOP, Choosing(network)
    window, rows = {0: "batch", 1: "length"}, {0: "batch"}
    of_rows = [name for name in (*inputs[3:], *outputs) if name != "item_vectors"]
    axes = {**dict.fromkeys(INPUTS[:3], window), **dict.fromkeys(of_rows, rows)}
    # Newer PyTorch exports through dynamo unless told otherwise; 1.13 does not know the word.
    legacy = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", message="The shape inference of|Constant folding", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*_graph_op", category=FutureWarning)
        torch.onnx.export(module, tuple(sample), str(path), opset_version=OPSET,
                          input_names=list(inputs), output_names=list(outputs), dynamic_axes=axes, **legacy)


class _Likely(nn.Module):
    """A network that says how likely each item is, for whoever takes the logarithm of what is asked for."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, items: Tensor, actions: Tensor, gaps: Tensor, elapsed: Tensor, totals: Tensor | None = None) -> tuple[Tensor, ...]:
        network = self._network
        blend, user = network.probabilities(items, actions, gaps, network.wait_bucket(elapsed))
        return blend, network.churn(items, actions, gaps, elapsed, totals), user, network.table().vectors


class _Beside(nn.Module):
    """What is left of a network whose items are scored elsewhere."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        return self._network(*inputs)[1:3]


class Choosing(nn.Module):
    """A network that also chooses: the best items a row may get, ties to the lower index, below what it may not; and the logarithm of the
    sum of the exponentials of all scores, which turns a score into a probability."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        *inputs, eligible = inputs
        scores, churn, user, vectors = self._network(*inputs)
        best, indices = torch.where(eligible, scores, torch.tensor(-torch.inf)).topk(self._network.top, dim=1)
        largest = scores.amax(dim=1)
        exponentials = steady(torch.exp, scores - largest[:, None])
        total = weighed(exponentials, torch.ones(len(self._network.item_bias)))
        return scores, churn, user, vectors, indices, best, largest + torch.log(total)
