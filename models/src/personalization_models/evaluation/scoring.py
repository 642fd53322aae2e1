"""Runs a network over evaluation cases and churn samples."""

from __future__ import annotations

import numpy as np
import torch

from ..config import EncoderConfig
from ..data.sequences import Inputs, build_inputs
from ..network.network import Network, Parts
from .ranking import Cases, Scorer


def blend_parts(network: Network, encoder: EncoderConfig, cases: Cases, first: int, stop: int) -> Parts:
    """What the blend mixes for the cases [first, stop), from their last events and asked at their moment."""
    inputs = build_inputs(cases.log, cases.starts[first:stop], cases.ends[first:stop],
                          network.window, encoder.gap_boundaries_seconds)
    elapsed = cases.times[first:stop] - cases.log.times[cases.ends[first:stop] - 1]
    with torch.no_grad():
        items, actions, gaps = tensors(inputs)
        wait = network.wait_bucket(torch.from_numpy(elapsed.astype(np.float32)))
        return network.answer(items, actions, gaps, wait)[0]


def model_scorer(network: Network, encoder: EncoderConfig) -> Scorer:
    """Next-item scores of a network, as it is served."""
    return lambda cases, first, stop: network.blend(blend_parts(network, encoder, cases, first, stop)).numpy()


def transformer_scorer(network: Network, encoder: EncoderConfig) -> Scorer:
    """Next-item scores of the Transformer alone, without the item neighbours."""
    return lambda cases, first, stop: blend_parts(network, encoder, cases, first, stop).log_probabilities.numpy()


def neighbour_scorer(network: Network, encoder: EncoderConfig) -> Scorer:
    """Next-item scores of the item neighbours alone."""
    return lambda cases, first, stop: blend_parts(network, encoder, cases, first, stop).neighbours.numpy()


def tensors(inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The three integer inputs as tensors."""
    return torch.from_numpy(inputs.items), torch.from_numpy(inputs.actions), torch.from_numpy(inputs.gaps)
