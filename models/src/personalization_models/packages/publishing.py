"""Gives a package that waits beside the others its version, at the moment when it joins them."""

from __future__ import annotations

import os
from pathlib import Path

from .package import check_package, highest_version, write_model
from .package_report import REPORT_FILE, write_package_report


def publish(fresh: Path, shop: Path) -> Path:
    """Moves a whole package into its shop's folder, as the version after the highest that is there by now; returns where it is.

    Nothing that is there is replaced: where another version is published at the same time, this one is the next.
    """
    model = check_package(fresh)
    while True:
        target = shop / str(highest_version(shop) + 1)
        model["version"] = target.name
        write_model(fresh, model)
        write_package_report(fresh / REPORT_FILE, model)
        try:
            os.rename(fresh, target)
        except OSError:
            if not target.exists():
                raise
        else:
            return target
