"""The benchmark harness: readers, protocols that leak nothing, ranks, neighbours, and a whole run on a made-up shop."""

from __future__ import annotations

import ast
import dataclasses
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import MODELS

from personalization_models.benchmark.html import _text
from personalization_models.benchmark.baselines import item_knn, tuned, tuned_baselines, vmis_knn
from personalization_models.benchmark.knn import neighbour_scorer
from personalization_models.benchmark.protocols import split
from personalization_models.benchmark.ranking import ndcg, popularity_groups, target_ranks
from personalization_models.benchmark.readers import read_interactions
from personalization_models.benchmark.runner import run_benchmark
from personalization_models.benchmark.sessions import SessionNeighbours
from personalization_models.benchmark.settings import BenchmarkConfig, BenchmarkData
from personalization_models.config import NeighbourConfig, load_toml
from personalization_models.errors import ModelsError
from personalization_models.network.neighbours import NeighbourHead


def sequences(folder: Path, text: str, **more: object) -> BenchmarkData:
    (folder / "s.txt").write_text(text, encoding="utf-8")
    return BenchmarkData("sequences", folder, ["s.txt"], "leave-one-out", **more)  # type: ignore[arg-type]


def test_leave_one_out_asks_for_the_last_event_and_trains_on_nothing_that_is_asked(tmp_path: Path) -> None:
    data = sequences(tmp_path, "1 a b c d\n2 c b a\n3 d e\n")
    read = read_interactions(data)
    parted = split(read, data, 1)
    name = ["", *read.vocabulary]
    assert [name[item] for item in parted.test.wanted] == ["d", "a"]
    assert [name[item] for item in parted.validation.wanted] == ["c", "b"]
    assert [name[item] for item in parted.train.items] == ["a", "b", "c", "d", "e"]
    assert [name[item] for item in parted.known.items] == ["a", "b", "c", "c", "b", "d", "e"]
    assert [name[item] for item in parted.test.excluded] == ["a", "b", "c", "c", "b"]


def test_shuffled_ties_change_the_order_within_a_day_only_and_need_times(tmp_path: Path) -> None:
    text = "".join(f"{user} a b c d e f\t0 0 0 864000 0 0\n" for user in range(50))
    data = sequences(tmp_path, text, shuffle_ties=True)
    read = read_interactions(data)
    log = split(read, data, 1).test.log
    rows = log.items.reshape(50, 6)
    assert all(set(row[:3]) == {1, 2, 3} and set(row[3:]) == {4, 5, 6} for row in rows)
    assert len({tuple(row) for row in rows}) > 10
    bare = sequences(tmp_path, "1 a b c\n", shuffle_ties=True)
    with pytest.raises(ModelsError, match="times"):
        split(read_interactions(bare), bare, 1)


def test_online_retail_is_its_purchases_without_the_cancellations(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
        "536366,22423,CAKESTAND,1,2010-12-02 08:26:00,12.75,17850,United Kingdom\n"
        "C536367,85123A,HOLDER,-6,2010-12-03 08:26:00,2.55,17850,United Kingdom\n", encoding="utf-8")
    read = read_interactions(BenchmarkData("online-retail", tmp_path, ["shop.csv"], "leave-one-out"))
    assert [read.vocabulary[item - 1] for item in read.log.items] == ["85123A", "22423"]
    assert read.report["cancellationsDropped"] == 1


def test_malformed_sequences_are_refused_with_their_line(tmp_path: Path) -> None:
    data = sequences(tmp_path, "1 a b\t0 1\n2 a b c\t5\n")
    with pytest.raises(ModelsError, match="line 2: 3 items but 1 gaps"):
        read_interactions(data)


@pytest.mark.parametrize(("content", "message"), [
    (b"1 a b\t0 soon\n", "s.txt line 1: gaps are whole seconds, not '0 soon'"), (b"", "s.txt holds no sequence: a line is a user and items"),
    (b"1 caf\xe9 b\n", "s.txt is no text: .* byte 0xe9")])
def test_a_file_that_holds_no_sequences_is_refused_with_what_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    data = sequences(tmp_path, "")
    (tmp_path / "s.txt").write_bytes(content)
    with pytest.raises(ModelsError, match=message):
        read_interactions(data)


@pytest.mark.parametrize(("content", "message"), [
    ("", "No columns"), ("SessionId\tItemId\tTime\n1\ta\tmonday\n", "monday"), ("SessionId,ItemId,Time\n1,a,2\n", "must have the columns SessionId, ItemId and Time")])
def test_sessions_of_another_form_are_refused_with_their_file(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "train.txt").write_text(content, encoding="utf-8")
    with pytest.raises(ModelsError, match=f"train.txt .*{message}"):
        read_interactions(BenchmarkData("serenade", tmp_path, ["train.txt"], "session-prefixes"))


