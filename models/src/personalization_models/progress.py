"""Progress: one redrawn bar on a terminal, a line now and then elsewhere (logs, pipes)."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_BAR_WIDTH = 28
_LINE_EVERY_SECONDS = 15.0


class Progress:
    """Shows how far a loop of known length has come."""

    def __init__(self, label: str, total: int, stream: TextIO = sys.stderr) -> None:
        self._label, self._total, self._stream = label, max(total, 1), stream
        self._started = self._last = time.monotonic()
        self._terminal = stream.isatty()
        self._drawn = False

    def update(self, done: int, note: str = "") -> None:
        """Reports that ``done`` of the total are finished; cheap enough for every step."""
        now = time.monotonic()
        if now - self._last < (0.1 if self._terminal else _LINE_EVERY_SECONDS):
            return
        self._last = now
        share = min(done / self._total, 1.0)
        left = (now - self._started) * (1 - share) / share if share > 0 else 0.0
        if self._terminal:
            bar = "#" * round(share * _BAR_WIDTH)
            self._stream.write(f"\r{self._label} [{bar:<{_BAR_WIDTH}}] {share:4.0%} {left:4.0f} s left {note}\033[K")
            self._drawn = True
        else:
            self._stream.write(f"{self._label}: {share:.0%}, about {left:.0f} s left {note}\n")
        self._stream.flush()

    def close(self) -> None:
        """Removes the bar so that the next line starts clean."""
        if self._drawn:
            self._stream.write("\r\033[K")
            self._stream.flush()
            self._drawn = False
