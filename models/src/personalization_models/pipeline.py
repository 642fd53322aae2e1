"""From the transactions to a checked model package: train, evaluate, export."""

from __future__ import annotations

import datetime as dt
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .churn.evaluation import churn_comparison
from .churn.samples import FloatArray, churn_samples, tells, training_cuts
from .churn.training import calibrated, probabilities, train_churn
from .config import Config, as_json
from .data.content import Item, content_table, read_catalogue
from .data.transactions import ACTIONS, TOTALS, EventLog, Transactions, build_log, build_vocabulary, epoch_seconds, read_transactions
from .errors import ModelsError
from .evaluation import ranking
from .evaluation.baselines import next_item_baselines
from .evaluation.new_items import grown, new_item_metrics
from .evaluation.scoring import model_scorer, neighbour_scorer, transformer_scorer
from .network.network import Network
from .packages.graph import export_onnx
from .packages.package import SIGNATURE_VERSION, WEIGHTS_FILE, now_text, write_package
from .packages.package_report import REPORT_FILE, write_package_report
from .packages.parity import parity_rows
from .packages.weights import save_weights, start_from
from .training.checkpoint import Checkpoint, fingerprint
from .training.next_item import TrainingRun, train_next_item

TEST_CASES_PER_USER = 5
THRESHOLD_QUANTILES = {"watch": 0.6, "high": 0.85}
HISTORY_LENGTHS = ((1, 1), (2, 5), (6, 20), (21, 50), (51, None))


def train_package(config: Config, say: Callable[[str], None], transactions: Transactions | None = None,
                  initial: Path | None = None, new_items: bool = False) -> dict[str, Any]:
    """Trains, evaluates and writes the package; returns its ``model.json`` without the files' hashes.

    ``transactions`` replace those of the configuration; ``initial`` is an encoder trained on other shops to start from. With ``new_items``
    the package also knows what the catalogue has besides, by content alone, as ``export --catalogue`` would write it.
    """
    torch.set_num_threads(config.threads)
    if transactions is None:
        transactions = read_transactions(config.data.path)
    report = transactions.report
    say(f"{report['rows']} rows; dropped {report['withoutCustomer']} without a customer; {report['usable']} usable purchases and "
        f"{report['cancellations']} cancellations (input only); {report['usableNonProduct']} usable rows are no products "
        f"(postage, fees, manual) and {report['repeatedInInvoice']} repeat an item of their invoice")
    test_start = epoch_seconds(config.data.test_start)
    vocabulary = build_vocabulary(transactions, test_start, config.data.min_item_purchases)
    log = build_log(transactions, vocabulary)
    say(f"{len(vocabulary)} items bought at least {config.data.min_item_purchases} times before {config.data.test_start}; "
        f"{len(log.items)} events of {len(log.users)} users")
    catalogue = read_catalogue(config.content.catalogue, say) if config.content is not None else {}
    content = content_table(catalogue, vocabulary, config.encoder.dimension, config.content) if config.content is not None else None
    if content is not None:
        say(f"content: {len(content.schema.names)} features of {sum(item in catalogue for item in vocabulary)} items in {config.content.catalogue.name}")
    _check_learnable(transactions, log, vocabulary, catalogue, config)
    recipe = (config.seed, config.data, config.encoder, config.training, config.neighbours, config.content,
              fingerprint(vocabulary, log, content=content, initial=initial))
    checkpoint = Checkpoint(config.package.output.with_name(f".{config.package.output.name}-training.pt"), repr(recipe))
    run = train_next_item(log, len(vocabulary), config, say, content=content, checkpoint=checkpoint, start=None if initial is None else (
        lambda network: say(f"starts from {initial}: {start_from(network, initial, vocabulary, config.data.validation_start)} items known by name")))
    trained = time.monotonic()
    metrics, counts = _next_item_metrics(run.network, transactions, log, vocabulary, config, say)
    if content is not None:
        metrics["newItems"] = new_item_metrics(run.network, transactions, vocabulary, catalogue, config)
        say(f"new items: {rounded(metrics['newItems'])}")
    churned = fit_churn(run.network, transactions, log, config, say)
    model = {
        "signatureVersion": SIGNATURE_VERSION, "scoring": run.network.scoring, "name": config.name, "version": config.version,
        "createdAt": now_text(),
        "dimension": config.encoder.dimension, "maxLength": config.window, "actions": ACTIONS,
        "gapBoundariesSeconds": config.encoder.gap_boundaries_seconds, "totals": list(TOTALS if config.churn.totals else ()),
        "churn": churned.section,
        "training": _training_record(config, run, churned, report, counts, run.seconds + time.monotonic() - trained),
        "metrics": rounded({**metrics, "churn": churned.metrics}),
    }
    network = run.network
    if new_items and content is not None:
        network, names = grown(network, vocabulary, catalogue)
        model["training"]["newItems"] = {"items": len(names) - len(vocabulary)}
        vocabulary, log = names, build_log(transactions, names)
    write_package(config.package.output, model, vocabulary, parity_rows(network, log, config), lambda path: write_graph(network, model, path))
    checkpoint.remove()
    say(f"package written: {config.package.output} ({run.seconds + time.monotonic() - trained:.0f} s in all)")
    return model


