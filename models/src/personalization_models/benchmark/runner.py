"""Runs a benchmark: baselines once, then each seed alone, blended, and refitted with the validation events."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import ModelsError
from ..evaluation.ranking import Scorer
from .baselines import baselines, tuned_baselines
from .html import write_report
from .knn import tune
from .protocols import Split, split
from .ranking import rank, summary
from .readers import read_interactions
from .settings import BenchmarkConfig
from .training import continue_on, fit_share, scorers, train

Say = Callable[[str], None]
NEEDS = {
    "leave-one-out": "It asks users with at least three events (data.min_distinct, if that is more).",
    "session-prefixes": "It asks sessions of at least two known items.",
    "new-items": "It asks users with at least data.min_distinct different items.",
    "time-split": "It asks for purchases by users with an event before them; data.asks = \"events\" asks for clicks, too.",
}
SHOWN = ("hr@10", "ndcg@10", "hr@20", "mrr@20")


def run_benchmark(config: BenchmarkConfig, output: Path, say: Say) -> dict[str, Any]:
    """Runs everything, writing ``result.json`` and ``report.html`` after the baselines and after each seed."""
    torch.set_num_threads(config.threads)
    output.mkdir(parents=True, exist_ok=True)
    interactions = read_interactions(config.data)
    parted = split(interactions, config.data, config.seed)
    if not (len(parted.validation) and len(parted.test)):
        raise ModelsError(f"{config.data.protocol} finds {len(parted.validation)} validation and {len(parted.test)} test questions in this data: "
                          f"{interactions.report}. {NEEDS[config.data.protocol]}")
    item_count = len(interactions.vocabulary)
    counts = np.bincount(parted.train.items, minlength=item_count + 1)
    popularity = np.bincount(parted.known.items, minlength=item_count + 1)
    result: dict[str, Any] = {
        "name": config.name, "paper": config.paper, "data": {**interactions.report, "items": item_count},
        "protocol": protocol_text(config), "cases": {"validation": len(parted.validation), "test": len(parted.test)},
        "hardware": f"{platform.machine()}, {os.cpu_count()} CPUs, {config.threads} thread(s), PyTorch {torch.__version__}",
        "baselines": {}, "runs": [],
        "config": {name: {key: str(value) if isinstance(value, Path) else value for key, value in dataclasses.asdict(part).items()}
                   for name, part in (("data", config.data), ("encoder", config.encoder), ("training", config.training))},
    }
    say(f"{config.name}: {result['data']}, {result['protocol']}, {result['cases']}")

    def measure(name: str, scorer: Scorer, into: dict[str, Any]) -> None:
        started = time.monotonic()
        values = summary(rank(scorer, parted.test), parted.test, popularity, config.seed)
        into[name] = {**values, "secondsToRank": time.monotonic() - started}
        say(f"  {name:32}" + " ".join(f"{key} {values[key]:.4f}" for key in SHOWN))

    seconds = time.monotonic()
    neighbours = config.neighbours
    if config.tune_neighbours:
        neighbours = tune(parted.train, parted.validation, item_count, neighbours, config.seed, say)
    result["neighbours"] = {**dataclasses.asdict(neighbours), "secondsToTune": time.monotonic() - seconds}
    tuned = dataclasses.replace(config, neighbours=neighbours)
    simple = baselines(parted, item_count, neighbours, interactions.timed and config.data.use_times)
    if config.tune_neighbours:
        simple |= tuned_baselines(parted, item_count, config.seed, say)
    for name, scorer in simple.items():
        measure(name, scorer, result["baselines"])
    _write(output, result, counts)
    for number in range(config.runs):
        seeded = dataclasses.replace(tuned, seed=config.seed + number)
        result["runs"].append(_one_seed(parted, interactions.vocabulary, seeded, output, measure, say))
        result["mean"] = mean_of([each["test"] for each in result["runs"]])
        _write(output, result, counts)
    return result


def _one_seed(parted: Split, vocabulary: list[str], config: BenchmarkConfig, output: Path,
              measure: Callable[[str, Scorer, dict[str, Any]], None], say: Say) -> dict[str, Any]:
    trained = train(parted, vocabulary, config, output / f"seed-{config.seed}.pt", say)
    network, test = trained.network, {}
    network.neighbours.use(config.neighbours)  # a checkpoint may come from other decays
    network.neighbours.fit(parted.train)
    shares = fit_share(network, config, parted.validation)
    say(f"seed {config.seed}: neighbours' share {shares}")
    for name, scorer in scorers(network, config).items():
        measure(name, scorer, test)
    # From here on nothing is chosen any more: the same settings and shares meet the validation events too.
    network.neighbours.fit(parted.known)
    measure("blend, table refitted", scorers(network, config)["blend"], test)
    started = time.process_time()
    if config.refit_epochs:
        continue_on(network, parted, config, trained.best_epoch, say)
        for name in ("transformer", "blend"):
            measure(f"{name}, refitted", scorers(network, config)[name], test)
    return {"seed": config.seed, "bestEpoch": trained.best_epoch, "epochs": trained.epochs, "validationNdcg@10": trained.ndcg,
            "trainingCpuSeconds": trained.seconds, "refitCpuSeconds": time.process_time() - started, "shares": shares, "test": test}


def mean_of(runs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Means over seeds, and for the two headline metrics the standard deviation over seeds."""
    names = [name for name in runs[0] if all(name in each for each in runs)]
    means = {name: {key: float(np.mean([each[name][key] for each in runs])) for key in runs[0][name]} for name in names}
    for name in names:
        for key in SHOWN:
            means[name][f"{key} sd"] = float(np.std([each[name][key] for each in runs], ddof=1)) if len(runs) > 1 else 0.0
    return means


def protocol_text(config: BenchmarkConfig) -> str:
    """The protocol in a few words."""
    ties = ", order within a day or invoice shuffled" if config.data.shuffle_ties else ""
    seen = ", seen items excluded" if config.data.exclude_seen and config.data.protocol == "leave-one-out" else ""
    return f"{config.data.protocol}, full ranking{seen}{ties}, {'with' if config.data.use_times else 'without'} times"


def _write(output: Path, result: dict[str, Any], counts: np.ndarray) -> None:
    (output / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    write_report(output / "report.html", result, counts)


