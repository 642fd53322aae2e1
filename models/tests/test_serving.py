"""The package to beat is the one that serves, as the gateway tells it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import MODELS
from test_retraining import write_shop

from personalization_models import cli
from personalization_models.packages.serving import serving_package


class Gateway(BaseHTTPRequestHandler):
    """Answers one text, as GET /v1/models does."""

    status, body = 200, ""

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/v1/models" else 404)
        self.end_headers()
        self.wfile.write(self.body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture()
def gateway() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture()
def shop(tmp_path: Path) -> Path:
    for version in ("1", "2", "2-int8", "3", "2026-01-31"):
        (tmp_path / "packages" / "online-retail" / version).mkdir(parents=True)
    return tmp_path / "packages" / "online-retail"


def silos(*versions: str | None, name: str = "online-retail") -> str:
    """As the gateway writes it (ModelRoutesTests); a silo without the role inference has no active model."""
    return json.dumps([{"silo": f"s{at}", "model": {"active": version and {"name": name, "version": version}, "available": [], "provider": "cpu"}}
                       for at, version in enumerate(versions)])


@pytest.mark.parametrize(("versions", "expected"), [
    (("2", "2", None), "2"), (("3", "2", "2"), "2"), (("2-int8",), "2"), (("2026-01-31",), "2026-01-31")])
def test_it_is_what_most_silos_serve_and_of_a_variant_the_package_itself(
        gateway: str, shop: Path, monkeypatch: pytest.MonkeyPatch, versions: tuple[str | None, ...], expected: str) -> None:
    monkeypatch.setattr(Gateway, "body", silos(*versions))
    assert serving_package(gateway, shop, lambda _: None) == shop / expected


@pytest.mark.parametrize(("status", "body", "why"), [
    (503, "", "503"), (200, "<html>", "JSONDecodeError"), (200, '{"title": "?"}', "TypeError"), (200, "[]", "no silo serves"), (200, "[1]", "TypeError"),
    (200, silos(None), "no silo serves"), (200, silos("2", name="another"), "no silo serves"), (200, silos("9"), "there is no .*online-retail/9"),
])
def test_what_cannot_be_told_is_said(gateway: str, shop: Path, monkeypatch: pytest.MonkeyPatch, status: int, body: str, why: str) -> None:
    monkeypatch.setattr(Gateway, "body", body)
    monkeypatch.setattr(Gateway, "status", status)
    said: list[str] = []
    assert serving_package(gateway, shop, said.append) is None
    assert len(said) == 1 and re.search(why, said[0]), said


@pytest.mark.parametrize(("options", "champion"), [
    (["--gateway", "?"], "2"), (["--gateway", "http://127.0.0.1:1"], None), (["--gateway", "nonsense"], None), ([], None)])
def test_a_retraining_has_to_beat_what_the_gateway_names(
        gateway: str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        options: list[str], champion: str | None) -> None:
    beaten: list[Path | None] = []
    monkeypatch.setattr(cli, "ensure_malloc_settings", lambda: None)  # it would restart the tests' process
    monkeypatch.setattr("personalization_models.training.retraining.retrain", lambda config, transactions, against, *_: beaten.append(against))
    monkeypatch.setattr(Gateway, "body", silos("2"))
    events = write_shop(tmp_path / "e.jsonl", days=40, users=5)
    assert cli.main(["retrain", "--config", str(MODELS / "configs" / "online-retail.toml"), "--events", str(events), "--packages", str(shop.parent),
                     *(gateway if each == "?" else each for each in options)]) == cli.NOT_BETTER
    assert beaten == [champion and shop / champion]
    assert ("The champion is the highest version that is there" in capsys.readouterr().out) == (bool(options) and champion is None)
