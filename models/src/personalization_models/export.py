"""Writes the network as one ONNX file with signature version 1."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

import torch

from .network import Network

OPSET = 17
INPUTS = ("items", "actions", "gaps", "elapsed")
OUTPUTS = ("scores", "churn", "user", "item_vectors")


def export_onnx(network: Network, path: Path) -> None:
    """Exports with dynamic batch and length; the sample has padding so that no branch is specialised away."""
    network = network.folded().eval()
    items = torch.tensor([[0, 0, 1, 2], [1, 2, 1, 1], [0, 0, 0, 1]])
    sample = (items, (items > 0).long(), (items > 0).long(), torch.tensor([0.0, 60.0, 86_400.0]))
    window = {0: "batch", 1: "length"}
    axes = {"items": window, "actions": window, "gaps": window, "elapsed": {0: "batch"},
            "scores": {0: "batch"}, "churn": {0: "batch"}, "user": {0: "batch"}}
    # Newer PyTorch exports through dynamo unless told otherwise; 1.13 does not know the word.
    legacy = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", message="The shape inference of", category=UserWarning)
        torch.onnx.export(network, sample, str(path), opset_version=OPSET, input_names=list(INPUTS),
                          output_names=list(OUTPUTS), dynamic_axes=axes, **legacy)
