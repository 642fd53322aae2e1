"""Writes a package's graph anew from its weights: for another exporter, more parity rows, or a smaller variant."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score

from .churn import churn_samples
from .churn_training import probabilities
from .config import Config
from .content import read_catalogue
from .data import build_log, epoch_seconds, read_transactions
from .evaluation import next_event_cases, ranking_metrics
from .new_items import grown
from .package import highest_version, now_text, write_package
from .parity import HALF_TOLERANCE, TOLERANCE, parity_rows
from .pipeline import write_graph
from .scoring import model_scorer
from .variants import export_variant, variant_of
from .weights import load_network

CASES_PER_USER = 2


def export_again(folder: Path, config: Config, parity: int, variant: str | None, say: Callable[[str], None],
                 catalogue: Path | None = None) -> Path:
    """Rewrites ``folder``, or writes ``folder-variant`` beside it with what the variant costs; returns where it is.

    With a ``catalogue`` (items.jsonl) it writes the next version instead, which also knows the catalogue's new items, by content alone.
    """
    torch.set_num_threads(config.threads)
    network, model, vocabulary = load_network(folder)
    transactions = read_transactions(config.data.path)
    target = folder
    if catalogue is not None:
        known = len(vocabulary)
        network, vocabulary = grown(network, vocabulary, read_catalogue(catalogue))
        target = folder.with_name(str(highest_version(folder.parent) + 1))
        model |= {"version": target.name, "createdAt": now_text()}
        model["training"]["newItems"] = {"of": folder.name, "items": len(vocabulary) - known}
        say(f"{len(vocabulary) - known} new items of {catalogue} get a vector from their content")
    log = build_log(transactions, vocabulary)
    model.pop("vocabularySha256")
    if variant is not None:
        target = folder.with_name(f"{folder.name}-{variant}")
        model["version"] = target.name
        smaller = variant_of(network, variant)
        cases = next_event_cases(log, epoch_seconds(config.data.test_start), CASES_PER_USER, config.seed)
        asked = churn_samples(transactions, log, config.data.test_start, config)
        cost: dict[str, Any] = {"variant": variant, "of": folder.name, "cases": len(cases)}
        for name, each in (("before", network), ("after", smaller)):
            metrics = {**ranking_metrics(model_scorer(each, network.settings), cases),
                       "churnAuc": float(roc_auc_score(asked.churned, probabilities(each, asked)))}
            cost[name] = {key: round(value, 4) for key, value in metrics.items()}
        model["training"]["variant"] = cost
        if smaller.beside:
            model["scoring"] = "vectors"
        if smaller.top > 0:
            model |= {"scoring": "top", "topItems": smaller.top}
        say(f"{variant}: {json.dumps(cost)}")
        network = smaller
    many = dataclasses.replace(config, package=dataclasses.replace(config.package, parity_rows=parity))
    rows = parity_rows(network, log, many, HALF_TOLERANCE if variant == "fp16" else TOLERANCE)

    def write(path: Path) -> None:
        if variant is None:
            write_graph(network, model, path)
        else:
            export_variant(network, variant, path)

    write_package(target, model, vocabulary, rows, write)
    say(f"written: {target}, model.onnx {(target / 'model.onnx').stat().st_size / 1e6:.2f} MB, {parity} parity rows")
    return target
