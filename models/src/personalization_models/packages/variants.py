"""Variants of a network: int8 weights (a quarter of the file), fp16 products, pruned feed-forward layers (less work a row), no blend, the best items
chosen in the graph (so that a device need not send back all scores), and item vectors beside the graph (for catalogues that are too large
to be scored in it)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ..config import VARIANTS
from ..errors import ModelsError
from ..network.halves import HalfLinear
from ..network.network import Network
from .graph import export_onnx
from .package import VECTORS_FILE

TOP_ITEMS = 64
PRUNED_SHARE = 0.5
_SMALLEST = 4096  # weights; what is smaller stays as it is


def variant_of(network: Network, variant: str) -> Network:
    """A copy with the variant's weights; its outputs are what the exported graph computes."""
    made = network.folded().eval()
    with torch.no_grad():
        if variant == "int8":
            for matrix in large_matrices(made):
                values, scales = quantised(matrix)
                matrix.copy_(values.float() * scales)
        elif variant == "fp16":
            for block in made.blocks:
                for name, layer in list(block.named_children()):
                    if isinstance(layer, nn.Linear):
                        setattr(block, name, HalfLinear(layer))
        elif variant == "pruned":
            for block in made.blocks:
                prune(block, PRUNED_SHARE)
        elif variant == "top":
            made.top = min(TOP_ITEMS, len(made.item_bias) - 1)
        elif variant == "transformer":
            made.blended = False
        elif variant == "vectors":
            # A score is a product and a bias there: nothing can be added for single items of a history.
            made.blended, made.repeats, made.beside = False, None, True
        else:
            raise ModelsError(f"There is no variant {variant!r}, only {VARIANTS}.")
    return made


def large_matrices(network: Network) -> list[nn.Parameter]:
    """What int8 is for; not the churn head, which is small, and whose matrices the graph has with its standardisation inside."""
    return [each for name, each in network.named_parameters() if not name.startswith("churn_head.") and is_large(each)]


def is_large(weights: Tensor) -> bool:
    """Whether bytes are worth their scales."""
    return weights.dim() == 2 and weights.numel() >= _SMALLEST


def quantised(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Signed bytes [R, C] and one scale a row [R, 1]; symmetric, so that zero stays zero."""
    scales = weights.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return (weights / scales).round().clamp(-127, 127).to(torch.int8), scales


def prune(block: nn.Module, share: float) -> None:
    """Removes the share of feed-forward units that weigh least (norm of what goes in times norm of what comes out)."""
    widen, narrow = block.widen, block.narrow
    weight = widen.weight.norm(dim=1) * narrow.weight.norm(dim=0)
    kept = weight.topk(round(len(weight) * (1 - share))).indices.sort().values
    fewer, back = nn.Linear(widen.in_features, len(kept)), nn.Linear(len(kept), narrow.out_features)
    fewer.weight.copy_(widen.weight[kept])
    fewer.bias.copy_(widen.bias[kept])
    back.weight.copy_(narrow.weight[:, kept])
    back.bias.copy_(narrow.bias)
    block.widen, block.narrow = fewer, back


def export_variant(network: Network, variant: str, path: Path) -> None:
    """Writes the graph of a network that :func:`variant_of` made, and its item vectors where they stand beside it; int8 needs the package ``onnx``."""
    export_onnx(network, path)
    if network.beside:
        write_vectors(network, path.with_name(VECTORS_FILE))
    if variant == "int8":
        _store_as_bytes(network, path)


def write_vectors(network: Network, path: Path) -> None:
    """For each index, padding first, the item's vector and then its bias, 32-bit little-endian floats: score = user x vector + bias."""
    vectors, bias = (part.detach() for part in network.table())
    path.write_bytes(torch.cat([vectors, bias[:, None]], dim=1).numpy().astype("<f4").tobytes())


def _store_as_bytes(network: Network, path: Path) -> None:
    try:
        import onnx
        from onnx import helper, numpy_helper
    except ImportError:
        raise ModelsError("The int8 variant needs the package onnx (Debian: python3-onnx).") from None
    model = onnx.load(str(path))
    # Which way round a matrix is kept is read off its bytes. The exporter stores the weights of linear layers transposed: rows of ours are columns of the graph's.
    matrices = [each.detach() for each in large_matrices(network)]
    rows = {each.T.contiguous().numpy().tobytes(): 1 for each in matrices} | {each.numpy().tobytes(): 0 for each in matrices}
    for initializer in list(model.graph.initializer):
        values = torch.from_numpy(numpy_helper.to_array(initializer).copy())
        if values.dtype != torch.float32 or not is_large(values) or values.numpy().tobytes() not in rows:
            continue
        axis = rows[values.numpy().tobytes()]
        bytes_, scales = quantised(values if axis == 0 else values.T.contiguous())
        name = initializer.name
        model.graph.initializer.remove(initializer)
        model.graph.initializer.extend([
            numpy_helper.from_array((bytes_ if axis == 0 else bytes_.T.contiguous()).numpy(), f"{name}.bytes"),
            numpy_helper.from_array(scales[:, 0].contiguous().numpy(), f"{name}.scales"),
            numpy_helper.from_array(torch.zeros(len(scales), dtype=torch.int8).numpy(), f"{name}.zero"),
        ])
        model.graph.node.insert(0, helper.make_node(
            "DequantizeLinear", [f"{name}.bytes", f"{name}.scales", f"{name}.zero"], [name], axis=axis))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