def _check_learnable(transactions: Transactions, log: EventLog, vocabulary: list[str], catalogue: Mapping[str, Item], config: Config) -> None:
    """Raises :class:`ModelsError` for what would otherwise end the training late, or make nonsense of it."""
    data = config.data
    if not vocabulary:
        raise ModelsError(f"There is no item that was bought or looked at at least {data.min_item_purchases} times before {data.test_start} (data.min_item_purchases).")
    days = [epoch_seconds(day) for day in (data.validation_start, data.test_start)]
    counts = np.bincount(np.searchsorted(days, log.times[log.actions == ACTIONS["purchase"]], side="right"), minlength=3)
    for count, when in zip(counts, (f"before {data.validation_start}", f"from {data.validation_start} to {data.test_start}", f"since {data.test_start}")):
        if count == 0:
            raise ModelsError(f"There is no purchase {when} of an item that is known: nothing to train, to validate or to measure with.")
    if not len(ranking.next_event_cases(log, days[-1], 1, config.seed, recent_seconds=data.recent_seconds)):
        raise ModelsError(f"Nobody who bought since {data.test_start} is known from before: there is nothing to measure with.")
    if config.content is not None and not any(item in catalogue for item in vocabulary):
        raise ModelsError(f"{config.content.catalogue} has none of the shop's {len(vocabulary)} items, of which one is {vocabulary[0]!r}: it is another shop's "
                          "catalogue. Give this shop's (retrain --catalogue FILE), or take [content] out of the configuration.")
    training_cuts(transactions, config)


@dataclass(frozen=True)
class FittedChurn:
    """What became of the churn head: the section of ``model.json``, what the training did, the test, and its metrics."""

    section: dict[str, Any]
    training: dict[str, float]
    test: dict[str, Any]
    metrics: dict[str, Any]