def test_sessions_are_asked_at_every_prefix_without_the_newest_item(tmp_path: Path) -> None:
    header = "SessionId\tItemId\tTime\n"
    for name, rows in (("train", "1\ta\t1\n1\tb\t2\n"), ("valid", "2\ta\t5\n2\tb\t6\n"), ("test", "3\tb\t9\n3\ta\t8\n3\tb\t7\n3\tz\t9\n")):
        (tmp_path / f"{name}.txt").write_text(header + rows, encoding="utf-8")
    data = BenchmarkData("serenade", tmp_path, ["train.txt", "valid.txt", "test.txt"], "session-prefixes")
    read = read_interactions(data)
    parted = split(read, data, 1)
    assert read.report["itemsNeverSeenInTraining"] == 1
    assert parted.test.wanted.tolist() == [1, 2] and not len(parted.test.excluded)
    assert len(parted.train.items) == 2 and len(parted.known.items) == 4


def test_new_items_are_first_purchases_and_short_histories_only_train(tmp_path: Path) -> None:
    data = dataclasses.replace(sequences(tmp_path, "1 a b a c b\n2 a a b\n"), protocol="new-items", min_distinct=3)
    parted = split(read_interactions(data), data, 1)
    assert parted.test.wanted.tolist() == [3] and parted.train.items.tolist() == [1, 1, 2]


def test_ranks_count_ties_in_index_order() -> None:
    scores = torch.tensor([[-torch.inf, 0.5, 0.9, 0.5, 0.1], [-torch.inf, 0.0, 0.0, 0.0, 0.0]])
    assert target_ranks(scores, torch.tensor([3, 2])).tolist() == [3, 2]


def test_what_is_no_number_finds_nothing() -> None:
    scores = torch.tensor([[-torch.inf, torch.nan, torch.nan, torch.nan], [-torch.inf, 0.5, torch.nan, 0.1]])
    nowhere, second = target_ranks(scores, torch.tensor([2, 1])).tolist()
    assert nowhere > 3 and second == 2, "a network that diverged would be the best of all"


def test_half_of_all_events_is_the_head_and_the_last_fifth_the_tail() -> None:
    assert popularity_groups(np.array([0, 50, 20, 10, 10, 5, 5])).tolist()[1:] == [0, 1, 1, 2, 2, 2]


