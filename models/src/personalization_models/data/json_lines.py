"""Lines of JSON as a topic's export has them: whatever producers sent is there, also what the silos set aside."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import ModelsError

# What the silos take, as event.schema.json and item.schema.json say it.
LONGEST_ID = 128
HIGHEST_PRICE = 10**12
_TEXT = re.compile("[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a file (packed where it ends with .gz; - is standard input); bytes that are no UTF-8 become characters that no text may hold."""
    if str(path) == "-":
        yield from io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape")
        return
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", errors="surrogateescape") as stream:
            yield from stream
    except OSError as error:
        raise ModelsError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (EOFError, zlib.error) as error:  # a copy that broke off
        raise ModelsError(f"{path} cannot be read: {error}. Copy or export it again.") from None


def parse(text: str) -> Any:
    """The value of a JSON text; raises :class:`ValueError` if it is none, or nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def is_text(value: Any, longest: int = LONGEST_ID) -> bool:
    """Whether a value is a text of 1 to ``longest`` characters, none of them a control character or half of a surrogate pair."""
    return isinstance(value, str) and len(value) <= longest and _TEXT.fullmatch(value) is not None


def is_id(value: Any) -> bool:
    """Whether a value is a text that may name a user or an item: not ``.`` or ``..``, which no path can name."""
    return is_text(value) and value not in (".", "..")


def is_price(value: Any) -> bool:
    """Whether a value is a number that the silos take for a price."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= HIGHEST_PRICE
