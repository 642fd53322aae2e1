"""Which package the cluster serves: after a rollback that is not the newest one."""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

_TIMEOUT_SECONDS = 10


def serving_package(gateway: str, shop: Path, say: Callable[[str], None]) -> Path | None:
    """The package in the folder ``shop`` that most silos serve, by ``GET /v1/models``; None, and said why, where that cannot be told.

    Of a variant (``2-int8`` beside ``2``) it is the package that it was made from.
    """
    try:
        with urllib.request.urlopen(f"{gateway.rstrip('/')}/v1/models", timeout=_TIMEOUT_SECONDS) as answer:
            models = [silo["model"].get("active") for silo in json.load(answer)]
        served = Counter(model["version"] for model in models if model and model["name"] == shop.name)
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        say(f"{gateway} does not tell which package of {shop.name} serves: {error!r}")
        return None
    if not served:
        say(f"{gateway}: no silo serves a package of {shop.name}")
        return None
    version, silos = served.most_common(1)[0]
    original, mark, _ = version.rpartition("-")
    folder = shop / (original if mark and (shop / original).is_dir() else version)
    if not folder.is_dir():
        say(f"{silos} of {served.total()} silos serve {shop.name} {version}, but there is no {folder}")
        return None
    say(f"{silos} of {served.total()} silos serve {shop.name} {version}: the champion is {folder}")
    return folder
