"""Trains the churn head on a frozen encoder: heads (a network and a line) that each leave some customers out, averaged, and calibrated together."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from ..config import Config
from ..data.sequences import IntArray, Inputs, augment
from ..evaluation.scoring import tensors
from ..network.network import Network
from ..progress import Progress
from .head import RISING_COUNT, ChurnHead
from .samples import ChurnSamples, FloatArray, joined

_BATCH = 256
_CHUNK = 1024
_LINE_PENALTY = 50.0  # times half the squared weights, beside the sum of the losses
_UNKNOWN_TOTALS = 0.2  # share of the altered histories whose totals are hidden


def train_churn(network: Network, parts: list[ChurnSamples], calibration: ChurnSamples, config: Config,
                say: Callable[[str], None]) -> tuple[dict[str, float], FloatArray]:
    """Sets the network's churn head; returns what the training did, and logits of the calibration cut-off by heads that were not told its answers.

    Held out are customers, not cut-offs: neighbouring cut-offs share most of their label windows. So each customer of the calibration
    cut-off, too, is answered by the head that did not learn from him, and who is new by all of them. The calibration pools these answers with
    the held-out ones of all other cut-offs: one season's level is not the year's.
    """
    samples = joined(parts)
    rng = np.random.default_rng(config.seed)
    fold = folds(samples, config.churn.members, rng)
    inputs = churn_inputs(network, samples.inputs, samples.totals)
    # Each history twice, as it is and with hidden action types, browsing gaps and for some no totals.
    known = rng.random((len(samples), 1)) >= _UNKNOWN_TOTALS
    augmented = churn_inputs(network, augment(samples.inputs, config.training, rng), samples.totals * known)
    network.churn_head.standardise(inputs)
    elapsed, churned = torch.from_numpy(samples.elapsed), torch.from_numpy(samples.churned.astype(np.float32))
    logits, losses, members = np.zeros(len(samples)), [], []
    for number in range(config.churn.members):
        aside = torch.from_numpy(fold == number)
        learned = (torch.cat([inputs[~aside], augmented[~aside]]), elapsed[~aside].repeat(2), churned[~aside].repeat(2))
        member, loss = _train_member(network.churn_head, number, learned, (inputs[aside], elapsed[aside], churned[aside]), config, rng)
        logits[aside.numpy()] = _logits(member, inputs[aside], elapsed[aside])
        members.append(member)
        losses.append(loss)
    network.churn_head.join(members)
    asked, waited, own = churn_inputs(network, calibration.inputs, calibration.totals), torch.from_numpy(calibration.elapsed), fold_of(calibration, samples, fold)
    unseen = _logits(network.churn_head, asked, waited)
    for number, member in enumerate(members):
        unseen[own == number] = _logits(member, asked[own == number], waited[own == number])
    scale, shift = platt(np.concatenate([logits, unseen]), [*parts, calibration])
    network.churn_head.calibration.copy_(torch.tensor([scale, shift]))
    say(f"churn head: {len(samples)} samples, {len(members)} heads, held-out loss {np.mean(losses):.4f}, "
        f"calibration scale {scale:.3f} shift {shift:+.3f}")
    return {"samples": len(samples), "members": len(members), "heldOutLoss": float(np.mean(losses)), "scale": scale, "shift": shift}, unseen


def folds(samples: ChurnSamples, count: int, rng: np.random.Generator) -> IntArray:
    """A fold [n] in 0..count-1 for each sample, the same for all samples of one customer."""
    customers, owner = np.unique(samples.customers, return_inverse=True)
    return rng.integers(0, count, len(customers))[owner]


def fold_of(asked: ChurnSamples, samples: ChurnSamples, fold: IntArray) -> IntArray:
    """The fold [n] that the customers who are asked about have among the ``samples``; -1 of who is not there."""
    known = dict(zip(samples.customers.tolist(), fold.tolist()))
    return np.array([known.get(customer, -1) for customer in asked.customers.tolist()], np.int64)


def platt(logits: FloatArray, parts: list[ChurnSamples]) -> tuple[float, float]:
    """Scale (above 0) and shift that make probabilities of the logits of several cut-offs, which weigh alike: each is one look at the year."""
    weights = np.concatenate([np.full(len(part), 1 / len(part)) for part in parts])
    churned = np.concatenate([part.churned for part in parts])
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], churned, weights / weights.mean())
    return max(float(fitted.coef_[0, 0]), 1e-3), float(fitted.intercept_[0])


def probabilities(network: Network, samples: ChurnSamples) -> FloatArray:
    """Calibrated churn probabilities of samples."""
    inputs = churn_inputs(network, samples.inputs, samples.totals)
    return calibrated(network, _logits(network.churn_head, inputs, torch.from_numpy(samples.elapsed)))


def calibrated(network: Network, logits: FloatArray) -> FloatArray:
    """Probabilities of logits."""
    scale, shift = (float(value) for value in network.churn_head.calibration)
    return 1 / (1 + np.exp(-(scale * logits + shift)))


def churn_inputs(network: Network, inputs: Inputs, totals: npt.NDArray[np.float32]) -> torch.Tensor:
    """What the head sees of histories [n, D + S]; some at a time, as the vectors of all their items are many times larger."""
    asked = (*tensors(inputs), torch.from_numpy(totals.astype(np.float32)))
    with torch.no_grad():
        return torch.cat([network.churn_inputs(*part) for part in zip(*(each.split(_CHUNK) for each in asked))])


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
    fit_line(member, *learned)
    with torch.no_grad():
        return member, float(F.binary_cross_entropy_with_logits(member.logit(*held_out[:2]), held_out[2]))


def fit_line(head: ChurnHead, inputs: torch.Tensor, elapsed: torch.Tensor, churned: torch.Tensor) -> None:
    """Sets the head's line: penalised logistic regression, in which what rises with time weighs at least 0."""
    with torch.no_grad():
        x, y = head.line_inputs(inputs, elapsed).double().numpy(), churned.double().numpy()
    scale = np.append(np.maximum(x[:, :RISING_COUNT].std(0), 1e-3), np.ones(x.shape[1] - RISING_COUNT))
    x /= scale

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        logits = x @ weights[:-1] + weights[-1]
        wrong = expit(logits) - y
        value = (np.logaddexp(0, logits) - y * logits).sum() + _LINE_PENALTY / 2 * np.square(weights[:-1]).sum()
        return float(value), np.append(x.T @ wrong + _LINE_PENALTY * weights[:-1], wrong.sum())

    bounds = [(0, None)] * RISING_COUNT + [(None, None)] * (x.shape[1] - RISING_COUNT + 1)
    fitted = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    with torch.no_grad():
        head.line.weight.copy_(torch.from_numpy(fitted[:-1] / scale)[None])
        head.line.bias.fill_(float(fitted[-1]))


def _logits(head: ChurnHead, inputs: torch.Tensor, elapsed: torch.Tensor) -> FloatArray:
    with torch.no_grad():
        return head.logit(inputs, elapsed).double().numpy()


def _loss(head: ChurnHead, inputs: torch.Tensor, elapsed: torch.Tensor, churned: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(head.network_logit(inputs, elapsed), churned)
