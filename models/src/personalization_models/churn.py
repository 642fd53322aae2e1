"""Churn samples on rolling cut-offs, training of the head, calibration, evaluation and baselines."""

from __future__ import annotations

import copy
import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from .config import Config
from .data import EventLog, Transactions, epoch_seconds
from .network import Network
from .progress import Progress
from .scoring import user_vectors
from .sequences import Inputs, augment, build_inputs

FloatArray = npt.NDArray[np.float64]
DAY_SECONDS = 86_400
ECE_BINS = 10
HELD_OUT = 0.25
RESAMPLES = 200
_BATCH = 256


@dataclass(frozen=True)
class ChurnSamples:
    """Customers with a purchase before a cut-off; ``churned`` = no purchase within the horizon after it.

    ``features``: recency, frequency (invoices), tenure (days), spending, purchase rows: the baselines' inputs.
    """

    customers: npt.NDArray[np.str_]
    inputs: Inputs
    elapsed: npt.NDArray[np.float32]
    churned: npt.NDArray[np.bool_]
    features: FloatArray

    def __len__(self) -> int:
        return len(self.churned)

    def select(self, keep: npt.NDArray[np.bool_]) -> ChurnSamples:
        """The samples for which ``keep`` is true."""
        inputs = Inputs(self.inputs.items[keep], self.inputs.actions[keep], self.inputs.gaps[keep])
        return ChurnSamples(self.customers[keep], inputs, self.elapsed[keep], self.churned[keep], self.features[keep])


def churn_samples(transactions: Transactions, log: EventLog, cut: dt.date, config: Config) -> ChurnSamples:
    """Samples of one cut-off: inputs look only at events before it, labels only at the horizon after it."""
    now = epoch_seconds(cut)
    bought = transactions.purchases
    before = bought[bought.time < now]
    customers = before.groupby("user").agg(
        last=("time", "max"), first=("time", "min"), invoices=("invoice", "nunique"), rows=("code", "size"))
    customers["spent"] = (before.price * before.quantity).groupby(before.user).sum()
    window = bought[(bought.time >= now) & (bought.time < now + config.churn.horizon_days * DAY_SECONDS)]
    churned = ~customers.index.isin(window.user.unique())
    past = log.before(now)
    position = {user: at for at, user in enumerate(past.users)}
    rows = np.array([position.get(user, -1) for user in customers.index], np.int64)
    starts = np.where(rows >= 0, past.offsets[rows], 0)
    ends = np.where(rows >= 0, past.offsets[rows + 1], 0)
    inputs = build_inputs(past, starts, ends, config.encoder.max_length, config.encoder.gap_boundaries_seconds)
    newest = np.where(ends > starts, past.times[np.maximum(ends, 1) - 1], customers["last"].to_numpy())
    days = (now - customers[["last", "first"]].to_numpy(np.float64)) / DAY_SECONDS
    features = np.column_stack([days[:, 0], customers.invoices, days[:, 1], customers.spent, customers["rows"]])
    return ChurnSamples(customers.index.to_numpy(str), inputs, (now - newest).astype(np.float32), churned, features.astype(np.float64))


def joined(parts: list[ChurnSamples]) -> ChurnSamples:
    """Samples of several cut-offs together."""
    inputs = Inputs(*(np.concatenate([getattr(part.inputs, name) for part in parts]) for name in ("items", "actions", "gaps")))
    rest = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("customers", "elapsed", "churned", "features")}
    return ChurnSamples(inputs=inputs, **rest)


def rolling_samples(transactions: Transactions, log: EventLog, config: Config) -> list[ChurnSamples]:
    """One set of samples for each training cut-off."""
    churn = config.churn
    count = (churn.last_cut - churn.first_cut).days // churn.step_days + 1
    cuts = [churn.first_cut + dt.timedelta(days=churn.step_days * step) for step in range(count)]
    return [churn_samples(transactions, log, cut, config) for cut in cuts]


