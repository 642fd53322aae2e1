"""Writes a model package atomically and checks one on disk."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..data.transactions import TOTALS
from ..errors import ModelsError

SIGNATURE_VERSION = 2  # 1 had no totals
FILES = ("model.onnx", "model.json", "items.txt", "parity.json")
VECTORS_FILE = "item_vectors.bin"  # beside a graph that does not score items
WEIGHTS_FILE = "weights.npz"  # what a graph was made from; silos need none, and variants have none
_HASHED = {"graphSha256": "model.onnx", "vectorsSha256": VECTORS_FILE, "weightsSha256": WEIGHTS_FILE}
_REQUIRED = {
    "signatureVersion": int, "name": str, "version": str, "createdAt": str, "vocabularySha256": str, "itemCount": int,
    "dimension": int, "maxLength": int, "actions": dict, "gapBoundariesSeconds": list, "churn": dict, "training": dict,
    "metrics": dict,
}


def highest_version(shop: Path) -> int:
    """The highest version that a shop's folder holds; 0 if it holds none."""
    return max([int(each.name) for each in shop.glob("*") if each.name.isdigit()], default=0)


def now_text() -> str:
    """This moment as ``createdAt`` has it."""
    return dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def vocabulary_bytes(vocabulary: list[str]) -> bytes:
    """``items.txt``: line i is model index i + 1."""
    return "".join(f"{item}\n" for item in vocabulary).encode("utf-8")


def vocabulary_of(items: bytes) -> list[str]:
    """The items of ``items.txt``. Ids may hold what Unicode, too, calls a line break."""
    return items.decode("utf-8").removesuffix("\n").split("\n")


def write_package(target: Path, model: dict[str, Any], vocabulary: list[str], parity: dict[str, Any],
                  write_onnx: Callable[[Path], None]) -> None:
    """Writes everything beside the target, checks it, then swaps: an interrupted run leaves the old package whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    old = fresh.with_name(fresh.name + "-old")
    try:
        items = vocabulary_bytes(vocabulary)
        (fresh / "items.txt").write_bytes(items)
        rows = ",\n".join(json.dumps(row) for row in parity["rows"])
        (fresh / "parity.json").write_text(f'{{"tolerance": {parity["tolerance"]}, "rows": [\n{rows}\n]}}\n', encoding="utf-8")
        write_onnx(fresh / "model.onnx")
        model = {key: value for key, value in model.items() if key not in _HASHED}  # what it was made from may have files that it has not
        model |= {"vocabularySha256": hashlib.sha256(items).hexdigest(), "itemCount": len(vocabulary)}
        model |= {key: _hash(fresh / name) for key, name in _HASHED.items() if (fresh / name).is_file()}
        write_model(fresh, model)
        check_package(fresh)
        fresh.chmod(0o755)
        if target.exists():
            os.replace(target, old)
        os.replace(fresh, target)
    finally:
        if old.exists() and not target.exists():  # stopped between the two
            os.replace(old, target)
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)


def write_model(folder: Path, model: dict[str, Any]) -> None:
    """Writes ``model.json``."""
    (folder / "model.json").write_text(json.dumps(model, indent=2) + "\n", encoding="utf-8")


def check_package(folder: Path) -> dict[str, Any]:
    """Returns ``model.json`` of a sound package; raises :class:`ModelsError` that names what is wrong."""
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelsError(f"{folder}: {name} is missing.")
    model, parity = _read_json(folder / "model.json"), _read_json(folder / "parity.json")
    try:
        _check(folder, model, parity)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ModelsError(f"{folder}: model.json or parity.json holds what no export writes ({error!r}). Copy the whole package again.") from None
    return model


def _check(folder: Path, model: dict[str, Any], parity: dict[str, Any]) -> None:
    for key, kind in _REQUIRED.items():
        _require(isinstance(model.get(key), kind), folder, f"model.json: {key} must be present and of type {kind.__name__}")
    _require(1 <= model["signatureVersion"] <= SIGNATURE_VERSION, folder, f"signatureVersion must be 1 to {SIGNATURE_VERSION}")
    names = model.get("totals", [])
    _require(model["signatureVersion"] > 1 or names == [], folder, "totals need signatureVersion 2")
    _require(names in ([], list(TOTALS)), folder, f"totals must be {list(TOTALS)} or none")
    items = (folder / "items.txt").read_bytes()
    _require(hashlib.sha256(items).hexdigest() == model["vocabularySha256"], folder, "items.txt does not match vocabularySha256")
    lines = vocabulary_of(items)
    _require(len(lines) == model["itemCount"] == len(set(lines)) and all(lines), folder,
             "items.txt must hold itemCount different, non-empty lines")
    _require("other" in model["actions"] and sorted(model["actions"].values()) == list(range(1, len(model["actions"]) + 1)),
             folder, "actions must number from 1 and include other")
    boundaries = model["gapBoundariesSeconds"]
    _require(boundaries == sorted(set(boundaries)), folder, "gapBoundariesSeconds must ascend")
    thresholds = model["churn"].get("thresholds", {})
    _require(0 < thresholds.get("watch", 0) < thresholds.get("high", 0) < 1, folder, "churn.thresholds must be 0 < watch < high < 1")
    _check_parity(folder, parity, model)
    _require((folder / "model.onnx").stat().st_size > 0, folder, "model.onnx is empty")
    for key, name in _HASHED.items():
        # Packages of earlier releases say nothing of it; and without its weights a package can be served.
        _require(key not in model or not (folder / name).is_file() or model[key] == _hash(folder / name), folder,
                 f"{name} does not match {key} of model.json: the files are not of one export, copy the whole package again")
    if model.get("scoring") == "top":
        _require(1 <= model.get("topItems", 0) <= model["itemCount"], folder, "topItems must be 1 to itemCount")
    if model.get("scoring") == "vectors":
        vectors, size = folder / VECTORS_FILE, (model["itemCount"] + 1) * (model["dimension"] + 1) * 4
        _require(vectors.is_file() and vectors.stat().st_size == size, folder, f"{VECTORS_FILE} must have {size} bytes")


def _check_parity(folder: Path, parity: dict[str, Any], model: dict[str, Any]) -> None:
    _require(bool(parity.get("rows")), folder, "parity.json has no rows")
    highest = {"items": model["itemCount"], "actions": len(model["actions"]), "gaps": len(model["gapBoundariesSeconds"]) + 2}
    for number, row in enumerate(parity["rows"]):
        where = f"parity.json row {number}"
        length = len(row["items"])
        _require(1 <= length <= model["maxLength"], folder, f"{where}: length {length}")
        for name, limit in highest.items():
            _require(len(row[name]) == length and all(1 <= value <= limit for value in row[name]), folder,
                     f"{where}: {name} must be unpadded and in range")
        totals = row.get("totals", [])
        _require(len(totals) == len(model.get("totals", [])), folder, f"{where}: totals must be as many as model.json names")
        finite = [*row["topScores"], row["churn"], row["elapsed"], *totals]
        _require(all(math.isfinite(value) for value in finite) and 0 <= row["churn"] <= 1 and row["elapsed"] >= 0, folder,
                 f"{where}: numbers out of range")
        _require(row["topScores"] == sorted(row["topScores"], reverse=True) and len(row["topItems"]) == len(row["topScores"]),
                 folder, f"{where}: topScores must descend and match topItems")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelsError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise ModelsError(f"{path} must be a JSON object.")
    return value


def _require(holds: bool, folder: Path, message: str) -> None:
    if not holds:
        raise ModelsError(f"{folder}: {message}.")
