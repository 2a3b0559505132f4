"""docs/events.md names what the code understands, and its examples work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from regulars.intake.events.after_sales import AFTER_SALES
from regulars.intake.events.facts_orders import ORDER_EVENTS, REFUND_EVENTS
from regulars.intake.webhooks import receipts
from regulars.intake.webhooks.endpoints import ENDPOINTS, columns_told
from regulars.intake.webhooks.shopify import TOPICS
from samples.messages import told

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")
NAMED = {name.lower() for name in re.findall(r"`([^`\n]+)`", PAGE)}


@pytest.mark.parametrize("names", [ORDER_EVENTS, REFUND_EVENTS, *AFTER_SALES.values()])
def test_every_event_that_is_understood_is_named(names):
    assert set(names) <= NAMED


def test_every_topic_of_shopify_is_named():
    assert {f"{kind}/{what}" for kind, topics in TOPICS.items() for what in topics} <= NAMED


@pytest.mark.parametrize("route", sorted(ENDPOINTS))
def test_every_column_of_an_endpoint_is_named_and_no_other(route):
    (row,) = re.findall(rf"^\| `/v1/{route}` \| (.*) \|$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`([^`]+)`", row)) == set(columns_told(ENDPOINTS[route]))


def test_every_column_type_and_channel_of_receipts_is_named():
    (row,) = re.findall(r"^\| `/v1/receipts` \| (.*) \|$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`([^`]+)`", row)) == set(receipts.COLUMNS)
    assert {*receipts.TYPES, *receipts.CHANNELS} <= NAMED


def test_the_examples_are_taken_in_whole():
    returned, order = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.S))
    assert returned["event"].lower() == AFTER_SALES["return"][0]
    found = told("webhook", order)
    assert (found.rejects, len(found.facts)) == ([], 3)  # the order and two lines
    (body,) = re.findall(r"-d \\\n  '(.*)'", PAGE)
    assert told("products", json.loads(body)).rejects == []
