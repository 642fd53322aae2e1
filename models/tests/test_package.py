"""The package writer: complete, consistent, atomic; and the export follows the contract."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ITEMS, MODELS

from personalization_models.cli import main
from personalization_models.config import Config, load_config
from personalization_models.data.transactions import ACTIONS, TOTALS, EventLog
from personalization_models.errors import ModelsError
from personalization_models.packages.graph import INPUTS, OUTPUTS, export_onnx
from personalization_models.network.network import Network
from personalization_models.packages.package import check_package, write_package
from personalization_models.packages.package_report import REPORT_FILE
from personalization_models.packages.parity import parity_rows
from personalization_models.packages.report import metric_tables
from personalization_models.packages.weights import save_pretrained, start_from

VOCABULARY = [f"{10_000 + at}" for at in range(ITEMS - 1)] + ["an\u2028id"]


@pytest.fixture()
def parts(network: Network, small: Config) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(1)
    log = EventLog(("1", "2"), np.array([0, 140, 160]), rng.integers(1, ITEMS + 1, 160), rng.integers(2, 4, 160),
                   np.sort(rng.integers(0, 10 ** 7, 160)), np.arange(160))
    model = {
        "signatureVersion": 2, "totals": list(TOTALS), "name": "shop", "version": "1", "createdAt": "2011-12-09T00:00:00Z", "dimension": 16,
        "maxLength": small.window, "actions": ACTIONS,
        "gapBoundariesSeconds": small.encoder.gap_boundaries_seconds,
        "churn": {"thresholds": {"watch": 0.5, "high": 0.7}}, "training": {}, "metrics": {},
    }
    return model, parity_rows(network, log, small)


def test_a_written_package_is_sound_and_names_the_contracts_inputs_and_outputs(
        tmp_path: Path, network: Network, parts: tuple[dict[str, Any], dict[str, Any]]) -> None:
    model, parity = parts
    write_package(tmp_path / "shop" / "1", model, VOCABULARY, parity, lambda path: export_onnx(network, path))
    assert check_package(tmp_path / "shop" / "1")["itemCount"] == ITEMS
    assert (tmp_path / "shop" / "1" / "items.txt").read_text(encoding="utf-8") == "".join(f"{item}\n" for item in VOCABULARY)
    onnx = (tmp_path / "shop" / "1" / "model.onnx").read_bytes()
    assert check_package(tmp_path / "shop" / "1")["graphSha256"] == hashlib.sha256(onnx).hexdigest()
    assert all(name.encode() in onnx for name in (*INPUTS, *OUTPUTS))
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["1"], "nothing is left beside the package"


def test_parity_rows_cover_lengths_and_actions(parts: tuple[dict[str, Any], dict[str, Any]], small: Config) -> None:
    rows = parts[1]["rows"]
    assert {1, 2, small.window} <= {len(row["items"]) for row in rows}
    assert {1, 2, 3} <= {action for row in rows for action in row["actions"]}
    assert {row["totals"][0] > 0 for row in rows} == {True, False}
    assert all(row["gaps"][0] == 1 and 0 not in row["topItems"] for row in rows)


def test_a_failed_run_leaves_the_old_package_whole(
        tmp_path: Path, network: Network, parts: tuple[dict[str, Any], dict[str, Any]]) -> None:
    def interrupted(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    target = tmp_path / "1"
    write_package(target, parts[0], VOCABULARY, parts[1], lambda path: export_onnx(network, path))
    before = (target / "model.onnx").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_package(target, parts[0], VOCABULARY, parts[1], interrupted)
    assert (target / "model.onnx").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_run_that_is_stopped_while_it_swaps_puts_the_old_package_back(
        tmp_path: Path, network: Network, parts: tuple[dict[str, Any], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    target, moved = tmp_path / "1", os.replace
    write_package(target, parts[0], VOCABULARY, parts[1], lambda path: export_onnx(network, path))
    before = (target / "model.onnx").read_bytes()

    def stopped(source: Path, to: Path) -> None:
        moved(source, to)
        monkeypatch.setattr(os, "replace", moved)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_package(target, parts[0], VOCABULARY, parts[1], lambda path: export_onnx(network, path))
    assert [path.name for path in tmp_path.iterdir()] == ["1"] and (target / "model.onnx").read_bytes() == before


def test_a_file_of_weights_whose_copy_broke_off_is_told(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "encoder"
    save_pretrained(network, VOCABULARY, dt.date(2026, 3, 1), path)
    assert [each.name for each in tmp_path.iterdir()] == ["encoder"], "a file has the name that it was given"
    whole = path.read_bytes()
    middle = bytearray(whole)
    middle[len(whole) // 2:len(whole) // 2 + 64] = bytes(64)
    for broken in (whole[:-20], whole[:len(whole) // 2], whole[:100], b"PK", b"", bytes(middle)):
        path.write_bytes(broken)
        with pytest.raises(ModelsError, match=f"{path} is no file of weights"):
            start_from(network, path, VOCABULARY, dt.date(2026, 3, 1))


def test_a_graph_of_another_export_is_refused_and_a_package_that_says_nothing_of_its_graph_is_not(
        tmp_path: Path, network: Network, parts: tuple[dict[str, Any], dict[str, Any]]) -> None:
    write_package(tmp_path / "1", parts[0], VOCABULARY, parts[1], lambda path: export_onnx(network, path))
    with torch.no_grad():
        network.item_bias[3] += 1
    write_package(tmp_path / "2", parts[0], VOCABULARY, parts[1], lambda path: export_onnx(network, path))
    shutil.copy(tmp_path / "1" / "model.onnx", tmp_path / "2" / "model.onnx")
    with pytest.raises(ModelsError, match="model.onnx does not match graphSha256"):
        check_package(tmp_path / "2")
    model = json.loads((tmp_path / "2" / "model.json").read_text(encoding="utf-8"))
    del model["graphSha256"]
    (tmp_path / "2" / "model.json").write_text(json.dumps(model), encoding="utf-8")
    assert "graphSha256" not in check_package(tmp_path / "2")


@pytest.mark.parametrize(("file", "change", "message"), [
    ("items.txt", lambda text: text.replace("10003", "10004"), "vocabularySha256"),
    ("model.json", lambda text: text.replace('"signatureVersion": 2', '"signatureVersion": 3'), "signatureVersion"),
    ("model.json", lambda text: text.replace('"signatureVersion": 2', '"signatureVersion": 1'), "totals need signatureVersion 2"),
    ("model.json", lambda text: text.replace('"spend"', '"spent"'), "totals must be"),
    ("parity.json", lambda text: text.replace('"totals": [', '"totals": [1.0, ', 1), "row 0: totals"),
    ("model.json", lambda text: text.replace('"watch": 0.5', '"watch": 0.9'), "thresholds"),
    ("model.json", lambda text: text[:-20], "not valid JSON"),
    ("parity.json", lambda text: text.replace('"gaps": [1', '"gaps": [0', 1), "row 0: gaps"),
    ("model.onnx", None, "model.onnx is missing"),
    ("items.txt", lambda text: text + "\udcff", "vocabularySha256"),
    ("model.json", lambda text: text.replace('"watch": 0.5', '"watch": "half"'), "holds what no export writes"),
    ("model.json", lambda text: text.replace('"gapBoundariesSeconds": [', '"gapBoundariesSeconds": ["60",'), "holds what no export writes"),
    ("parity.json", lambda text: text.replace('"elapsed"', '"elapse"', 1), "holds what no export writes .KeyError.'elapsed'.*Copy the whole package again"),
])
def test_a_damaged_package_is_refused_by_name(tmp_path: Path, network: Network, parts: tuple[dict[str, Any], dict[str, Any]],
                                             file: str, change: Any, message: str) -> None:
    write_package(tmp_path / "1", parts[0], VOCABULARY, parts[1], lambda path: export_onnx(network, path))
    path = tmp_path / "1" / file
    if change is None:
        path.unlink()
    else:
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ModelsError, match=message):
        check_package(tmp_path / "1")


def test_the_shipped_package_is_sound_and_says_how_it_compares() -> None:
    model = check_package(MODELS / "packages" / "online-retail" / "1")
    assert "graphSha256" in model and "weightsSha256" not in model, "a package of a release that wrote none stays valid"
    for task in ("nextItem", "nextItemShuffled"):
        scores = {name: values["ndcg@10"] for name, values in model["metrics"][task].items() if not name.endswith("Alone")}
        assert scores["model"] == max(scores.values()), f"{task}: a baseline is better than what we ship: {scores}"
    for task in ("amongAll", "amongNew"):
        new = model["metrics"]["newItems"][task]
        assert new["model"]["hr@10"] > new["popularity"]["hr@10"], f"{task}: content says nothing of new items: {new}"
    churn = model["metrics"]["churn"]
    assert churn["model"]["auc"] > max(churn["recency"]["auc"], churn["frequency"]["auc"])
    catalogue = (MODELS / "data" / "online-retail" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    available = {item["itemId"] for item in map(json.loads, catalogue) if item["available"]}
    items = (MODELS / "packages" / "online-retail" / "1" / "items.txt").read_text(encoding="utf-8").split()
    assert set(items) <= available


def test_the_readme_shows_the_shipped_metrics() -> None:
    readme = (MODELS / "README.md").read_text(encoding="utf-8")
    assert metric_tables(check_package(MODELS / "packages" / "online-retail" / "1")) in readme


def test_the_command_line_reports_errors_without_a_stack_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 1
    assert "error: " in capsys.readouterr().err
    assert main(["check", str(MODELS / "packages" / "online-retail" / "1")]) == 0
    with pytest.raises(SystemExit) as usage:
        main(["train"])
    assert usage.value.code == 2


def test_what_the_machine_refuses_is_told_with_what_to_do_and_without_a_stack_trace(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("personalization_models.cli.ensure_malloc_settings", lambda: None)  # it would restart the tests' process
    package = str(MODELS / "packages" / "online-retail" / "1")

    def told(*arguments: str) -> str:
        assert main(arguments) == 1
        return capsys.readouterr().err

    assert told("report", package, "--html", "/dev/full") == "error: No space left on device. Make room there, and run the same command again.\n"
    (tmp_path / "file").touch()
    assert told("report", package, "--html", str(tmp_path / "file" / "page.html")).startswith(f"error: {tmp_path / 'file'}: ")
    assert told("train", "--config", str(tmp_path)) == f"error: {tmp_path}: Is a directory.\n"

    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/packages/1")

    monkeypatch.setattr("personalization_models.packages.package.check_package", refused)
    assert told("check", package) == "error: /packages/1: Permission denied. Let the user of this process write and read there, or name another place.\n"

    def too_large(path: Path) -> None:
        raise MemoryError("Unable to allocate 3.00 TiB")

    monkeypatch.setattr("personalization_models.packages.package.check_package", too_large)
    assert told("check", package).startswith("error: Memory is used up (Unable to allocate 3.00 TiB). ")


def test_a_configuration_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(b'name = "caf\xe9"')
    with pytest.raises(ModelsError, match=f"{path} is not valid TOML: .* byte 0xe9"):
        load_config(path)


def test_a_missing_package_is_named_without_a_stack_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def without_torch(path: Path) -> None:
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")

    monkeypatch.setattr("personalization_models.packages.package.check_package", without_torch)
    assert main(["check", "."]) == 1
    assert "error: the Python package torch is missing" in capsys.readouterr().err


def test_the_page_of_the_shipped_package_shows_every_method_and_every_bin_of_its_churn_scores(tmp_path: Path) -> None:
    package = MODELS / "packages" / "online-retail" / "1"
    assert main(["report", str(package), "--html", str(tmp_path / "page.html")]) == 0
    page, metrics = (tmp_path / "page.html").read_text(encoding="utf-8"), check_package(package)["metrics"]
    assert all(name in page for name in (*metrics["nextItem"], *metrics["churn"]))
    assert page.count("<circle") == len(metrics["churn"]["model"]["reliability"]) > 5
    assert page == (package / REPORT_FILE).read_text(encoding="utf-8"), "the page in the package is not of this package"
