"""Shapes that an exported graph knows, instead of computing them node by node at each run: that costs as much as a small run itself."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
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


class _Later(torch.autograd.Function):
    """Only for export: one ``CumSum`` from the end."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        return _later(values)

    @staticmethod
    def symbolic(graph: Any, values: Any) -> Any:
        return graph.op("CumSum", values, graph.op("Constant", value_t=torch.tensor(1)), exclusive_i=1, reverse_i=1)


def later(values: Tensor) -> Tensor:
    """For each position of ``values`` [B, L] the sum of those behind it; padding in front changes none of them."""
    return _Later.apply(values) if torch.onnx.is_in_onnx_export() else _later(values)


def _later(values: Tensor) -> Tensor:
    return F.pad(values.flip(1).cumsum(1)[:, :-1], (1, 0)).flip(1)


def _reshape(values: Tensor, sizes: tuple[int, ...]) -> Tensor:
    return values.reshape([values.shape[place] if size == KEPT else size for place, size in enumerate(sizes)])
