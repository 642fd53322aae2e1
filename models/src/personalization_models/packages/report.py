"""The metrics of a package as Markdown tables, as the README shows them."""

from __future__ import annotations

from typing import Any

RANKING = ("hr@10", "ndcg@10", "mrr@10")
TASKS = {"nextItem": "next item", "nextItemShuffled": "shuffled", "nextBasket": "next basket"}
NEW_ITEMS = {"amongAll": "among all items", "amongNew": "among the new ones"}
CHURN = {"prAuc": "PR-AUC", "lift": "lift in the top tenth", "brier": "Brier", "ece": "ECE"}


def metric_tables(model: dict[str, Any]) -> str:
    """Tables from ``model.json``: ranking beside its baselines, by history length, of new items if there are, churn beside its baselines."""
    metrics = model["metrics"]
    new = [_new_items(metrics["newItems"])] if "newItems" in metrics else []
    return "\n\n".join([_ranking(metrics), _by_length(metrics["nextItemByHistoryLength"]), *new, _churn(metrics["churn"])])


def _ranking(metrics: dict[str, Any]) -> str:
    header = ["HR / NDCG / MRR @10", *TASKS.values()]
    rows = [[name, *(" / ".join(f"{metrics[task][name][key]:.3f}" for key in RANKING) for task in TASKS)]
            for name in metrics["nextItem"]]
    return _table(header, rows)


def new_item_rows(metrics: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """Metrics of new items by task and method."""
    return {task: {name: value for name, value in metrics[task].items() if isinstance(value, dict)} for task in NEW_ITEMS}


def _new_items(metrics: dict[str, Any]) -> str:
    tasks = new_item_rows(metrics)
    rows = [[name, *(" / ".join(f"{tasks[task][name][key]:.3f}" for key in RANKING) for task in NEW_ITEMS)] for name in tasks["amongAll"]]
    return _table(["new items, HR / NDCG / MRR @10", *NEW_ITEMS.values()], rows)


def _by_length(lengths: dict[str, Any]) -> str:
    rows = [[name, str(values["cases"]), *(f"{values[key]:.3f}" for key in RANKING)] for name, values in lengths.items()]
    return _table(["events before", "cases", "HR@10", "NDCG@10", "MRR@10"], rows)


def _churn(churn: dict[str, Any]) -> str:
    rows = [[name, f"{values['auc']:.3f} ({values['aucLow']:.3f}-{values['aucHigh']:.3f})",
             *(f"{values[key]:.3f}" if key in values else "" for key in CHURN)] for name, values in churn.items()]
    return _table(["churn", "AUC (95 %)", *CHURN.values()], rows)


def _table(header: list[str], rows: list[list[str]]) -> str:
    rows = [[f"**{cell}**" if row[0] == "model" and cell else cell for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows))
