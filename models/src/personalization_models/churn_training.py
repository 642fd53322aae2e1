"""Trains the churn head on a frozen encoder: heads that each leave some customers out, averaged, and calibrated together."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression

from .churn import ChurnSamples, FloatArray, joined
from .churn_head import ChurnHead
from .config import Config
from .network import Network
from .progress import Progress
from .scoring import tensors
from .sequences import BoolArray, IntArray, Inputs, augment

_BATCH = 256


def train_churn(network: Network, parts: list[ChurnSamples], calibration: ChurnSamples, config: Config,
                say: Callable[[str], None]) -> dict[str, float]:
    """Sets the network's churn head; returns what the training did.

    Held out are customers, not cut-offs: neighbouring cut-offs share most of their label windows. The calibration pools the
    held-out answers of all cut-offs with those of the calibration cut-off: one season's level is not the year's.
    """
    samples = joined(parts)
    rng = np.random.default_rng(config.seed)
    fold = folds(samples, config.churn.members, rng)
    inputs = churn_inputs(network, samples.inputs)
    # Each history twice, as it is and with hidden action types and browsing gaps.
    augmented = churn_inputs(network, augment(samples.inputs, config.training, rng))
    network.churn_head.standardise(inputs)
    elapsed, churned = torch.from_numpy(samples.elapsed), torch.from_numpy(samples.churned.astype(np.float32))
    logits, losses, members = np.zeros(len(samples)), [], []
    for number in range(config.churn.members):
        aside = torch.from_numpy(fold == number)
        learned = (torch.cat([inputs[~aside], augmented[~aside]]), elapsed[~aside].repeat(2), churned[~aside].repeat(2))
        member, loss = _train_member(network.churn_head, number, learned, (inputs[aside], elapsed[aside], churned[aside]), config, rng)
        with torch.no_grad():
            logits[aside.numpy()] = member.logit(inputs[aside], elapsed[aside]).double().numpy()
        members.append(member)
        losses.append(loss)
    network.churn_head.join(members)
    scale, shift = platt(np.concatenate([logits, raw_logits(network, calibration)]),
                         np.concatenate([samples.churned, calibration.churned]))
    network.churn_head.calibration.copy_(torch.tensor([scale, shift]))
    say(f"churn head: {len(samples)} samples, {len(members)} heads, held-out loss {np.mean(losses):.4f}, "
        f"calibration scale {scale:.3f} shift {shift:+.3f}")
    return {"samples": len(samples), "members": len(members), "heldOutLoss": float(np.mean(losses)), "scale": scale, "shift": shift}


def folds(samples: ChurnSamples, count: int, rng: np.random.Generator) -> IntArray:
    """A fold [n] in 0..count-1 for each sample, the same for all samples of one customer."""
    customers, owner = np.unique(samples.customers, return_inverse=True)
    return rng.integers(0, count, len(customers))[owner]


def platt(logits: FloatArray, churned: BoolArray) -> tuple[float, float]:
    """Scale (above 0) and shift that make probabilities of logits."""
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], churned)
    return max(float(fitted.coef_[0, 0]), 1e-3), float(fitted.intercept_[0])


def raw_logits(network: Network, samples: ChurnSamples) -> FloatArray:
    """Uncalibrated logits of samples."""
    with torch.no_grad():
        return network.churn_head.logit(churn_inputs(network, samples.inputs), torch.from_numpy(samples.elapsed)).double().numpy()


def probabilities(network: Network, samples: ChurnSamples) -> FloatArray:
    """Calibrated churn probabilities of samples."""
    scale, shift = (float(value) for value in network.churn_head.calibration)
    return 1 / (1 + np.exp(-(scale * raw_logits(network, samples) + shift)))


def churn_inputs(network: Network, inputs: Inputs) -> torch.Tensor:
    """What the head sees of histories [n, D + S]."""
    with torch.no_grad():
        return network.churn_inputs(*tensors(inputs))


def _train_member(head: ChurnHead, number: int, learned: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
                  held_out: tuple[torch.Tensor, torch.Tensor, torch.Tensor], config: Config,
                  rng: np.random.Generator) -> tuple[ChurnHead, float]:
    torch.manual_seed(config.seed + number)
    dimension, single = config.encoder.dimension, dataclasses.replace(config.churn, members=1)
    member = ChurnHead(dimension, config.encoder.gap_boundaries_seconds, single)
    member.centre.copy_(head.centre)
    member.spread.copy_(head.spread)
    optimizer = torch.optim.AdamW(member.parameters(), lr=1e-3, weight_decay=0.1)
    best_loss, best_epoch, best = math.inf, 0, copy.deepcopy(member.state_dict())
    progress = Progress(f"churn head {number + 1}", config.churn.max_epochs)
    for epoch in range(1, config.churn.max_epochs + 1):
        member.train()
        for rows in torch.from_numpy(rng.permutation(len(learned[0]))).split(_BATCH):
            loss = _loss(member, *(part[rows] for part in learned))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        member.eval()
        with torch.no_grad():
            held_out_loss = float(_loss(member, *held_out))
        progress.update(epoch, f"loss {held_out_loss:.4f}")
        if held_out_loss < best_loss - 1e-5:
            best_loss, best_epoch, best = held_out_loss, epoch, copy.deepcopy(member.state_dict())
        elif epoch - best_epoch >= config.churn.patience:
            break
    progress.close()
    member.load_state_dict(best)
    return member, best_loss


def _loss(head: ChurnHead, inputs: torch.Tensor, elapsed: torch.Tensor, churned: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(head.logit(inputs, elapsed), churned)
