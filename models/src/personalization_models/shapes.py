"""Shapes that an exported graph knows, instead of computing them node by node at each run: that costs as much as a small run itself."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

KEPT = 0  # as a size: that of the values


class _Reshaped(torch.autograd.Function):
    """Only for export: a ``Reshape`` with a constant shape, where 0 keeps a dimension."""

    @staticmethod
    def forward(_: Any, values: Tensor, sizes: tuple[int, ...]) -> Tensor:
        return _reshape(values, sizes)

    @staticmethod
    def symbolic(graph: Any, values: Any, sizes: tuple[int, ...]) -> Any:
        return graph.op("Reshape", values, graph.op("Constant", value_t=torch.tensor(sizes)))


def reshaped(values: Tensor, *sizes: int) -> Tensor:
    """``values`` with these sizes; ``KEPT`` keeps the one of the same place, -1 takes what is left."""
    return _Reshaped.apply(values, sizes) if torch.onnx.is_in_onnx_export() else _reshape(values, sizes)


def blank(rows: Tensor, width: int) -> Tensor:
    """Zeros [B, width] for numbers [B, ...] that are none of them below zero."""
    return (rows[:, -1:] < 0).float() * torch.zeros(1, width)


def _reshape(values: Tensor, sizes: tuple[int, ...]) -> Tensor:
    return values.reshape([values.shape[place] if size == KEPT else size for place, size in enumerate(sizes)])
