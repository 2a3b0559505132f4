"""The columns of events as Segment's flattened files have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from regulars.simulate.campaigns import campaign_name
from regulars.simulate.catalogue import Catalogue
from regulars.simulate.columns import DAY, coded, digits, instants, masked, money
from regulars.simulate.crowd import Crowd
from regulars.simulate.happened import CODE, MISSING, NAMES, PAGES, REASONS, Happened, Site
from regulars.simulate.messages import CHANNEL
from regulars.simulate.orders import Sold
from regulars.simulate.people import People
from regulars.simulate.profiles import customer_ids
from regulars.simulate.rhythm import Bools, Ints
from regulars.simulate.visits import Visits
from regulars.simulate.worlds import World

MESSAGES = "短信"
"""The source of visits that follow a message."""
_MOST_EVENTS, _MOST_VISITS = 10_000_000_000, 1_000_000_000
_FIRST_VISIT = 1_000_000_000_000
_NEVER = np.iinfo(np.int64).max


def event_columns(
    world: World,
    catalogue: Catalogue,
    people: People,
    sold: Sold,
    crowd: Crowd,
    visits: Visits,
    site: Site,
    events: Happened,
    *,
    block: int,
    start: date,
) -> dict[str, pa.Array]:
    """Type, name, time and ids of each event, its properties and its context."""
    name, who = events.name.astype(np.int64), events.person
    is_page = name < len(PAGES)
    registered = np.full(len(crowd), _NEVER)
    registered[: crowd.customers] = np.floor(people.arrives) * DAY
    known = events.second >= registered[who]
    return {
        "type": coded(["track", "page"], is_page),
        "event": coded(NAMES, np.where(is_page, -1, name)),
        "name": coded(PAGES, np.where(is_page, name, -1)),
        "messageId": digits((block + 1) * _MOST_EVENTS + np.arange(len(events))),
        "timestamp": instants(events.second, start),
        "userId": coded(customer_ids(people), np.where(known, who, -1)),
        "anonymousId": coded(digits(crowd.device), who),
        **_properties(world, catalogue, sold, site, events, is_page),
        **_context(world, people, crowd, visits, site, events, block),
    }


def _properties(
    world: World, catalogue: Catalogue, sold: Sold, site: Site, events: Happened, is_page: Bools
) -> dict[str, pa.Array]:
    """What the events tell of themselves."""
    products = [str(one) for one in catalogue.columns(world)["product_id"]]
    categories = [one.zh for one in world.categories]
    questions = [one.text for one in world.browsing.questions]

    def only(*names: str) -> Bools:
        return np.isin(events.name, [CODE[one] for one in names])

    # A review names its product; the other events tell what it costs as well.
    shown = (events.product >= 0) & ~only("Product Reviewed")
    listed = np.where(only("Product List Viewed"), events.word, -1)
    category = np.where(shown, events.product // catalogue.price[0].size, listed)
    number = np.nan_to_num(events.number).astype(np.int64)

    def counted(*names: str) -> pa.Array:
        told = only(*names)
        return pa.array(np.where(told, number, 0).astype(np.int32), mask=~told)

    def worded(words: Sequence[str], *names: str) -> pa.Array:
        return coded(words, np.where(only(*names), events.word, -1))

    price = money(catalogue.price.ravel()[events.product])
    return {
        "properties.path": coded(site.paths, np.where(is_page, events.page, -1)),
        "properties.product_id": coded(products, events.product),
        "properties.category": coded(categories, category),
        "properties.price": masked(price, shown),
        "properties.quantity": counted("Product Added"),
        "properties.query": worded([*categories, *MISSING], "Products Searched"),
        "properties.results": counted("Products Searched"),
        "properties.question": worded(questions, "Answer", "Question Asked"),
        "properties.step": counted("Checkout Step Completed"),
        "properties.order_id": sold.order_id.take(pa.array(events.order, mask=events.order < 0)),
        "properties.total": masked(money(number), only("Order Completed", "Order Refunded")),
        "properties.reason": worded(REASONS, "Return Requested"),
        "properties.rating": counted("Product Reviewed"),
        "properties.load_ms": counted("Page Loaded"),
    }


def _context(
    world: World,
    people: People,
    crowd: Crowd,
    visits: Visits,
    site: Site,
    events: Happened,
    block: int,
) -> dict[str, pa.Array]:
    """Where it happened, and by which source the visit came that it is part of."""
    channels = world.channels
    ways = [world.browsing.way_of(one.name) for one in channels]
    messages = int(visits.message.max(initial=-1)) + 1

    def of_visit(column: Ints) -> Ints:
        """Of each event what its visit has; -1 outside of visits."""
        return np.append(column, -1)[events.visit]

    source, message = of_visit(visits.source), of_visit(visits.message)
    media, medium = _told([*(one.medium for one in ways), CHANNEL], source)
    referrers, referrer = _told([*(one.referrer for one in ways), ""], source)
    campaigns, campaign = _told(
        [*(one.campaign for one in channels), *map(campaign_name, range(messages))],
        np.where(message >= 0, len(channels) + message, source),
    )
    enters = events.name <= CODE["Product"]
    inviter = np.where(visits.is_first, crowd.inviter[visits.person], -1)
    numbers = digits(_FIRST_VISIT + block * _MOST_VISITS + np.arange(len(visits)))
    return {
        "context.page.url": coded([site.address + path for path in site.paths], events.page),
        "context.page.referrer": coded(referrers, np.where(enters, referrer, -1)),
        "context.sessionId": numbers.take(pa.array(events.visit, mask=events.visit < 0)),
        "context.campaign.source": coded([*(one.name for one in channels), MESSAGES], source),
        "context.campaign.medium": coded(media, medium),
        "context.campaign.name": coded(campaigns, campaign),
        "context.inviter": coded(customer_ids(people), of_visit(inviter)),
    }


def _told(texts: Sequence[str], codes: Ints) -> tuple[list[str], Ints]:
    """The different texts and the code of each; an empty one tells nothing."""
    different = list(dict.fromkeys(one for one in texts if one))
    places = [different.index(one) if one else -1 for one in texts]
    return different or ["-"], np.array([*places, -1])[codes]