def train_churn(network: Network, parts: list[ChurnSamples], calibration: ChurnSamples, config: Config,
                say: Callable[[str], None]) -> dict[str, float]:
    """Trains the head on the frozen encoder (early stopping on a quarter of the customers), then calibrates it.

    Held out are customers, not cut-offs: neighbouring cut-offs share most of their label windows.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    samples = joined(parts)
    customers = np.unique(samples.customers)
    aside = np.isin(samples.customers, customers[rng.random(len(customers)) < HELD_OUT])
    train, held_out = samples.select(~aside), samples.select(aside)
    # Each history twice, as it is and with hidden action types and browsing gaps.
    variants = [_prepared(network, train.inputs), _prepared(network, augment(train.inputs, config.training, rng))]
    users, summaries = (torch.cat(pieces) for pieces in zip(*variants))
    elapsed, churned = (torch.from_numpy(np.tile(values, 2)) for values in (train.elapsed, train.churned.astype(np.float32)))
    checked = (*_prepared(network, held_out.inputs), torch.from_numpy(held_out.elapsed))
    truth = torch.from_numpy(held_out.churned.astype(np.float32))
    head = network.churn_head
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.1)
    best_loss, best_epoch, best = math.inf, 0, copy.deepcopy(head.state_dict())
    progress = Progress("churn head", config.churn.max_epochs)
    for epoch in range(1, config.churn.max_epochs + 1):
        head.train()
        for rows in torch.from_numpy(rng.permutation(len(elapsed))).split(_BATCH):
            loss = F.binary_cross_entropy_with_logits(head.logit(users[rows], summaries[rows], elapsed[rows]), churned[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        head.eval()
        with torch.no_grad():
            held_out_loss = float(F.binary_cross_entropy_with_logits(head.logit(*checked), truth))
        progress.update(epoch, f"loss {held_out_loss:.4f}")
        if held_out_loss < best_loss - 1e-5:
            best_loss, best_epoch, best = held_out_loss, epoch, copy.deepcopy(head.state_dict())
        elif epoch - best_epoch >= config.churn.patience:
            break
    progress.close()
    head.load_state_dict(best)
    scale, shift = _platt(raw_logits(network, calibration), calibration.churned)
    with torch.no_grad():
        head.calibration.copy_(torch.tensor([scale, shift]))
    say(f"churn head: {len(train)} samples, best epoch {best_epoch}, held-out loss {best_loss:.4f}, "
        f"calibration scale {scale:.3f} shift {shift:+.3f}")
    return {"samples": len(train), "bestEpoch": best_epoch, "heldOutLoss": best_loss, "scale": scale, "shift": shift}


def raw_logits(network: Network, samples: ChurnSamples) -> FloatArray:
    """Uncalibrated logits of samples."""
    users, summaries = _prepared(network, samples.inputs)
    with torch.no_grad():
        return network.churn_head.logit(users, summaries, torch.from_numpy(samples.elapsed)).double().numpy()


def probabilities(network: Network, samples: ChurnSamples) -> FloatArray:
    """Calibrated churn probabilities of samples."""
    scale, shift = (float(value) for value in network.churn_head.calibration)
    return 1 / (1 + np.exp(-(scale * raw_logits(network, samples) + shift)))


def churn_metrics(scores: FloatArray, churned: npt.NDArray[np.bool_], are_probabilities: bool = True) -> dict[str, float]:
    """AUC with its 95 % bootstrap interval over customers, PR-AUC, and lift: churn in the top decile over churn in all.

    Of probabilities also the Brier score and the expected calibration error (ten equal-width bins).
    """
    low, high = _auc_interval(scores, churned)
    top = np.argsort(-scores, kind="stable")[:max(len(scores) // 10, 1)]
    metrics = {"auc": float(roc_auc_score(churned, scores)), "aucLow": low, "aucHigh": high,
               "prAuc": float(average_precision_score(churned, scores)), "lift": float(churned[top].mean() / churned.mean())}
    if are_probabilities:
        bins = np.minimum((scores * ECE_BINS).astype(int), ECE_BINS - 1)
        error = sum(abs(scores[bins == at].mean() - churned[bins == at].mean()) * (bins == at).mean() for at in np.unique(bins))
        metrics |= {"brier": float(((scores - churned) ** 2).mean()), "ece": float(error)}
    return metrics


def _auc_interval(scores: FloatArray, churned: npt.NDArray[np.bool_]) -> tuple[float, float]:
    rng, areas = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(scores), len(scores))
        if churned[rows].any() and not churned[rows].all():
            areas.append(roc_auc_score(churned[rows], scores[rows]))
    return float(np.quantile(areas, 0.025)), float(np.quantile(areas, 0.975))


def churn_baselines(parts: list[ChurnSamples], calibration: ChurnSamples, test: ChurnSamples) -> dict[str, dict[str, float]]:
    """Recency and frequency alone, and gradient boosting on recency, frequency, tenure and spending, calibrated alike."""
    train = joined(parts)
    boosting = HistGradientBoostingClassifier(max_depth=3, learning_rate=0.05, max_iter=150, random_state=0)
    boosting.fit(train.features, train.churned)
    scale, shift = _platt(boosting.decision_function(calibration.features), calibration.churned)
    boosted = 1 / (1 + np.exp(-(scale * boosting.decision_function(test.features) + shift)))
    return {
        "recency": churn_metrics(test.features[:, 0], test.churned, are_probabilities=False),
        "frequency": churn_metrics(-test.features[:, 1], test.churned, are_probabilities=False),
        "rfmGradientBoosting": churn_metrics(boosted, test.churned),
    }


def _prepared(network: Network, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        summaries = network.churn_head.summaries(torch.from_numpy(inputs.actions), torch.from_numpy(inputs.gaps))
    return user_vectors(network, inputs), summaries


def _platt(logits: FloatArray, churned: npt.NDArray[np.bool_]) -> tuple[float, float]:
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], churned)
    return max(float(fitted.coef_[0, 0]), 1e-3), float(fitted.intercept_[0])