def test_the_heads_table_scores_like_the_whole_one_where_it_is_wide_enough(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    text = "".join(f"{user} " + " ".join(f"i{item}" for item in rng.integers(0, 12, 8)) + "\n" for user in range(40))
    data = sequences(tmp_path, text, exclude_seen=False)
    parted = split(read_interactions(data), data, 1)
    config = NeighbourConfig(neighbours=12, history=5, repeat=0.5)
    whole = neighbour_scorer(parted.train, 12, config)(parted.test, 0, 40)
    head = NeighbourHead(12, 10, config)
    head.fit(parted.train)
    histories = torch.from_numpy(np.stack([parted.test.history(case)[-7:] for case in range(40)]))
    scores = head.votes(histories, head.decays(7)).spread(13).numpy()
    assert np.allclose(scores, whole / whole.sum(1, keepdims=True), atol=1e-5)


def test_session_neighbours_prefer_what_similar_sessions_hold(tmp_path: Path) -> None:
    data = sequences(tmp_path, "1 a b x\n2 a b x\n3 c d y\n4 a b z q\n")
    parted = split(read_interactions(data), data, 1)
    scorer = SessionNeighbours(parted.test.log, len(read_interactions(data).vocabulary))
    names = read_interactions(data).vocabulary
    scores = scorer.score(parted.test, 0, 1)[0]
    assert scores[1 + names.index("x")] > scores[1 + names.index("y")] == 0
    assert scores[parted.test.history(0)[-1]] == 0, "the newest item is no answer"


def test_settings_of_the_neighbour_baselines_are_chosen_on_validation_alone(tmp_path: Path) -> None:
    # Steps around a circle of letters, each with a number drawn.
    rng = np.random.default_rng(4)
    lines = [f"{user} " + " ".join(f"{'abcdefghij'[(key + step) % 10]}{rng.integers(0, 9)}" for step in range(9)) for user, key in enumerate(rng.integers(0, 10, 150))]
    data = sequences(tmp_path, "\n".join(lines), exclude_seen=False)
    parted = split(read_interactions(data), data, 1)
    items, said = len(read_interactions(data).vocabulary), []
    made = tuned_baselines(parted, items, 1, said.append)
    assert list(made) == ["item-kNN, tuned", "VMIS-kNN, tuned"] and len(said) == 2
    for (name, scorer), (plain, build) in zip(made.items(), (("item-kNN", item_knn), ("VMIS-kNN", vmis_knn))):
        chosen = ast.literal_eval(next(line for line in said if line.startswith(plain)).removeprefix(f"{plain}: ").removesuffix(" is best on validation"))
        assert ndcg(build(parted.train, items, **chosen), parted.validation) >= ndcg(build(parted.train, items), parted.validation)
        assert np.array_equal(scorer(parted.test, 0, 20), build(parted.known, items, **chosen)(parted.test, 0, 20)), "what is asked of the test knows validation"
    unasked = dataclasses.replace(parted, test=parted.validation.select(np.zeros(len(parted.validation), np.bool_)))
    again: list[str] = []
    tuned_baselines(unasked, items, 1, again.append)
    assert again == said


def test_a_setting_is_kept_while_the_next_is_tried() -> None:
    asked: list[tuple[float, float]] = []

    def judge(settings: dict[str, float]) -> float:
        asked.append((settings["a"], settings["b"]))
        return -abs(settings["a"] - 3) - abs(settings["b"] - 7)

    assert tuned(judge, {"a": 1, "b": 1}, {"a": (1, 3, 5), "b": (5, 7)}) == {"a": 3, "b": 7}
    assert asked == [(1, 1), (3, 1), (5, 1), (3, 5), (3, 7)]


def test_a_whole_run_learns_a_cycle_reports_it_and_continues_from_its_checkpoint(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    lines = [f"{user} " + " ".join(f"i{(start + step) % 40:02}" for step in range(12)) for user, start in enumerate(rng.integers(0, 40, 200))]
    config = load_toml(MODELS / "configs" / "beauty.toml", BenchmarkConfig)
    config = dataclasses.replace(
        config, runs=1, data=sequences(tmp_path, "\n".join(lines), use_times=False), refit_epochs=1, output=tmp_path / "out",
        encoder=dataclasses.replace(config.encoder, dimension=16, dropout=0.1, max_length=16),
        training=dataclasses.replace(config.training, max_epochs=4, negatives=20, batch_size=32, learning_rate=1e-2))
    said: list[str] = []
    result = run_benchmark(config, config.output, said.append)
    assert result["mean"]["blend"]["hr@1"] > 0.9 > result["baselines"]["popularity"]["hr@1"]
    assert result["mean"]["transformer"]["ndcg@10"] > 3 * result["baselines"]["popularity"]["ndcg@10"]
    assert json.loads((config.output / "result.json").read_text(encoding="utf-8"))["runs"][0]["seed"] == 1
    page = (config.output / "report.html").read_text(encoding="utf-8")
    blend = result["runs"][0]["test"]["blend, refitted"]
    assert f"<td>{blend['hr@10']:.4f} / {blend['ndcg@10']:.4f}</td>" in page
    for end, number in re.findall(r"<path d='M[\d.]+ \d+H([\d.]+)'[^>]*><text x=(\d+) ", page):
        assert float(end) < float(number), "a number stands on its interval"
    config = dataclasses.replace(config, tune_neighbours=False)
    again = run_benchmark(config, config.output, said.append)
    assert any("continues after epoch" in line for line in said)
    assert again["mean"]["transformer"]["hr@10"] == result["mean"]["transformer"]["hr@10"]
    said.clear()
    sequences(tmp_path, "\n".join([*lines[:-1], lines[-1] + " i00"]), use_times=False)
    newer = run_benchmark(dataclasses.replace(config, refit_epochs=0), config.output, said.append)
    assert not any("continues after epoch" in line for line in said), "the weights are those of other events"
    assert any("epoch 1:" in line for line in said) and newer["runs"][0]["epochs"] > 0


def test_data_without_a_question_is_refused_with_what_the_protocol_needs(tmp_path: Path) -> None:
    config = load_toml(MODELS / "configs" / "events.toml", BenchmarkConfig)
    clicks = [{"userId": f"u{at % 5}", "itemId": f"i{at % 7}", "type": "click", "timestamp": 1_700_000_000_000 + at * 60_000} for at in range(200)]
    (tmp_path / "events.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, clicks)).encode()))
    config = dataclasses.replace(config, data=dataclasses.replace(config.data, folder=tmp_path), output=tmp_path / "out")
    with pytest.raises(ModelsError, match="0 validation and 0 test questions.*'usable': 200.*data.asks = .events. asks for clicks"):
        run_benchmark(config, config.output, lambda _: None)
    asked = dataclasses.replace(config.data, asks="events")
    parted = split(read_interactions(asked), asked, 1)
    assert len(parted.validation) > 10 < len(parted.test) and parted.test.times.min() > parted.known.times.max()


def test_a_page_tells_numbers_to_four_digits() -> None:
    assert _text({"visitStarts": 0.95, "ndcg@10": 0.429609214473, "cases": 931}) == "visitStarts 0.95, ndcg@10 0.4296, cases 931"


def test_every_shipped_configuration_is_valid() -> None:
    for path in sorted((MODELS / "configs").glob("*.toml")):
        if "[package]" not in path.read_text(encoding="utf-8"):
            load_toml(path, BenchmarkConfig)
