"""Where a training stands, so that the same command goes on after an interruption."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ..data.content import ContentTable
from ..data.transactions import EventLog
from ..errors import ModelsError


def fingerprint(vocabulary: Sequence[str], *logs: EventLog, content: ContentTable | None = None, initial: Path | None = None) -> str:
    """What tells data apart, as part of a recipe: a hash of the items' names and content, of all events, and of the encoder to start from."""
    told = hashlib.sha256("\n".join(vocabulary).encode("utf-8", "surrogatepass"))
    for log in logs:
        for values in (log.offsets, log.items, log.actions, log.times, log.baskets):
            told.update(values.tobytes())
    if content is not None:
        told.update(repr(content.schema).encode("utf-8", "surrogatepass") + content.features.numpy().tobytes())
    if initial is not None and initial.is_file():
        told.update(initial.read_bytes())
    return told.hexdigest()


class Checkpoint:
    """One file that is replaced as a whole after each epoch. Without a ``path`` nothing is kept."""

    def __init__(self, path: Path | None, recipe: str) -> None:
        self._path, self._recipe = path, recipe

    def load(self) -> dict[str, Any]:
        """What was saved last; empty if there is nothing, or if it is another recipe's (or another data set's). Raises :class:`ModelsError` where it cannot be read."""
        if self._path is None or not self._path.is_file():
            return {}
        try:
            saved = torch.load(self._path)
        except Exception as error:  # of a file that a lost power left half there each part has exceptions of its own
            raise ModelsError(f"{self._path}, where the training stood, cannot be read ({type(error).__name__}). Remove it, and the training starts anew.") from None
        return saved["state"] if saved.get("recipe") == self._recipe else {}

    def save(self, state: dict[str, Any]) -> None:
        """Keeps tensors, numbers and what else PyTorch can write."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial, whole = self._path.with_name(self._path.name + ".tmp"), io.BytesIO()
        torch.save({"recipe": self._recipe, "state": state}, whole)  # to a path it would end the process where the disk is full
        try:
            partial.write_bytes(whole.getbuffer())
            os.replace(partial, self._path)
        finally:
            partial.unlink(missing_ok=True)

    def remove(self) -> None:
        """Forgets it: the training is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
