"""The configuration file of a benchmark, checked on load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..config import ChurnConfig, ContentConfig, EncoderConfig, NeighbourConfig, TrainingConfig
from ..errors import ModelsError

FORMS = ("sequences", "serenade", "online-retail", "events")
ASKS = ("purchases", "events")
PROTOCOLS = ("leave-one-out", "session-prefixes", "new-items", "time-split")


@dataclass(frozen=True)
class BenchmarkData:
    """Where the data is (``files`` below ``folder``), its form, and how it is asked.

    ``validation_share`` and ``test_share`` are the newest shares of events of a time split, which ``asks`` for purchases or for any events. ``shuffle_ties`` draws the
    order of events of one day (sequences) or invoice anew, once, from ``shuffle_seed``. Without ``use_times`` the model
    sees order alone, as the published models of most benchmarks do.
    """

    form: str
    folder: Path
    files: list[str]
    protocol: str
    exclude_seen: bool = True
    use_times: bool = True
    shuffle_ties: bool = False
    shuffle_seed: int = 7
    min_distinct: int = 1
    validation_share: float = 0.1
    test_share: float = 0.1
    asks: str = "purchases"


@dataclass(frozen=True)
class BenchmarkConfig:
    """One benchmark: data, protocol, recipe and seeds (no ``runs``: baselines only); ``paper`` says where recipe and published figures come from."""

    name: str
    paper: str
    seed: int
    runs: int
    threads: int
    data: BenchmarkData
    encoder: EncoderConfig
    training: TrainingConfig
    output: Path
    neighbours: NeighbourConfig = NeighbourConfig()
    tune_neighbours: bool = True
    refit_epochs: int = 0
    validation_cases: int = 8000

    @property
    def churn(self) -> ChurnConfig | None:
        """A benchmark asks for next items only."""
        return None

    @property
    def content(self) -> ContentConfig | None:
        """Benchmarks know items by their ids, as the published models beside them do."""
        return None

    def check(self) -> None:
        """Raises :class:`ModelsError` where a value makes no sense."""
        rules = [
            (self.data.form in FORMS, f"data.form must be one of {FORMS}"),
            (self.data.protocol in PROTOCOLS, f"data.protocol must be one of {PROTOCOLS}"),
            (self.data.asks in ASKS, f"data.asks must be one of {ASKS}"),
            (self.runs >= 0 and self.threads >= 1, "runs must not be negative, and threads at least 1"),
            (0 < self.data.test_share < 0.5 and 0 < self.data.validation_share < 0.5, "shares must be between 0 and 0.5"),
            (self.training.negatives == 0 or not self.encoder.repeats, "training.negatives needs encoder.repeats = false"),
            (0 <= self.encoder.low_pass < 1, "encoder.low_pass must be in [0, 1)"),
        ]
        for holds, message in rules:
            if not holds:
                raise ModelsError(message)
