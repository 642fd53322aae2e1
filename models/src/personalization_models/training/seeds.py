"""How much the next item of a recipe owes to its seed: several trainings, asked the same questions beside the same baselines."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..config import Config
from ..data.content import content_table, read_catalogue
from ..data.transactions import EventLog, build_log, build_vocabulary, epoch_seconds, read_transactions
from ..errors import ModelsError
from ..evaluation.baselines import next_item_baselines
from ..evaluation.ranking import METRICS, FloatArray, Scorer, case_metrics, user_interval
from ..network.network import Network
from ..packages.weights import WEIGHTS_FILE, load_network
from ..pipeline import next_item_scorers, next_item_tasks, rounded
from .checkpoint import Checkpoint
from .next_item import train_next_item

RESULT_FILE = "seeds.json"
SHOWN = METRICS[:3]
JUDGED = METRICS.index("ndcg@10")


def measure_seeds(config: Config, runs: int, output: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Means and standard deviations over seeds, and the model's NDCG@10 against each task's best baseline, paired by question.

    A seed that ``output`` holds already is not trained again. Nothing is chosen by what is measured here.
    """
    if runs < 1:
        raise ModelsError("--runs must be at least 1.")
    torch.set_num_threads(config.threads)
    output.mkdir(parents=True, exist_ok=True)
    transactions = read_transactions(config.data.path)
    since = epoch_seconds(config.data.test_start)
    vocabulary = build_vocabulary(transactions, since, config.data.min_item_purchases)
    log = build_log(transactions, vocabulary)
    tasks = next_item_tasks(log, config)

    def asked(scorers: dict[str, Scorer]) -> dict[str, FloatArray]:
        return {f"{task} {name}": case_metrics(scorer, cases) for task, cases in tasks.items() for name, scorer in scorers.items()}

    seeds = []
    for seed in range(config.seed, config.seed + runs):
        kept = output / f"seed-{seed}.npz"
        if not kept.is_file():
            network = _network(dataclasses.replace(config, seed=seed), config.seed, log, vocabulary, output / f"seed-{seed}.pt", say)
            np.savez_compressed(kept, **asked(next_item_scorers(network, config)))
        with np.load(kept) as arrays:
            seeds.append({name: arrays[name] for name in arrays.files})
        say(f"seed {seed}: " + ", ".join(f"{task} {_text(seeds[-1][f'{task} model'].mean(axis=0))}" for task in tasks))
    baselines = asked(next_item_baselines(log, since, len(vocabulary)))
    result: dict[str, Any] = {"name": config.name, "seeds": list(range(config.seed, config.seed + runs)), "tasks": {}}
    for task, cases in tasks.items():
        best = max((name for name in baselines if name.startswith(f"{task} ")), key=lambda name: baselines[name][:, JUDGED].mean())
        methods = {name.removeprefix(f"{task} "): np.stack([each[name].mean(axis=0) for each in seeds])
                   for name in seeds[0] if name.startswith(f"{task} ")}
        gain = np.mean([each[f"{task} model"][:, JUDGED] for each in seeds], axis=0) - baselines[best][:, JUDGED]
        low, high = user_interval(gain, cases, config.seed)
        result["tasks"][task] = rounded({
            "cases": len(cases), "bestBaseline": {"name": best.removeprefix(f"{task} "), **_named(baselines[best].mean(axis=0))},
            "methods": {name: {"mean": _named(means.mean(axis=0)), "sd": _named(means.std(axis=0, ddof=1) if runs > 1 else np.zeros(len(METRICS)))}
                        for name, means in methods.items()},
            "ndcg@10 above the best baseline": {"mean": float(gain.mean()), "low": low, "high": high}})
    (output / RESULT_FILE).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    say(seed_table(result))
    return result


def seed_table(result: dict[str, Any]) -> str:
    """The result as a Markdown table."""
    lines = [f"| HR / NDCG / MRR @10, {len(result['seeds'])} seeds | " + " | ".join(result["tasks"]) + " |", "| --- " * (len(result["tasks"]) + 1) + "|"]
    for name in next(iter(result["tasks"].values()))["methods"]:
        cells = [" / ".join(f"{task['methods'][name]['mean'][key]:.4f} ± {task['methods'][name]['sd'][key]:.4f}" for key in SHOWN)
                 for task in result["tasks"].values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    best = [" / ".join(f"{task['bestBaseline'][key]:.4f}" for key in SHOWN) + f" ({task['bestBaseline']['name']})" for task in result["tasks"].values()]
    lines.append("| best baseline by NDCG@10 | " + " | ".join(best) + " |")
    gains = [task["ndcg@10 above the best baseline"] for task in result["tasks"].values()]
    lines.append("| NDCG@10 above it (95 %, users) | " + " | ".join(f"{gain['mean']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})" for gain in gains) + " |")
    return "\n".join(lines)


def _network(config: Config, first_seed: int, log: EventLog, vocabulary: list[str], checkpoint: Path, say: Callable[[str], None]) -> Network:
    """The package's own network where it is of this seed, otherwise a newly trained one."""
    package = config.package.output
    if config.seed == first_seed and (package / WEIGHTS_FILE).is_file():
        network, model, known = load_network(package)
        if model["training"]["seed"] == config.seed and known == vocabulary:
            say(f"seed {config.seed}: {package}")
            return network
    catalogue = read_catalogue(config.content.catalogue, say) if config.content is not None else {}
    content = content_table(catalogue, vocabulary, config.encoder.dimension, config.content) if config.content is not None else None
    recipe = repr((config.seed, config.data, config.encoder, config.training, config.neighbours, config.content, len(log.items)))
    return train_next_item(log, len(vocabulary), config, say, content=content, checkpoint=Checkpoint(checkpoint, recipe)).network


def _named(values: FloatArray) -> dict[str, float]:
    return dict(zip(METRICS, (float(value) for value in values)))


def _text(values: FloatArray) -> str:
    return " / ".join(f"{value:.4f}" for value in values[:len(SHOWN)])
