"""The teller's routes, declared once: dispatch, bodies and description come from here.

>>> named("POST", "/v1/ledger/post")[0].name, named("GET", "/v1/ledger/entries/7")[1]
('ledger.post', '7')
>>> found("/v1/ledger/nothing")
()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regulars.ledger.command import (
    Capture,
    Command,
    Define,
    Expire,
    Floor,
    Hold,
    Note,
    Post,
    Release,
    Reverse,
    TakeBack,
    Void,
)

BODY_LIMIT = 64 << 10
"""Bytes of a body, unpacked."""

Method = Literal["GET", "POST", "DELETE"]


@dataclass(frozen=True, slots=True)
class Query:
    """A value that a question takes behind `?`."""

    name: str
    told: str
    is_number: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request.

    Attributes:
        name: by which worker and teller call it.
        method: GET, POST or DELETE.
        path: a template; only its last part can be `{…}`.
        summary: for the description.
        command: what it asks of the ledger, if it changes that.
        query: what may stand behind `?`.
        changes: whether it does something, under a key; else it only looks.
    """

    name: str
    method: Method
    path: str
    summary: str
    command: type[Command] | None = None
    query: tuple[Query, ...] = ()
    changes: bool = False


def _command(command: type[Command], summary: str) -> Route:
    name = str(command.__struct_config__.tag)
    path = f"/v1/ledger/{name}"
    return Route(f"ledger.{name}", "POST", path, summary, command, changes=True)


def _benefit(name: str, summary: str) -> Route:
    return Route(f"benefits.{name}", "POST", f"/v1/benefits/{name}", summary, changes=True)


def _benefits(name: str, path: str, summary: str, *query: Query) -> Route:
    return Route(f"benefits.{name}", "GET", f"/v1/benefits/{path}", summary, query=query)


_WHOSE = (
    Query("asset", "What.", is_required=True),
    Query("owner", "Whose.", is_required=True),
)

ROUTES: tuple[Route, ...] = (
    _command(Define, "Make an asset."),
    _command(Floor, "Say how far below zero an owner's available may fall."),
    _command(Note, "Put something down that moves nothing; makes assets."),
    _command(Post, "Move amounts at once; the legs of each asset sum to 0."),
    _command(Hold, "Set amounts aside until captured, voided or expired."),
    _command(Capture, "Move what was held, or a part of it; the rest is released."),
    _command(Void, "Release what was held."),
    _command(Reverse, "Take an entry back, or a part of it."),
    _command(TakeBack, "Take several entries back, or parts of them, and move amounts besides."),
    _command(Expire, "Take away what has expired."),
    _command(Release, "Void the holds that have expired."),
    Route(
        "ledger.balance", "GET", "/v1/ledger/balance", "What an owner has of an asset.",
        query=_WHOSE,
    ),
    Route(
        "ledger.statement", "GET", "/v1/ledger/statement",
        "What moved an owner's balance, the newest first.",
        query=(
            *_WHOSE,
            Query("before", "The cursor that came with the page before."),
            Query("limit", "Lines at most; 50 if not told, 1000 at most.", is_number=True),
        ),
    ),
    Route("ledger.entry", "GET", "/v1/ledger/entries/{n}", "An entry of the journal."),
    Route("ledger.head", "GET", "/v1/ledger/head", "How many entries, and the hash of the last."),
    _benefit("define", "Publish benefits.toml."),
    _benefit("issue", "Give a customer a coupon, a gift, or points."),
    _benefit("claim", "A customer takes a coupon, what a code is for, or a share of an envelope."),
    _benefit("take_back", "Take a coupon or gift back that was not used."),
    _benefit("codes", "Make codes of a coupon."),
    Route(
        "benefits.quote", "POST", "/v1/benefits/quote",
        "What a basket comes to with what the customer has, line by line.",
    ),
    _benefit("hold", "Set aside, at checkout, what an order uses."),
    _benefit("pay", "The order is paid: redeem what was held for it."),
    _benefit("cancel", "The order is not paid: free what was held for it."),
    _benefit("refund", "A paid order is given back, or a part: restore what it used."),
    _benefit("redeem", "Hold and pay in one, as at a counter."),
    _benefit("spend", "Spend points on something that is no order."),
    _benefit("envelope", "Fill a red envelope."),
    _benefit("address", "Where a gift is to go."),
    _benefit("send", "A gift was sent."),
    _benefit("receive", "A gift has arrived."),
    _benefit("join", "Stand on the leaderboard."),
    _benefit("leave", "Stand on the leaderboard no longer."),
    _benefits("card", "customers/{customer}", "All that a customer has."),
    _benefits("order", "orders/{order}", "How an order stands: held, paid, refunded."),
    _benefits("envelope_of", "envelopes/{envelope}", "How a red envelope stands."),
    _benefits(
        "statement", "statement", "What moved a customer's points, the newest first.",
        Query("customer", "Our number, or NAMESPACE:KEY.", is_required=True),
        Query("asset", "points if not told, or growth, money:CNY, coupon:NAME:VERSION…"),
        Query("before", "The cursor that came with the page before."),
        Query("limit", "Lines at most; 50 if not told, 1000 at most.", is_number=True),
    ),
    _benefits("liability", "liability", "What the shop owes in all, and expected breakage."),
    _benefits("budgets", "budgets", "What each budget has left, reserved and spent."),
    _benefits("terms", "terms", "All that is published."),
    _benefits(
        "leaderboard", "leaderboard", "Who has earned most, of those who chose to stand there.",
        Query("from", "The first day.", is_required=True),
        Query("to", "The last day.", is_required=True),
        Query("by", "points if not told, or growth."),
        Query("limit", "Ranks at most; 100 if not told.", is_number=True),
    ),
    Route("session.begin", "POST", "/v1/session", "Log in, as an operator."),
    Route("session.look", "GET", "/v1/session", "Who is logged in."),
    Route("session.end", "DELETE", "/v1/session", "Log out."),
)  # fmt: skip

BY_NAME: dict[str, Route] = {route.name: route for route in ROUTES}

_FIXED: dict[str, tuple[Route, ...]] = {}
_OPEN: dict[str, tuple[Route, ...]] = {}
for _route in ROUTES:
    _before, _, _last = _route.path.rpartition("/")
    _into, _place = (_OPEN, _before) if _last.startswith("{") else (_FIXED, _route.path)
    _into[_place] = (*_into.get(_place, ()), _route)


def found(path: str) -> tuple[Route, ...]:
    """The routes of a path, one for each method that it takes."""
    return _FIXED.get(path) or _OPEN.get(path.rpartition("/")[0], ())


def named(method: str, path: str) -> tuple[Route | None, str]:
    """The route that takes this, and what its variable part is."""
    for route in found(path):
        if route.method == method:
            return route, path.rpartition("/")[2] if route.path.endswith("}") else ""
    return None, ""
