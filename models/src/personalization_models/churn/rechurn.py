"""Trains the churn head of a package anew; the encoder and everything else stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ..config import Config, as_json
from ..data.transactions import TOTALS, build_log
from ..packages.exporting import transactions_of
from ..packages.package import SIGNATURE_VERSION, write_package
from ..packages.parity import parity_rows
from ..packages.weights import load_network
from ..pipeline import check_unseen, fit_churn, rounded, write_graph
from ..training.retraining import dated
from .samples import training_cuts


def train_churn_again(folder: Path, config: Config, say: Callable[[str], None], events: Sequence[Path] = (), days: int = 14) -> None:
    """Rewrites the package in ``folder`` with a churn head, its calibration and its metrics by ``config``'s churn section.

    It learns from the configuration's data, or from ``events``, from whose end the dates are then counted back, as ``retrain`` does.
    Raises :class:`ModelsError` where the package has learned from days that nothing may be learned from.
    """
    torch.set_num_threads(config.threads)
    network, model, vocabulary = load_network(folder, config.churn)
    transactions = transactions_of(folder, vocabulary, config, events, say)
    if events:
        config = dated(config, transactions, days)
    check_unseen(folder, model, config)
    training_cuts(transactions, config)
    log = build_log(transactions, vocabulary)
    fitted = fit_churn(network, transactions, log, config, say)
    model |= {"signatureVersion": SIGNATURE_VERSION, "scoring": network.scoring, "maxLength": network.window, "totals": list(TOTALS if config.churn.totals else ())}
    model["churn"] = fitted.section
    model["metrics"]["churn"] = rounded(fitted.metrics)
    model["training"] |= {"churnHead": rounded(fitted.training), "churnTest": fitted.test}
    model["training"]["hyperParameters"]["churn"] = as_json(config.churn)
    write_package(folder, model, vocabulary, parity_rows(network, log, config), lambda path: write_graph(network, model, path))
    say(f"written: {folder}")
