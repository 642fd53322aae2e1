"""Runs a network over evaluation cases and churn samples."""

from __future__ import annotations

import numpy as np
import torch

from .config import EncoderConfig
from .evaluation import Cases, Scorer
from .network import Network
from .sequences import Inputs, build_inputs

_BATCH = 512


def model_scorer(network: Network, encoder: EncoderConfig) -> Scorer:
    """Next-item scores of a network from the last ``max_length`` events of each history."""

    def score(cases: Cases, first: int, stop: int) -> np.ndarray:
        inputs = build_inputs(cases.log, cases.starts[first:stop], cases.ends[first:stop],
                              encoder.max_length, encoder.gap_boundaries_seconds)
        with torch.no_grad():
            hidden = network.encode(*tensors(inputs), last_only=True)[:, 0]
            return network.logits(hidden).numpy()

    return score


def tensors(inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The three integer inputs as tensors."""
    return torch.from_numpy(inputs.items), torch.from_numpy(inputs.actions), torch.from_numpy(inputs.gaps)


def user_vectors(network: Network, inputs: Inputs) -> torch.Tensor:
    """User vectors [B, D] of the histories."""
    with torch.no_grad():
        parts = [network.encode(*tensors(inputs.take(slice(at, at + _BATCH))), last_only=True)[:, 0]
                 for at in range(0, len(inputs), _BATCH)]
    return torch.cat(parts)
