"""Writes a package's graph anew from its weights: for another exporter, more parity rows, or a smaller variant."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score

from ..churn.samples import churn_samples
from ..churn.training import probabilities
from ..config import Config
from ..data.content import read_catalogue
from ..data.events import read_event_files
from ..data.transactions import EventLog, Transactions, build_log, epoch_seconds, read_transactions
from ..errors import ModelsError
from ..evaluation.new_items import grown
from ..evaluation.ranking import next_event_cases, ranking_metrics
from ..evaluation.scoring import model_scorer
from ..network.network import Network
from ..pipeline import check_unseen, write_graph
from ..training.retraining import dated
from .package import now_text, write_package
from .parity import HALF_TOLERANCE, TOLERANCE, parity_rows
from .publishing import publish
from .variants import export_variant, variant_of
from .weights import load_network

CASES_PER_USER = 2


def export_again(folder: Path, config: Config, parity: int, variant: str | None, say: Callable[[str], None],
                 catalogue: Path | None = None, events: Sequence[Path] = (), days: int = 14) -> Path:
    """Rewrites ``folder``, or writes ``folder-variant`` beside it with what the variant costs; returns where it is.

    With a ``catalogue`` (items.jsonl) it writes the next version instead, which also knows the catalogue's new items, by content alone; where there are none, nothing.
    Parity rows, and the questions that tell a variant's cost, are of the configuration's data; of ``events`` where those are given, whose
    newest ``days`` the questions are about then.
    """
    if parity < 1:
        raise ModelsError(f"--parity must be at least 1, not {parity}.")
    torch.set_num_threads(config.threads)
    network, model, vocabulary = load_network(folder)
    transactions = transactions_of(folder, vocabulary, config, events, say)
    target = folder
    if catalogue is not None:
        known = len(vocabulary)
        network, vocabulary = grown(network, vocabulary, read_catalogue(catalogue, say))
        if len(vocabulary) == known:
            say(f"{catalogue} has no item that {folder} does not know: nothing is written")
            return folder
        model["createdAt"] = now_text()
        model["training"]["newItems"] = {"of": folder.name, "items": len(vocabulary) - known}
        say(f"{len(vocabulary) - known} new items of {catalogue} get a vector from their content")
    log = build_log(transactions, vocabulary)
    if variant is not None:
        target = folder.with_name(f"{folder.name}-{variant}")
        model["version"] = target.name
        smaller = variant_of(network, variant)
        asked, cut = config, config.data.test_start
        if events:
            asked = dated(config, transactions, days)
            check_unseen(folder, model, asked)
            cut = asked.churn.calibration_cut  # its horizon ends before the days that the ranking is asked about
        cost = {"variant": variant, "of": folder.name, **_cost({"before": network, "after": smaller}, transactions, log, asked, cut)}
        model["training"]["variant"] = cost
        if smaller.top > 0:
            model["topItems"] = smaller.top
        say(f"{variant}: {json.dumps(cost)}")
        network = smaller
    model["scoring"] = network.scoring
    many = dataclasses.replace(config, package=dataclasses.replace(config.package, parity_rows=parity))
    rows = parity_rows(network, log, many, HALF_TOLERANCE if variant == "fp16" else TOLERANCE)

    def write(path: Path) -> None:
        if variant is None:
            write_graph(network, model, path)
        else:
            export_variant(network, variant, path)

    if catalogue is None:
        write_package(target, model, vocabulary, rows, write)
    else:
        with tempfile.TemporaryDirectory(prefix=".grown-", dir=folder.parent) as waiting:
            fresh = Path(waiting) / folder.name
            write_package(fresh, model, vocabulary, rows, write)
            target = publish(fresh, folder.parent)
    say(f"written: {target}, model.onnx {(target / 'model.onnx').stat().st_size / 1e6:.2f} MB, {parity} parity rows")
    return target


def transactions_of(folder: Path, vocabulary: list[str], config: Config, events: Sequence[Path], say: Callable[[str], None]) -> Transactions:
    """What shoppers did; raises :class:`ModelsError` if nothing of it was done with an item of the package."""
    if events:
        source, hint = ", ".join(map(str, events)), ""
        transactions = read_event_files(list(events))
        say(f"events: {dict(transactions.report)}")
    else:
        source, hint = str(config.data.path), " Of a package that was trained on a shop's own events, give events of that shop: --events FILE."
        try:
            transactions = read_transactions(config.data.path)
        except ModelsError as error:
            raise ModelsError(f"{error}{hint}") from None
    if not transactions.rows.code.isin(vocabulary).any():
        raise ModelsError(f"{source} and the package {folder} have no item in common: there it is for instance {transactions.rows.code.iloc[0]!r}, "
                          f"here {vocabulary[0]!r}.{hint}")
    return transactions


def _cost(networks: Mapping[str, Network], transactions: Transactions, log: EventLog, config: Config, cut: dt.date) -> dict[str, Any]:
    """What each network makes of the same questions: next items since ``test_start``, and churn at a cut-off where some left and some did not."""
    cases = next_event_cases(log, epoch_seconds(config.data.test_start), CASES_PER_USER, config.seed, recent_seconds=config.data.recent_seconds)
    asked = churn_samples(transactions, log, cut, config)
    cost: dict[str, Any] = {"cases": len(cases)}
    for name, network in networks.items():
        metrics = ranking_metrics(model_scorer(network, network.settings), cases)
        if 0 < asked.churned.sum() < len(asked):
            metrics["churnAuc"] = float(roc_auc_score(asked.churned, probabilities(network, asked)))
        cost[name] = {key: round(value, 4) for key, value in metrics.items()}
    return cost
