"""Products in 16-bit floats, for devices that have units for them; everything between two products stays 32-bit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_FLOAT, _FLOAT16 = 1, 10  # ONNX's numbers of the types


class HalfLinear(nn.Module):
    """What a linear layer computes when inputs, weights and products have 16 bits; sums are taken in 32, and the bias is added in 32."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(layer.weight.detach().half(), requires_grad=False)
        self.bias = nn.Parameter(layer.bias.detach().clone())

    def forward(self, values: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        return _HalfProduct.apply(values, self.weight) + self.bias


class _HalfProduct(torch.autograd.Function):
    """On a CPU the same numbers come from 32-bit products of rounded values; an exported graph has the 16-bit product itself."""

    @staticmethod
    def forward(_: Any, values: Tensor, weight: Tensor) -> Tensor:
        return (values.half().float() @ weight.float().T).half().float()

    @staticmethod
    def symbolic(graph: Any, values: Any, weight: Any) -> Any:
        turned = graph.op("Transpose", weight, perm_i=(1, 0))
        product = graph.op("MatMul", graph.op("Cast", values, to_i=_FLOAT16), turned)
        return graph.op("Cast", product, to_i=_FLOAT)
