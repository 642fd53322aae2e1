"""One page about a package: its metrics beside their baselines, the reliability of its churn scores, and how it was made."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from ..benchmark.html import STYLE, bars
from .report import NEW_ITEMS, TASKS, new_item_rows

REPORT_FILE = "report.html"
_MODEL = {"model"}
_SIZE = 380


def write_package_report(path: Path, model: dict[str, Any]) -> None:
    """Writes the page for a package's ``model.json``."""
    metrics, training = model["metrics"], model["training"]
    title = f"{model['name']} {model['version']}"
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title><style>{STYLE}</style>",
        f"<h1>{html.escape(title)}</h1><p class=note>{html.escape(training['data'])}<br>made {html.escape(model['createdAt'])}, "
        f"seed {training['seed']}, {html.escape(training['hardware'])}; full ranking, nothing after the split is seen</p>",
    ]
    for task, name in TASKS.items():
        parts.append(f"<h2>{html.escape(name.capitalize())}</h2><p class=note>{training['testCases'][task]} questions. "
                     "Bars carry 95 % bootstrap intervals over users. Green: what is served, grey: its parts and baselines.</p>")
        parts += [bars(metrics[task], key, _MODEL) for key in ("hr@10", "ndcg@10")]
    by_length = metrics["nextItemByHistoryLength"]
    parts += ["<h2>Next item by length of the history</h2>",
              bars({f"{name} events, {values['cases']} questions": values for name, values in by_length.items()}, "ndcg@10", set())]
    if "newItems" in metrics:
        counts = metrics["newItems"]["amongAll"]
        parts.append(f"<h2>New items, from their content alone</h2><p class=note>{counts['cases']} purchases of the {counts['items']} items that "
                     "training never saw, ranked among all items and among the new ones.</p>")
        parts += [bars({f"{name}, {NEW_ITEMS[task]}": values for name, values in rows.items()}, "hr@10", {f"model, {NEW_ITEMS[task]}"})
                  for task, rows in new_item_rows(metrics["newItems"]).items()]
    churn = {name: {"auc": values["auc"], "auc low": values["aucLow"], "auc high": values["aucHigh"], "lift": values["lift"]}
             for name, values in metrics["churn"].items()}
    test = training["churnTest"]
    parts += [
        f"<h2>Churn</h2><p class=note>No purchase in the {model['churn']['horizonDays']} days after {html.escape(test['cut'])}: "
        f"{test['rate']:.1%} of {test['customers']} customers{'' if test.get('unseen', True) else ', on whom the scores were calibrated'}. "
        "Bars carry 95 % bootstrap intervals over customers; lift is churn in the "
        f"tenth with the highest scores over churn in all.</p>", bars(churn, "auc", _MODEL), bars(churn, "lift", _MODEL),
        "<h2>Can its probabilities be taken at their word?</h2><p class=note>Customers by predicted probability; a circle's area is their "
        f"number. Calibration error {metrics['churn']['model']['ece']:.3f}.</p>", reliability_plot(metrics["churn"]["model"]["reliability"]),
        f"<h2>Recipe</h2><pre>{html.escape(json.dumps(training['hyperParameters'], indent=2))}</pre></html>",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def reliability_plot(bins: list[dict[str, float]]) -> str:
    """Observed share over predicted probability as SVG, with the diagonal of perfect calibration."""
    most = max(each["customers"] for each in bins)
    lines = [f"<svg viewBox='0 0 {_SIZE + 60} {_SIZE + 50}' style='max-width:480px' role=img aria-label='reliability'>",
             f"<path d='M40 {_SIZE + 10}V10M40 {_SIZE + 10}H{_SIZE + 40}' stroke='#9aa7b8' fill=none />",
             f"<path d='M40 {_SIZE + 10}L{_SIZE + 40} 10' stroke='#9aa7b8' stroke-dasharray='4 4' />"]
    for tick in range(0, 11, 2):
        at = tick / 10 * _SIZE
        lines.append(f"<text x={40 + at:.0f} y={_SIZE + 26} text-anchor=middle>{tick / 10:g}</text>"
                     f"<text x=34 y={_SIZE + 14 - at:.0f} text-anchor=end>{tick / 10:g}</text>")
    for each in bins:
        x, y = 40 + each["predicted"] * _SIZE, _SIZE + 10 - each["observed"] * _SIZE
        radius = 2 + 14 * (each["customers"] / most) ** 0.5
        lines.append(f"<circle cx={x:.1f} cy={y:.1f} r={radius:.1f} fill='#2f7d5b' fill-opacity=.6><title>predicted {each['predicted']:.3f}, "
                     f"observed {each['observed']:.3f}, {each['customers']} customers</title></circle>")
    return "".join(lines) + f"<text x={_SIZE // 2 + 40} y={_SIZE + 44} text-anchor=middle>predicted probability; observed share upwards</text></svg>"
