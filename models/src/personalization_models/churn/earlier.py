"""What a churn recipe is worth at earlier cut-offs, before the test period starts: what is chosen is chosen here."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..config import Config
from ..data.content import content_table, read_catalogue
from ..data.transactions import build_log, build_vocabulary, epoch_seconds, read_transactions
from ..errors import ModelsError
from ..training.next_item import create_network
from .evaluation import churn_comparison
from .samples import churn_samples, training_cuts
from .training import probabilities, train_churn

STEP = dt.timedelta(days=14)


def churn_at_earlier_cuts(config: Config, count: int, seeds: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """AUC, calibration error and gain over boosting at ``count`` cut-offs, the newest of which is the configuration's for calibration.

    Heads and boosting learn from cut-offs whose horizons end before the one they are asked at. The items' vectors are what they
    start from, factors of the purchases before it: an encoder trained on what these customers bought afterwards would tell the head.
    """
    if min(count, seeds) < 1:
        raise ModelsError("--cuts and --seeds must be at least 1.")
    torch.set_num_threads(config.threads)
    transactions = read_transactions(config.data.path)
    catalogue = read_catalogue(config.content.catalogue, say) if config.content is not None else {}
    results = []
    for cut in sorted(config.churn.calibration_cut - STEP * at for at in range(count)):
        calibrated = cut - dt.timedelta(days=config.churn.horizon_days)
        churn = dataclasses.replace(config.churn, calibration_cut=calibrated, last_cut=calibrated - dt.timedelta(days=config.churn.step_days))
        vocabulary = build_vocabulary(transactions, epoch_seconds(cut), config.data.min_item_purchases)
        log = build_log(transactions, vocabulary)
        gains, aucs, errors = [], [], []
        for seed in range(config.seed, config.seed + seeds):
            each = dataclasses.replace(config, churn=churn, seed=seed)
            content = content_table(catalogue, vocabulary, config.encoder.dimension, config.content) if config.content is not None else None
            network = create_network(log.before(epoch_seconds(cut)), len(vocabulary), each, content).eval()
            rolling = [churn_samples(transactions, log, learned, each) for learned in training_cuts(transactions, each)]
            calibration, asked = churn_samples(transactions, log, calibrated, each), churn_samples(transactions, log, cut, each)
            train_churn(network, rolling, calibration, each, lambda _: None)
            metrics = churn_comparison(probabilities(network, asked), rolling, calibration, asked, churn)
            aucs.append(metrics["model"]["auc"])
            errors.append(metrics["model"]["ece"])
            gains.append(metrics["model"]["aucGainOverBoosting"])
        boosted = metrics["rfmGradientBoosting"]["auc"]
        results.append({"cut": cut.isoformat(), "customers": len(asked), "auc": float(np.mean(aucs)), "aucSd": float(np.std(aucs)),
                        "boosting": boosted, "ece": float(np.mean(errors)), "gain": {key: float(np.mean([gain[key] for gain in gains])) for key in gains[0]}})
        gain = results[-1]["gain"]
        say(f"{cut}: {len(asked)} customers, AUC {np.mean(aucs):.4f} (sd {np.std(aucs):.4f} of {seeds} seeds), boosting {boosted:.4f}, "
            f"gain {gain['mean']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f}), calibration error {np.mean(errors):.3f}")
    return results
