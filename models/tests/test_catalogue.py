"""Titles and categories of the shop's items."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import pytest
from conftest import MODELS, transactions

from personalization_models.data.catalogue import build_items, is_title, tidy_title
from personalization_models.data.category_rules import categories_of
from personalization_models.data.transactions import Transactions


@pytest.mark.parametrize(("raw", "title"), [
    ("WHITE HANGING HEART T-LIGHT HOLDER", "White Hanging Heart T-Light Holder"),
    ("BOX OF 6 ASSORTED COLOUR TEASPOONS", "Box of 6 Assorted Colour Teaspoons"),
    ("  SET/3   RUSSIAN DOLLS ", "Set/3 Russian Dolls"),
    ("POLYESTER FILLER PAD 60x40cm", "Polyester Filler Pad 60x40cm"),
    ("FOLK ART GREETING CARD,pack/12", "Folk Art Greeting Card, Pack/12"),
    ("CHILDREN'S CUTLERY SPACEBOY ", "Children's Cutlery Spaceboy"),
    ("ASSTD DESIGN 3D PAPER STICKERS", "Assorted Design 3D Paper Stickers"),
])
def test_titles_are_tidied(raw: str, title: str) -> None:
    assert tidy_title(raw) == title


@pytest.mark.parametrize("note", ["?", "damages", "", "found", "wrongly marked", "??", "Damaged"])
def test_stock_notes_are_no_titles(note: str) -> None:
    assert not is_title(note)


@pytest.mark.parametrize(("title", "categories"), [
    ("White Hanging Heart T-Light Holder", ["Lights & Candles"]),
    ("Lunch Bag Red Retrospot", ["Bags & Purses", "Kitchen & Dining"]),
    ("Hot Water Bottle Keep Calm", ["Bath & Beauty"]),
    ("Set of 4 Napkin Charms Crowns", ["Kitchen & Dining"]),
    ("Wrap Cowboys", ["Stationery & Gift Wrap", "Toys & Children"]),
    ("Christmas Craft Tree Top Angel", ["Christmas", "Craft & Sewing"]),
    ("Blue Vintage Spot Beaker", ["Kitchen & Dining"]),
    ("Xyzzy", ["Other"]),
])
def test_categories_follow_the_rules(title: str, categories: list[str]) -> None:
    assert categories_of(title)[:len(categories)] == categories
    assert 1 <= len(categories_of(title)) <= 2


def test_an_item_has_its_most_frequent_real_title_and_median_paid_price() -> None:
    data = transactions([("1", str(at), "10001", dt.datetime(2011, 1, 1)) for at in range(6)]
                        + [("1", "9", "POST", dt.datetime(2011, 1, 1))])
    data.rows["description"] = ["damages", "damages", "damages", "RED MUG", "RED MUG", "BLUE MUG", "POSTAGE"]
    data.rows["price"] = [0.0, 0.0, 0.0, 1.0, 2.0, 9.0, 18.0]
    mug, post = build_items(data)
    assert (mug["itemId"], mug["title"], mug["price"], mug["available"]) == ("10001", "Red Mug", 2.0, True)
    assert (post["itemId"], post["categories"], post["available"]) == ("POST", ["Services"], False)


def test_the_shipped_catalogue_is_what_the_data_gives(shop: Transactions) -> None:
    lines = (MODELS / "data" / "online-retail" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    shipped = [json.loads(line) for line in lines]
    assert shipped == build_items(shop)
    assert {item["itemId"] for item in shipped} == set(shop.purchases.code)
    primary = Counter(item["categories"][0] for item in shipped if item["available"])
    assert primary["Other"] < 0.05 * len(shipped) and len(primary) >= 12 and max(primary.values()) < 0.25 * len(shipped)
    assert all(item["price"] > 0 for item in shipped if item["available"])
    assert not [item["title"] for item in shipped if "?" in item["title"] or item["title"] == item["title"].lower()]
