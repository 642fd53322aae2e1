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
from ..data.content import ContentTable, content_table, read_catalogue
from ..data.transactions import EventLog, build_log, build_vocabulary, epoch_seconds, read_transactions
from ..errors import ModelsError
from ..evaluation.baselines import next_item_baselines
from ..evaluation.ranking import METRICS, FloatArray, Scorer, case_metrics, user_interval
from ..network.network import Network
from ..packages.package import WEIGHTS_FILE
from ..packages.weights import load_network, read_arrays, write_arrays
from ..pipeline import hyper_parameters, next_item_scorers, next_item_tasks, rounded, split_text
from .checkpoint import Checkpoint, fingerprint
from .next_item import train_next_item

RESULT_FILE = "seeds.json"
SHOWN = METRICS[:3]
JUDGED = METRICS.index("ndcg@10")


def measure_seeds(config: Config, runs: int, output: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Means and standard deviations over seeds, and the model's NDCG@10 against each task's best baseline, paired by question.

    A seed that ``output`` holds already is not trained again, if it is of this recipe, catalogue and these events. Nothing is chosen by what is measured here.
    """
    if runs < 1:
        raise ModelsError("--runs must be at least 1.")
    torch.set_num_threads(config.threads)
    output.mkdir(parents=True, exist_ok=True)
    transactions = read_transactions(config.data.path)
    since = epoch_seconds(config.data.test_start)
    vocabulary = build_vocabulary(transactions, since, config.data.min_item_purchases)
    log = build_log(transactions, vocabulary)
    catalogue = read_catalogue(config.content.catalogue, say) if config.content is not None else {}
    content = content_table(catalogue, vocabulary, config.encoder.dimension, config.content) if config.content is not None else None
    tasks = next_item_tasks(log, config)

    def asked(scorers: dict[str, Scorer]) -> dict[str, FloatArray]:
        return {f"{task} {name}": case_metrics(scorer, cases) for task, cases in tasks.items() for name, scorer in scorers.items()}

    seeds = []
    for seed in range(config.seed, config.seed + runs):
        kept, seeded = output / f"seed-{seed}.npz", dataclasses.replace(config, seed=seed)
        recipe = json.dumps({**_recipe(seeded), "questions": config.seed, "recentSeconds": config.data.recent_seconds,
                             "data": fingerprint(vocabulary, log, content=content)})
        values = _kept(kept, recipe, say)
        if values is None:
            network = _network(seeded, config.seed, log, vocabulary, content, Checkpoint(output / f"seed-{seed}.pt", recipe), say)
            values = asked(next_item_scorers(network, config))
            write_arrays(kept, recipe=np.asarray(recipe), **values)
        seeds.append(values)
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


def _recipe(config: Config) -> dict[str, Any]:
    """What makes a next-item network: churn but for its window, which is that of the shopper's own items, is trained apart."""
    parameters = hyper_parameters(config)
    return {"content": None, **parameters, "churn": {"window": parameters["churn"]["window"]}, "split": split_text(config), "seed": config.seed}


def _kept(path: Path, recipe: str, say: Callable[[str], None]) -> dict[str, FloatArray] | None:
    """What was measured of a seed before; None, and said why, where it was another recipe's or another data set's, or cannot be read."""
    if not path.is_file():
        return None
    try:
        values = read_arrays(path)
    except ModelsError as error:
        say(f"{error}: the seed is trained again.")
        return None
    if str(values.pop("recipe", "")) == recipe:
        return values
    say(f"{path} is of another recipe or of other events: the seed is trained again.")
    return None


def _network(config: Config, first_seed: int, log: EventLog, vocabulary: list[str], content: ContentTable | None, checkpoint: Checkpoint,
             say: Callable[[str], None]) -> Network:
    """The package's own network where it is of this seed and recipe, otherwise a newly trained one."""
    package = config.package.output
    if config.seed == first_seed and (package / WEIGHTS_FILE).is_file():
        network, model, known = load_network(package)
        training, wanted = model["training"], _recipe(config)
        own = {**training["hyperParameters"], "split": training["split"], "seed": training["seed"]}
        other = [name for name, value in wanted.items() if _differs(own.get(name), value)] + ["vocabulary"] * (known != vocabulary)
        other += ["items"] * (fingerprint(known, content=network.content) != fingerprint(known, content=content))
        if not other:
            say(f"seed {config.seed}: {package}")
            return network
        say(f"{package} is of another recipe ({', '.join(other)}): seed {config.seed} is trained.")
    return train_next_item(log, len(vocabulary), config, say, content=content, checkpoint=checkpoint).network


def _differs(own: Any, wanted: Any) -> bool:
    """Whether a package's section says something else of what the recipe's names."""
    if isinstance(wanted, dict) and isinstance(own, dict):
        return any(_differs(own.get(name), value) for name, value in wanted.items())
    return bool(own != wanted)


def _named(values: FloatArray) -> dict[str, float]:
    return dict(zip(METRICS, (float(value) for value in values)))


def _text(values: FloatArray) -> str:
    return " / ".join(f"{value:.4f}" for value in values[:len(SHOWN)])
