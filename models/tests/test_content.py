"""Item content: what is known of an item beside its id, and items that only content knows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ITEMS, random_history

from personalization_models.config import Config, ContentConfig, NeighbourConfig
from personalization_models.data import content
from personalization_models.data.content import EVERY_ITEM, ContentSchema, ContentTable, content_table, read_catalogue
from personalization_models.errors import ModelsError
from personalization_models.network.network import Network
from personalization_models.network.neighbours import NeighbourHead
from personalization_models.evaluation.new_items import grown, only_after
from personalization_models.training.next_item import create_network
from personalization_models.packages.weights import load_network, save_weights
from test_neighbours import purchases, votes_of

VOCABULARY = [f"p{at:02}" for at in range(ITEMS)]
COLOURS = ("red", "green", "blue")


def item(at: int, **other: object) -> dict[str, object]:
    return {"itemId": f"p{at:02}", "title": f"A {COLOURS[at % 3]} thing", "categories": [f"C{at % 3}"], "brand": None,
            "price": 1.0 + at, "available": True, **other}


CATALOGUE = {f"p{at:02}": item(at) for at in range(ITEMS + 3)}
CONFIG = ContentConfig(Path("unused"), price_classes=3)


@pytest.fixture()
def knowing(small: Config) -> Network:
    """A network with content; shoppers walk from red to red, green to green, blue to blue."""
    walks = [[1 + (start + 3 * step) % ITEMS for step in range(9)] for start in range(ITEMS)]
    network = create_network(purchases(*walks), ITEMS, small, content_table(CATALOGUE, VOCABULARY, 16, CONFIG)).eval()
    network.neighbours.fit(purchases(*walks))
    network.neighbours.shares.copy_(torch.tensor([0.5, 0.5]))
    return network


def test_features_are_categories_brand_price_class_and_words_that_enough_items_have() -> None:
    catalogue = {**CATALOGUE, "p00": item(0, brand="Acme", title="A red RED kettle"), "p01": item(1, brand="Acme"), "p02": item(2, brand="Acme")}
    table = content_table(catalogue, [*VOCABULARY, "not in the catalogue"], 4, CONFIG)
    said = [{table.schema.names[number - 1] for number in row if number} for row in table.features.tolist()]
    assert said[0] == set(), "padding"
    assert said[1] == {EVERY_ITEM, "category:C0", "brand:Acme", "price:0", "word:red"}, "kettle is said of one item only"
    assert said[30] == {EVERY_ITEM, "category:C2", "price:2", "word:blue", "word:thing"}
    assert said[31] == {EVERY_ITEM}


def test_of_too_many_features_those_that_most_items_have_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_FEATURES", 4)
    rare = {f"p{at:02}": item(at, title="A rare thing" if at < 4 else "A thing") for at in range(ITEMS)}
    assert content_table(rare, VOCABULARY, 4, CONFIG).schema.names == (EVERY_ITEM, "category:C0", "category:C1", "category:C2", "word:thing")


def test_content_takes_the_vectors_of_ridge_regression() -> None:
    table = content_table(CATALOGUE, VOCABULARY, 4, CONFIG)
    has = np.zeros((ITEMS + 1, len(table.schema.names)))
    for row, numbers in enumerate(table.features.tolist()):
        has[row, [number - 1 for number in numbers if number]] = 1
    values = np.random.default_rng(3).normal(size=(ITEMS + 1, 5))
    table.explain(torch.from_numpy(values).float())
    expected = np.linalg.solve(has.T @ has + 3 * np.eye(has.shape[1]), has.T @ values)
    assert np.allclose(table.vectors.weight[1:].detach(), expected, atol=1e-5) and (table.vectors.weight[0] == 0).all()


def test_twins_are_the_same_however_few_new_items_are_compared_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    features = torch.from_numpy(np.random.default_rng(2).integers(0, 41, (61, 6)).astype(np.int32))
    table = ContentTable(ContentSchema(tuple(map(str, range(40))), ()), features, 8)
    torch.manual_seed(2)
    torch.nn.init.normal_(table.vectors.weight)
    with torch.no_grad():
        at_once = table.twins(15).toarray()
        monkeypatch.setattr(content, "_ROWS", 4)
        assert np.allclose(table.twins(15).toarray(), at_once, atol=1e-6) and np.allclose(at_once.sum(1), 1)


def test_content_changes_no_vector_at_the_start_and_explains_most_of_what_it_can(small: Config) -> None:
    walks = purchases(*[[1 + (start + 3 * step) % ITEMS for step in range(9)] for start in range(ITEMS)])
    with_content = create_network(walks, ITEMS, small, content_table(CATALOGUE, VOCABULARY, 16, CONFIG))
    without = create_network(walks, ITEMS, small)
    with torch.no_grad():
        assert torch.allclose(with_content.table().vectors, without.table().vectors, atol=1e-6)
        assert torch.allclose(with_content.table().bias, without.table().bias, atol=1e-5)
        said, whole = with_content.content()[1:, :-1], without.items.weight[1:]
    assert (whole - said).square().sum() < 0.8 * whole.square().sum()


def test_an_item_whose_id_is_hidden_has_its_content_alone(knowing: Network) -> None:
    hidden = torch.zeros(ITEMS + 1, dtype=torch.bool)
    hidden[[4, 9]] = True
    with torch.no_grad():
        vectors, bias = knowing.table(hidden)
        said = knowing.content()
        assert torch.equal(vectors[hidden], said[hidden, :-1]) and torch.equal(bias[hidden], said[hidden, -1])
        assert torch.equal(vectors[~hidden], knowing.table().vectors[~hidden])


def test_what_is_exported_has_the_content_inside_its_item_vectors(knowing: Network) -> None:
    history = (*random_history(np.random.default_rng(4), 9), torch.tensor([60.0]))
    folded = knowing.folded()
    assert folded.content is None
    with torch.no_grad():
        for before, after in zip(knowing(*history), folded(*history)):
            assert torch.allclose(before, after, atol=1e-5)


def test_new_items_stand_behind_the_known_ones_with_the_vectors_of_their_content_and_the_neighbours_of_their_twins(knowing: Network) -> None:
    catalogue = {**CATALOGUE, "p32": item(32, available=None), "gone": item(99, itemId="gone", available=False)}
    larger, names = grown(knowing, VOCABULARY, catalogue)
    assert names == [*VOCABULARY, "p30", "p31", "p32"], "what is not available is not offered; nothing said is available"
    history = (*random_history(np.random.default_rng(4), 9), torch.tensor([60.0]))
    with torch.no_grad():
        before, after = knowing.table(), larger.table()
        assert torch.equal(after.vectors[:ITEMS + 1], before.vectors)
        new = after.vectors[ITEMS + 1:] - knowing.content.vectors.weight[1, :-1]
        said = torch.stack([knowing.content.vectors.weight[1 + knowing.content.schema.names.index(f"category:C{at}"), :-1] for at in range(3)])
        assert (new @ said.T).argmax(1).tolist() == [0, 1, 2], "p30 is red, p31 green, p32 blue"
        assert larger(*history)[0].shape == (1, ITEMS + 4)
        red, blue = (votes_of(larger.neighbours, 1 + at)[ITEMS + 1:] for at in (0, 2))
    assert red.argmax() == 0 and blue.argmax() == 2 and red[0] > 3 * red[2]


def test_known_items_keep_their_neighbours_when_new_ones_come(knowing: Network) -> None:
    head = NeighbourHead(3, 8, NeighbourConfig(neighbours=8))
    head.fit(purchases(*[[1, 2]] * 9, [3, 1]))
    before = votes_of(head, 1)
    from scipy import sparse
    head.extend(sparse.csr_matrix(np.array([[0, 0, 1.0, 0]], np.float32)))
    after = votes_of(head, 1)
    assert after[4] == after[2] > 0 and float(after[3] / after[2]) == pytest.approx(float(before[3] / before[2]))
    assert torch.equal(votes_of(head, 4), votes_of(head, 2)), "a twin is followed by the same"


def test_content_is_kept_beside_the_weights_and_a_package_without_it_knows_no_new_item(
        tmp_path: Path, knowing: Network, network: Network, small: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from personalization_models.packages import weights
    from personalization_models.packages.package import WEIGHTS_FILE
    from personalization_models.config import as_json

    model = {"itemCount": ITEMS, "actions": {"other": 1, "purchase": 2, "cancel": 3},
             "training": {"hyperParameters": {"encoder": as_json(small.encoder), "churn": as_json(small.churn)}}}
    monkeypatch.setattr(weights, "check_package", lambda folder: model)
    (tmp_path / "items.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    save_weights(knowing, tmp_path / WEIGHTS_FILE)
    again, _, names = load_network(tmp_path)
    assert again.content is not None and again.content.schema == knowing.content.schema
    with torch.no_grad():
        assert torch.equal(again.table().vectors, knowing.table().vectors)
        assert torch.equal(grown(again, names, CATALOGUE)[0].table().vectors, grown(knowing, VOCABULARY, CATALOGUE)[0].table().vectors)
    with pytest.raises(ModelsError, match="without item content"):
        grown(network, VOCABULARY, CATALOGUE)


def test_among_new_items_the_known_ones_are_out_of_the_question() -> None:
    scores = only_after(lambda cases, first, stop: np.ones((stop - first, 6)), 3)(None, 0, 2)  # type: ignore[arg-type]
    assert np.isinf(scores[:, :4]).all() and (scores[:, 4:] == 1).all()


@pytest.mark.parametrize(("line", "fault"), [
    (b"{broken", "is not valid JSON"), pytest.param(b"[" * 100_000, "is not valid JSON", id="nested without end"), (b"null", "is no JSON object"), (b'{"title": "a"}', "needs itemId"), (b'{"itemId": "..", "title": "a"}', "needs itemId"),
    (b'{"itemId": "a\\nb", "title": "a"}', "needs itemId"), (b'{"itemId": "a\xff", "title": "a"}', "needs itemId"), (b'{"itemId": "a"}', "needs title"),
    (b'{"itemId": "a", "title": "a", "categories": "Toys"}', "needs categories"), (b'{"itemId": "a", "title": "a", "price": "2.50"}', "needs price"),
    (b'{"itemId": "a", "title": "a", "brand": 7}', "needs brand"), (b'{"itemId": "a", "title": "a", "available": "no"}', "needs available")])
def test_lines_of_a_catalogue_that_are_no_items_are_left_out_and_told_and_a_file_without_any_item_is_refused(tmp_path: Path, line: bytes, fault: str) -> None:
    path, said = tmp_path / "items.jsonl", []
    whole = b'{"itemId": "a", "title": "A kettle", "brand": null, "categories": null, "price": 2.5, "available": null}'
    path.write_bytes(b"\n".join([whole, b"", line, line, whole.replace(b'"a"', b'"b"')]))
    assert list(read_catalogue(path, said.append)) == ["a", "b"]
    assert len(said) == 1 and f"{path}: 2 lines are no items" in said[0] and f"line 3 {fault}" in said[0]
    path.write_bytes(line)
    with pytest.raises(ModelsError, match=f"holds no item: line 1 {fault}"):
        read_catalogue(path, said.append)


def test_items_that_were_removed_are_not_in_the_catalogue(tmp_path: Path) -> None:
    path, said = tmp_path / "items.jsonl", []
    lines = [item(0), item(1), {"itemId": "p00", "removed": True}, {"itemId": "p01", "removed": True}, item(1), item(2, removed=True), {"itemId": "p09", "removed": True},
             {"itemId": "p02", "removed": False}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert list(read_catalogue(path, said.append)) == ["p01", "p02"]
    assert len(said) == 1 and "1 lines are no items" in said[0] and "line 8 needs title" in said[0]


def test_a_catalogue_may_be_packed_or_empty_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl.gz"
    with pytest.raises(ModelsError, match="cannot be read"):
        read_catalogue(path, print)
    path.write_bytes(gzip.compress(b'{"itemId": "a", "title": "A kettle"}\n'))
    assert list(read_catalogue(path, print)) == ["a"]
    path.write_bytes(gzip.compress(b""))
    assert read_catalogue(path, print) == {}


def test_the_shops_own_catalogue_can_be_read(config: Config) -> None:
    items = read_catalogue(config.catalogue.output, print)
    assert len(items) > 3000 and json.dumps(items["10002"]["categories"]) == '["Toys & Children", "Home Decor"]'
