"""Orders of a block as the shop's platform exports them: one row per line, amounts of the line.

Amounts are whole fen throughout: paid = gross - shop_discount - platform_discount + shipping where
the order was paid, refunded <= paid. Postage and a coupon stand on the order's first line. What
would happen after the last day has not happened: an order of the last evening may still be unpaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from regulars.simulate.campaigns import SENT_AT, campaign_days, campaign_id
from regulars.simulate.catalogue import PACKS, Catalogue
from regulars.simulate.columns import DAY, coded, digits, instants, money
from regulars.simulate.life import NO_REFUND, WHOLE, Bought
from regulars.simulate.margins import BAND_EDGES, BAND_NOISE, Margins
from regulars.simulate.people import People
from regulars.simulate.profiles import (
    customer_ids,
    place_columns,
    recipient_codes,
    recipient_names,
)
from regulars.simulate.rhythm import Bools, Floats, Ints, festival_days
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

STATUSES = ("placed", "paid", "shipped", "completed", "cancelled")
_PLACED, _PAID, _SHIPPED, _COMPLETED, _CANCELLED = range(5)
_BY_HOUR = np.array(
    [1.5, 0.7, 0.4, 0.3, 0.3, 0.5, 1.2, 2.2, 3.4, 4.8, 5.8, 5.6,
     5.8, 5.2, 4.9, 4.9, 4.9, 4.8, 4.8, 5.8, 7.6, 8.8, 7.6, 4.2]
)  # fmt: skip
"""Share of orders by hour, in percent: noon, and the evening after dinner."""
_SHIPPED_AFTER, _COMPLETED_AFTER = 1.5, 9.0
_DIRECT = 0.7
"""Share of later orders that come without a source."""
_ORDERS_OF_A_BLOCK, _LINES_OF_AN_ORDER = 100_000_000, 100
_COUPON_GAP = 300

DIRECT = "直接访问"


@dataclass(frozen=True, slots=True)
class Sold:
    """The orders of a block in the order of time.

    Attributes:
        table: one row per line, as exported.
        customer: place of each order's customer in the block.
        placed: second since the shop opened, one per order.
        is_paid: whether each order was paid, given back or not.
        valid: whether the order is neither cancelled nor wholly refunded by the last day.
        order_id: as text.
        channel: source of each order; -1 for none.
        sums: fen over all lines, and counts.
        first_line: place of each order's first line in the table.
        order_of_line: place of each line's order.
        line_paid: fen paid for each line.
        line_refunded: fen given back of it.
        product: place of each line's product in the catalogue.
        pieces: of each line.
        paid_at: second of each order's payment, as if it was paid.
        closed_at: second of its cancellation or refund, as if there was one, also after the end.
        cancelled: 0 no, 1 before it was paid, 2 after, as of `life.Bought`.
        refund: NO_REFUND, ONE_LINE or WHOLE.
    """

    table: pa.Table
    customer: Ints
    placed: Ints
    is_paid: Bools
    valid: Bools
    order_id: pa.Array
    channel: Ints
    sums: dict[str, int]
    first_line: Ints
    order_of_line: Ints
    line_paid: Ints
    line_refunded: Ints
    product: Ints
    pieces: Ints
    paid_at: Ints
    closed_at: Ints
    cancelled: NDArray[np.int8]
    refund: NDArray[np.int8]


def seconds_of(time: Floats, random: Generator) -> Ints:
    """The second of each visit or order: its day, and a time of day by the shop's hours."""
    edges = np.concatenate([[0.0], np.cumsum(_BY_HOUR / _BY_HOUR.sum())])
    hour = np.interp(random.random(len(time)), edges, np.arange(25.0))
    return np.asarray(np.floor(time) * DAY + np.minimum(hour * 3600, DAY - 1), dtype=np.int64)


def _after_the_message(seconds: Ints, bought: Bought, starts: Ints, random: Generator) -> Ints:
    """On a campaign's first day nobody answers or uses a coupon before it has come."""
    number = np.maximum(bought.campaign, bought.coupon)
    start = starts[number] * DAY if len(starts) else np.zeros(len(seconds), dtype=np.int64)
    soonest = start + SENT_AT + _COUPON_GAP
    early = (number >= 0) & (seconds < soonest) & (seconds >= start)
    rest = start + DAY - 1 - soonest
    moved = soonest + np.floor(random.random(len(seconds)) * rest).astype(np.int64)
    return np.where(early, moved, seconds)


