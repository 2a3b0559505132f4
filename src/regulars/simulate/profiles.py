"""What the shop knows of its customers, and to whom parcels go."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa

from regulars.simulate.columns import DAY, coded, day_column, digits, instants, masked
from regulars.simulate.people import PLACES, People
from regulars.simulate.rhythm import Bools, Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

FIRST_CUSTOMER = 10_000_001
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹"
_GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋",
    "勇", "艳", "杰", "娟", "涛", "明", "超", "秀兰", "霞", "平",
    "刚", "桂英", "文", "华", "晨", "雨桐", "子涵", "欣怡", "浩然", "梓萱",
    "一诺", "思远", "嘉怡", "俊杰", "佳琪", "宇航", "雅婷", "志强", "建国", "玉梅",
)  # fmt: skip
_PROVINCES = tuple(dict.fromkeys(name for name, *_ in PLACES))
_PROVINCE_OF = np.array([_PROVINCES.index(name) for name, *_ in PLACES])
_STRIDE = 7919
"""A prime that spreads neighbours' names."""
_MOST_OTHERS = 3
_WOMEN = 0.64
_PROFILE_KNOWN = 0.7


def customer_ids(people: People) -> pa.Array:
    """The shop's numbers of the block's customers, as text."""
    return digits(FIRST_CUSTOMER + people.first + np.arange(len(people)))


@cache
def recipient_names() -> pa.Array:
    """All names that there are."""
    return pa.array([surname + given for given in _GIVEN for surname in _SURNAMES], pa.string())


def _name_codes(number: Ints) -> Ints:
    return np.asarray(number * _STRIDE % (len(_SURNAMES) * len(_GIVEN)), dtype=np.int64)


def recipient_codes(people: People, customer: Ints, for_another: Bools, draw: Floats) -> Ints:
    """Whose name stands on each order's parcel: the buyer's, or that of one of a few others.

    Args:
        people: the block.
        customer: the buyer of each order.
        for_another: whether the order is for somebody else.
        draw: from 0 to 1 where it is; chooses whom, households of one knowing fewer.
    """
    others = np.minimum(people.size[customer], _MOST_OTHERS)
    who = 1 + np.floor(np.minimum(draw, 0.999) * others).astype(np.int64)
    shift = np.where(for_another, who, 0)
    return _name_codes(people.first + customer + shift * 100_003)


def place_columns(place: Ints) -> dict[str, pa.Array]:
    """Province and city of each place."""
    return {
        "province": coded(_PROVINCES, _PROVINCE_OF[place]),
        "city": coded([city for _, city, *_ in PLACES], place),
    }


def customer_table(world: World, people: People, seed: int, block: int, start: date) -> pa.Table:
    """The rows of a customers file."""
    random = stream(seed, "profiles", block)
    n = len(people)
    known, woman, age, wait = random.random((4, n))
    women = woman < _WOMEN
    # Parents of a baby are young; everybody else between 19 and 68, most below 45.
    years = np.where(people.baby, 24 + 14 * age, 19 + 49 * age**1.7)
    born = np.floor(-years * 365.25).astype(np.int64)
    # Many register on the day of their first order, some look around for weeks.
    registered = np.maximum(np.floor(people.arrives) * DAY - np.floor(20 * DAY * wait**6), 0)
    codes = np.arange(n)
    told = known < _PROFILE_KNOWN
    return pa.table(
        {
            "customer_id": customer_ids(people),
            "name": coded(recipient_names(), _name_codes(people.first + codes)),
            "registered_at": instants(registered, start),
            "gender": coded(["女", "男"], np.where(told, np.where(women, 0, 1), -1)),
            "birth_date": masked(day_column(born, start), told),
            **place_columns(people.place),
            "source": coded([one.name for one in world.channels], people.channel),
        }
    )