def fit_churn(network: Network, transactions: Transactions, log: EventLog, config: Config, say: Callable[[str], None]) -> FittedChurn:
    """Trains and calibrates the network's churn head before the test starts, and measures it from there on.

    Who has left within the horizon is known of the test's start only when that is so long ago, and only where some left and some did not is there anything to measure.
    A recipe whose dates are counted back from the newest event has no such cut-off left as a rule, and is measured at the calibration's. There each customer is answered by the head that did not learn from him, but the calibration
    has seen the answers: its error is then no measure.
    """
    cuts = training_cuts(transactions, config)
    rolling = [churn_samples(transactions, log, each, config) for each in cuts]
    calibration = churn_samples(transactions, log, config.churn.calibration_cut, config)
    training, held_out = train_churn(network, rolling, calibration, config, say)
    finished = horizon_is_over(transactions, config.data.test_start, config.churn.horizon_days) and tells(
        transactions.purchases, config.data.test_start, config.churn.horizon_days)
    cut = config.data.test_start if finished else config.churn.calibration_cut
    if not finished:
        say(f"churn within {config.churn.horizon_days} days of {config.data.test_start} is not known yet, or the same of all customers: measured at {cut}, "
            "which calibrated it, each customer by the head that did not learn from him")
    test = churn_samples(transactions, log, cut, config) if finished else calibration
    predicted = probabilities(network, test) if finished else calibrated(network, held_out)
    metrics = churn_comparison(predicted, rolling, calibration, test, config.churn)
    for name, values in metrics.items():
        say(f"{'churn':17}{name:24}" + " ".join(f"{key} {value:.4f}" for key, value in values.items() if isinstance(value, float)))
    say(f"churn AUC above boosting: {metrics['model']['aucGainOverBoosting']}")
    labels = np.concatenate([part.churned for part in (*rolling, calibration)])
    section = {
        "horizonDays": config.churn.horizon_days, "baseRate": round(float(labels.mean()), 4),
        "calibration": {"method": "platt", "scale": training["scale"], "shift": training["shift"], "inGraph": True,
                        "cuts": [cuts[0].isoformat(), config.churn.calibration_cut.isoformat()]},
        "thresholds": churn_thresholds(probabilities(network, calibration)),
    }
    counts = {"cut": cut.isoformat(), "unseen": finished, "customers": len(test), "rate": round(float(test.churned.mean()), 4)}
    return FittedChurn(section, training, counts, metrics)


def horizon_is_over(transactions: Transactions, cut: dt.date, horizon_days: int) -> bool:
    """Whether the log reaches over the horizon after a cut-off."""
    return int(transactions.rows.time.max()) >= epoch_seconds(cut + dt.timedelta(days=horizon_days - 1))


def churn_thresholds(predicted: FloatArray) -> dict[str, float]:
    """Probabilities from which a shopper is watched, and at high risk: quantiles, kept apart and inside (0, 1)."""
    watch, high = (round(float(np.quantile(predicted, at)), 2) for at in THRESHOLD_QUANTILES.values())
    watch = min(max(watch, 0.01), 0.98)
    return dict(zip(THRESHOLD_QUANTILES, (watch, min(max(high, round(watch + 0.01, 2)), 0.99))))


def write_graph(network: Network, model: dict[str, Any], path: Path) -> None:
    """Writes the graph and, beside it, the weights that it was made from and the page about the package."""
    export_onnx(network, path)
    save_weights(network, path.with_name(WEIGHTS_FILE))
    write_package_report(path.with_name(REPORT_FILE), model)


def next_item_tasks(log: EventLog, config: Config) -> dict[str, ranking.Cases]:
    """What is asked about the test period; the configuration's seed draws the questions."""
    since, recent = epoch_seconds(config.data.test_start), config.data.recent_seconds
    shuffled = log.shuffled(np.random.default_rng(config.seed))
    return {
        "nextItem": ranking.next_event_cases(log, since, TEST_CASES_PER_USER, config.seed, recent_seconds=recent),
        "nextItemShuffled": ranking.next_event_cases(shuffled, since, TEST_CASES_PER_USER, config.seed, recent_seconds=recent),
        "nextBasket": ranking.next_basket_cases(log, since, recent),
    }


def next_item_scorers(network: Network, config: Config) -> dict[str, ranking.Scorer]:
    """The model as it is served, and its parts."""
    return {"model": model_scorer(network, config.encoder), "transformerAlone": transformer_scorer(network, config.encoder),
            "neighboursAlone": neighbour_scorer(network, config.encoder)}