def sell(
    world: World,
    catalogue: Catalogue,
    people: People,
    bought: Bought,
    *,
    seed: int,
    block: int,
    start: date,
    days: int,
) -> Sold:
    """Turn needs met into the rows of an export."""
    random = stream(seed, "orders", block)
    end = days * DAY
    starts = np.array(campaign_days(world, days), dtype=np.int64)
    seconds = _after_the_message(seconds_of(bought.time, random), bought, starts, random)

    by_time = np.argsort(seconds, kind="stable")
    place = np.empty(len(by_time), dtype=np.int64)
    place[by_time] = np.arange(len(by_time))
    line_place = place[bought.order]
    by_order = np.argsort(line_place, kind="stable")
    order, category = line_place[by_order], bought.category[by_order].astype(np.int64)
    pieces = bought.pieces[by_order].astype(np.int64)

    placed, customer = seconds[by_time], bought.customer[by_time]
    number, coupon = bought.number[by_time], bought.coupon[by_time]
    lines_of = np.bincount(order, minlength=len(placed))
    first_line = np.concatenate([[0], np.cumsum(lines_of)[:-1]])
    is_first = np.zeros(len(order), dtype=np.bool_)
    is_first[first_line] = True

    product, price = _choose(
        world, catalogue, people, customer[order], number[order], category, random
    )
    gross = price * pieces
    festival = festival_days(start, days)[placed // DAY]
    promoted, depth = random.random((2, len(order)))
    sensitivity = people.sensitivity[customer[order]]
    basket = world.basket
    on_offer = promoted < basket.promoted * (1 + 1.5 * sensitivity)
    off = on_offer * (basket.off[0] + depth * (basket.off[1] - basket.off[0]))
    off = off + world.festivals.off * festival[order]
    shop_discount = np.round(gross * off).astype(np.int64)
    face = round(world.campaigns.face * 100) * (coupon >= 0)[order] * is_first
    shop_discount += np.minimum(face, gross - shop_discount - 1)
    helped, help_off = random.random((2, len(placed)))
    low, high = basket.platform_off
    help_off = np.where(helped < basket.platform, low + help_off * (high - low), 0.0)
    platform = np.floor((gross - shop_discount) * help_off[order]).astype(np.int64)

    goods = gross - shop_discount - platform
    goods_of = np.bincount(order, weights=goods, minlength=len(placed))
    postage = np.where(goods_of < basket.free_from * 100, round(basket.postage * 100), 0)
    shipping = postage[order] * is_first

    paid_wait, close_wait, chosen, source_draw, gift = random.random((5, len(placed)))
    cancelled, refund = bought.cancelled[by_time], bought.refund[by_time]
    paid_at = np.minimum(placed + 8 + np.floor(900 * paid_wait**3).astype(np.int64), end - 1)
    hours = np.where(cancelled > 0, 0.5 + 40 * close_wait**2, 24 * (2.5 + 10 * close_wait))
    closed_at = paid_at + 60 + np.floor(hours * 3600).astype(np.int64)
    closing = (cancelled > 0) | (refund != NO_REFUND)
    closed = closing & (closed_at < end)
    is_paid = cancelled != 1
    line_paid = np.where(is_paid[order], goods + shipping, 0)
    refunded = _refunded(
        line_paid, goods, order, is_first, lines_of, closed, cancelled, refund, chosen
    )
    given_back = np.bincount(order, weights=refunded, minlength=len(placed))
    paid_of = np.bincount(order, weights=line_paid, minlength=len(placed))

    age = (end - placed) / DAY
    status = np.where(age > _COMPLETED_AFTER, _COMPLETED, _SHIPPED)
    status = np.where(age < _SHIPPED_AFTER, _PAID, status)
    status = np.where(closed & (refund != NO_REFUND), _COMPLETED, status)
    status = np.where(is_paid, status, _PLACED)
    status = np.where(closed & (cancelled > 0), _CANCELLED, status)

    later = (number > 1) | (bought.campaign[by_time] >= 0)
    channel = np.where(
        later & (source_draw < _DIRECT), len(world.channels), people.channel[customer]
    )
    recipient = recipient_codes(people, customer, gift < world.for_others, gift / world.for_others)
    order_number = (block + 1) * _ORDERS_OF_A_BLOCK + np.arange(len(placed))
    order_id = digits(order_number)
    line = np.arange(len(order)) - first_line[order]
    has_line_closed = closed[order] & ((refunded > 0) | (cancelled > 0)[order])
    who = customer[order]
    goods_columns = _product_columns(world, catalogue, product)
    table = pa.table(
        {
            "order_id": order_id.take(pa.array(order)),
            "line_id": digits(order_number[order] * _LINES_OF_AN_ORDER + line + 1),
            "customer_id": coded(customer_ids(people), who),
            "recipient_name": coded(recipient_names(), recipient[order]),
            **place_columns(people.place[who]),
            "placed_at": instants(placed[order], start),
            "paid_at": instants(paid_at[order], start, is_paid[order]),
            "closed_at": instants(closed_at[order], start, has_line_closed),
            "status": coded(STATUSES, status[order]),
            **goods_columns,
            "quantity": pa.array(pieces.astype(np.int32)),
            "unit_price": money(price),
            "gross": money(gross),
            "shop_discount": money(shop_discount),
            "platform_discount": money(platform),
            "shipping": money(shipping),
            "paid": money(line_paid),
            "refunded": money(refunded),
            "source": coded([*(one.name for one in world.channels), DIRECT], channel[order]),
            "coupon": coded([f"{campaign_id(no)}-券" for no in range(len(starts))], coupon[order]),
        }
    )
    valid = is_paid & ~(closed & (cancelled > 0)) & (given_back < paid_of)
    sums = {
        "gross": int(gross.sum()),
        "shop_discount": int(shop_discount.sum()),
        "platform_discount": int(platform.sum()),
        "shipping": int(shipping.sum()),
        "paid": int(line_paid.sum()),
        "refunded": int(refunded.sum()),
        "pieces": int(pieces.sum()),
        "cancelled_orders": int((status == _CANCELLED).sum()),
        "refunded_orders": int((closed & (refund != NO_REFUND)).sum()),
        "cost": int((catalogue.cost.ravel()[product] * pieces).sum()),
        "festival_orders": int(festival.sum()),
    }
    return Sold(
        table,
        customer,
        placed,
        is_paid,
        valid,
        order_id,
        channel,
        sums,
        first_line,
        order,
        line_paid,
        refunded,
        product,
        pieces,
        paid_at,
        closed_at,
        cancelled,
        refund,
    )


def _refunded(
    line_paid: Ints,
    goods: Ints,
    order: Ints,
    is_first: Bools,
    lines_of: Ints,
    closed: Bools,
    cancelled: NDArray[np.int8],
    refund: NDArray[np.int8],
    chosen: Floats,
) -> Ints:
    """What each line gives back: all of it, or the goods of one line of the order."""
    line = np.arange(len(order)) - np.flatnonzero(is_first)[order]
    the_one = np.floor(chosen * lines_of).astype(np.int64)
    whole = closed & ((cancelled > 0) | (refund == WHOLE))
    one = closed & (refund != NO_REFUND) & (refund != WHOLE)
    part = np.where(one[order] & (line == the_one[order]), goods, 0)
    return np.where(whole[order], line_paid, part)


def _choose(
    world: World,
    catalogue: Catalogue,
    people: People,
    customer: Ints,
    number: Ints,
    category: Ints,
    random: Generator,
) -> tuple[Ints, Ints]:
    """The product of each line and its list price in fen."""
    uniform, which = random.random((2, len(category)))
    uniform = np.clip(uniform, 1e-12, 1 - 1e-12)
    noise = BAND_NOISE * np.log(uniform / (1 - uniform))
    score = Margins(world, catalogue).score(people.spend[customer], number) + noise
    band = (score > BAND_EDGES[0]).astype(np.int64) + (score > BAND_EDGES[1])
    within = np.searchsorted(catalogue.popularity, which, side="right")
    bands, places = catalogue.price.shape[1:]
    product = (category * bands + band) * places + within
    return product, catalogue.price.ravel()[product]


def _product_columns(world: World, catalogue: Catalogue, product: Ints) -> dict[str, pa.Array]:
    columns = catalogue.columns(world)
    per_category = catalogue.price[0].size
    return {
        "product_id": coded([str(one) for one in columns["product_id"]], product),
        "product_name": coded([str(one) for one in columns["product_name"]], product),
        "category": coded([one.zh for one in world.categories], product // per_category),
        "variant": coded(PACKS, product % catalogue.price.shape[2] % len(PACKS)),
    }
