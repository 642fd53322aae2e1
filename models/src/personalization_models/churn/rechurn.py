"""Trains the churn head of a package anew; the encoder and everything else stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from ..config import Config, as_json
from ..data.transactions import TOTALS, build_log, read_transactions
from ..packages.package import SIGNATURE_VERSION, write_package
from ..packages.parity import parity_rows
from ..packages.weights import load_network
from ..pipeline import fit_churn, rounded, write_graph


def train_churn_again(folder: Path, config: Config, say: Callable[[str], None]) -> None:
    """Rewrites the package in ``folder`` with a churn head, its calibration and its metrics by ``config``'s churn section."""
    torch.set_num_threads(config.threads)
    network, model, vocabulary = load_network(folder, config.churn)
    transactions = read_transactions(config.data.path)
    log = build_log(transactions, vocabulary)
    fitted = fit_churn(network, transactions, log, config, say)
    model |= {"signatureVersion": SIGNATURE_VERSION, "scoring": network.scoring, "maxLength": network.window, "totals": list(TOTALS if config.churn.totals else ())}
    model["churn"] = fitted.section
    model["metrics"]["churn"] = rounded(fitted.metrics)
    model["training"] |= {"churnHead": rounded(fitted.training), "churnTest": fitted.test}
    model["training"]["hyperParameters"]["churn"] = as_json(config.churn)
    write_package(folder, model, vocabulary, parity_rows(network, log, config), lambda path: write_graph(network, model, path))
    say(f"written: {folder}")