def _next_item_metrics(network: Network, transactions: Transactions, log: EventLog, vocabulary: list[str], config: Config,
                       say: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, Any]]:
    test_start = epoch_seconds(config.data.test_start)
    tasks = next_item_tasks(log, config)
    scorers = {**next_item_scorers(network, config), **next_item_baselines(log, test_start, len(vocabulary))}
    metrics: dict[str, Any] = {}
    for task, cases in tasks.items():
        metrics[task] = {name: ranking.ranking_summary(scorer, cases, config.seed) for name, scorer in scorers.items()}
        for name, values in metrics[task].items():
            say(f"{task:17}{name:20}" + " ".join(f"{key} {value:.4f}" for key, value in values.items() if key in ranking.METRICS))
    sizes = tasks["nextItem"].ends - tasks["nextItem"].starts
    by_length = {}
    for low, high in HISTORY_LENGTHS:
        chosen = tasks["nextItem"].select((sizes >= low) & (sizes <= (high or np.inf)))
        label = f"{low}+" if high is None else str(low) if low == high else f"{low}-{high}"
        by_length[label] = {"cases": len(chosen), **ranking.ranking_metrics(scorers["model"], chosen)}
    metrics["nextItemByHistoryLength"] = by_length
    bought = transactions.purchases
    later = bought[bought.is_product & (bought.time >= test_start)]
    outside = float((~later.code.isin(vocabulary)).mean())
    return metrics, {"testCases": {task: len(cases) for task, cases in tasks.items()}, "testUsers": tasks["nextItem"].users,
                     "testPurchasesOutsideVocabulary": round(outside, 4)}


def _training_record(config: Config, run: TrainingRun, churned: FittedChurn, report: Any, counts: dict[str, Any],
                     seconds: float) -> dict[str, Any]:
    return {
        "data": config.data.source,
        "rows": dict(report),
        "split": split_text(config),
        "seed": config.seed, "epochs": run.epochs, "bestEpoch": run.best_epoch, "validation": rounded(run.validation),
        "shares": run.shares,
        "durationSeconds": round(seconds),
        "hardware": f"{platform.machine()}, {os.cpu_count()} CPUs, {config.threads} thread(s), PyTorch {torch.__version__}",
        "hyperParameters": hyper_parameters(config),
        "churnHead": rounded(churned.training), "churnTest": churned.test, **counts,
    }


def hyper_parameters(config: Config) -> dict[str, Any]:
    """What ``model.json`` keeps of a recipe; of the catalogue's path the name alone."""
    content = {"content": {**as_json(config.content), "catalogue": config.content.catalogue.name}} if config.content else {}
    return {"encoder": as_json(config.encoder), "training": as_json(config.training), "neighbours": as_json(config.neighbours), **content,
            "churn": as_json(config.churn), "minItemPurchases": config.data.min_item_purchases}


def split_text(config: Config) -> dict[str, str]:
    """The days that are learned from, validated and tested on, as ``model.json`` has them."""
    data = config.data
    return {"train": f"< {data.validation_start}", "test": f">= {data.test_start}",
            "validation": f"{data.validation_start} .. {data.test_start} (exclusive)"}


def tested_from(model: Mapping[str, Any]) -> dt.date:
    """The first day that a package did not learn from, as :func:`split_text` has it in its ``model.json``."""
    return dt.date.fromisoformat(model["training"]["split"]["test"].removeprefix(">= "))


def check_unseen(folder: Path, model: Mapping[str, Any], config: Config) -> None:
    """Raises :class:`ModelsError` where a package has learned from days of the configuration's test."""
    tested, since = tested_from(model), config.data.test_start
    if tested > since:
        raise ModelsError(f"{folder} has learned from what is before {tested}, but what is from {since} on must be new to it: give newer events, or fewer --days.")


def rounded(values: Any) -> Any:
    """JSON values with four digits."""
    if isinstance(values, dict):
        return {key: rounded(value) for key, value in values.items()}
    if isinstance(values, list):
        return [rounded(value) for value in values]
    return round(values, 4) if isinstance(values, float) else values
