"""Writes the network as one ONNX file with signature version 2."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from .data import TOTALS
from .network import Network

OPSET = 17
INPUTS = ("items", "actions", "gaps", "elapsed", "totals")
OUTPUTS = ("scores", "churn", "user", "item_vectors")
OUTPUTS_BESIDE = ("churn", "user")


def export_onnx(network: Network, path: Path) -> None:
    """Exports with dynamic batch and length; the sample has padding so that no branch is specialised away.

    The input ``totals`` is there where the churn head takes them; without scores the graph gives what items are scored with.
    """
    network = network.folded().eval()
    items = torch.tensor([[0, 0, 1, 2], [1, 2, 1, 1], [0, 0, 0, 1]])
    sample = (items, (items > 0).long(), (items > 0).long(), torch.tensor([0.0, 60.0, 86_400.0]), torch.ones(3, len(TOTALS)))
    inputs = INPUTS if network.churn_head.total_count > 0 else INPUTS[:-1]
    outputs = OUTPUTS_BESIDE if network.beside else OUTPUTS
    window, rows = {0: "batch", 1: "length"}, {0: "batch"}
    axes = {**dict.fromkeys(INPUTS[:3], window), **dict.fromkeys(inputs[3:], rows), **dict.fromkeys(outputs[:3], rows)}
    # Newer PyTorch exports through dynamo unless told otherwise; 1.13 does not know the word.
    legacy = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", message="The shape inference of", category=UserWarning)
        torch.onnx.export(_Beside(network) if network.beside else network, sample[:len(inputs)], str(path), opset_version=OPSET,
                          input_names=list(inputs), output_names=list(outputs), dynamic_axes=axes, **legacy)


class _Beside(nn.Module):
    """What is left of a network whose items are scored elsewhere."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        return self._network(*inputs)[1:3]
