"""Which route takes what from whom: one table, and the only place that says so.

A route that does not stand here is refused to everybody, and the tests fail while there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regulars.access.principal import ANYBODY, Principal
from regulars.errors import AccessRefused, FromElsewhere, NotKnown, Where

Rate = Literal["asks", "writes", "login", "intake", "free"]
"""Class of how often it may be asked (`limits.RATES`)."""
By = Literal["anybody", "ours", "send", "webhook", "principal"]
"""Who may ask: anybody; our own processes, through a socket that no client comes to; who has a
connection's write key, or a webhook's secret (judged by intake itself); or a key or session with
the scope."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one route.

    Attributes:
        by: who may ask.
        scope: that they need, where `by` is `principal`; empty where any principal may.
        changes: whether it changes something; a session then has to come from our own pages.
        rate: how often.
    """

    by: By
    scope: str = ""
    changes: bool = False
    rate: Rate = "asks"


_SEND = Policy("send", "events:write", changes=True, rate="intake")
_HOOK = Policy("webhook", changes=True, rate="intake")
_ANYBODY = Policy("anybody", rate="free")
_READ_LEDGER = Policy("principal", "ledger:read")
_WRITE_LEDGER = Policy("principal", "ledger:write", changes=True, rate="writes")
_READ_BENEFITS = Policy("principal", "benefits:read")
_QUOTE = Policy("principal", "benefits:read", rate="writes")
_WRITE_BENEFITS = Policy("principal", "benefits:write", changes=True, rate="writes")
_READ_CUSTOMERS = Policy("principal", "customers:read")

Route = tuple[str, str]
"""Method and template of the path."""

OURS = "/ours/"
"""Paths that begin so are asked by our own processes only; nothing passes them on."""

POLICY: dict[Route, Policy] = {
    ("GET", "/health"): _ANYBODY,
    ("GET", "/metrics"): _ANYBODY,
    ("GET", "/ours/number"): Policy("ours", rate="free"),
    ("GET", "/openapi.json"): _ANYBODY,
    ("GET", "/regulars.js"): _ANYBODY,
    ("POST", "/v1/m"): _ANYBODY,
    ("POST", "/v1/identify"): _SEND,
    ("POST", "/v1/track"): _SEND,
    ("POST", "/v1/page"): _SEND,
    ("POST", "/v1/screen"): _SEND,
    ("POST", "/v1/group"): _SEND,
    ("POST", "/v1/alias"): _SEND,
    ("POST", "/v1/batch"): _SEND,
    ("POST", "/v1/products"): _SEND,
    ("POST", "/v1/customers"): _SEND,
    ("POST", "/v1/spend"): _SEND,
    ("POST", "/v1/receipts"): _SEND,
    ("POST", "/v1/webhooks/{connection}"): _HOOK,
    ("GET", "/v1/customers/{customer}"): _READ_CUSTOMERS,
    ("GET", "/v1/customers/{customer}/timeline"): _READ_CUSTOMERS,
    ("POST", "/v1/ledger/define"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/floor"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/note"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/post"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/hold"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/capture"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/void"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/reverse"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/take_back"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/expire"): _WRITE_LEDGER,
    ("POST", "/v1/ledger/release"): _WRITE_LEDGER,
    ("GET", "/v1/ledger/balance"): _READ_LEDGER,
    ("GET", "/v1/ledger/statement"): _READ_LEDGER,
    ("GET", "/v1/ledger/entries/{n}"): _READ_LEDGER,
    ("GET", "/v1/ledger/head"): _READ_LEDGER,
    ("POST", "/v1/benefits/define"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/issue"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/claim"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/take_back"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/codes"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/hold"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/pay"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/cancel"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/refund"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/redeem"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/spend"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/envelope"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/address"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/send"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/receive"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/join"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/leave"): _WRITE_BENEFITS,
    ("POST", "/v1/benefits/quote"): _QUOTE,
    ("GET", "/v1/benefits/customers/{customer}"): _READ_BENEFITS,
    ("GET", "/v1/benefits/orders/{order}"): _READ_BENEFITS,
    ("GET", "/v1/benefits/envelopes/{envelope}"): _READ_BENEFITS,
    ("GET", "/v1/benefits/statement"): _READ_BENEFITS,
    ("GET", "/v1/benefits/liability"): _READ_BENEFITS,
    ("GET", "/v1/benefits/budgets"): _READ_BENEFITS,
    ("GET", "/v1/benefits/terms"): _READ_BENEFITS,
    ("GET", "/v1/benefits/leaderboard"): _READ_BENEFITS,
    ("POST", "/v1/session"): Policy("anybody", changes=True, rate="login"),
    ("GET", "/v1/session"): Policy("principal"),
    ("DELETE", "/v1/session"): Policy("principal", changes=True),
}
"""By method and template; an intake route's short names (`/v1/t`) are the same route."""


def authorise(
    principal: Principal, route: Route, *, origin: str = "", fetched_from: str = "", host: str = ""
) -> Policy:
    """Let the principal pass, or not; the route's policy comes back.

    Args:
        principal: who asks.
        route: what.
        origin: the header `Origin`.
        fetched_from: the header `Sec-Fetch-Site`.
        host: the header `Host`; where it is not known, `Sec-Fetch-Site` has to be there.

    Raises:
        NotKnown: the route needs somebody, and nobody is known.
        AccessRefused: they may not, or nobody may.
        FromElsewhere: a session's change was asked for by another site's page.
    """
    policy = POLICY.get(route)
    if policy is None or policy.by == "ours":
        raise AccessRefused(
            "nobody may do that: the route has no policy",
            where=Where(value=f"{route[0]} {route[1]}"),
            todo="see /openapi.json for the routes that there are",
        )
    if policy.by != "principal":
        return policy
    if principal is ANYBODY or principal.kind == "anybody":
        raise NotKnown(
            "there is no key and no session",
            todo="send a key as Authorization: Bearer KEY; make one with: regulars access key NAME",
        )
    if policy.scope and policy.scope not in principal.scopes:
        raise AccessRefused(
            f"this needs the scope {policy.scope}, which {principal.by} has not",
            todo=f"ask an owner: regulars access key NAME --scope {policy.scope}",
        )
    if policy.changes and principal.kind == "operator":
        check_origin(origin, fetched_from, host)
    return policy


def check_origin(origin: str, fetched_from: str, host: str) -> None:
    """A browser tells where a request comes from; what does not tell is not let through."""
    own = (f"http://{host}", f"https://{host}") if host else ()
    if fetched_from:
        is_ours = fetched_from == "same-origin" and (not (origin and own) or origin in own)
    elif origin and own:
        is_ours = origin in own
    else:
        raise FromElsewhere(
            "a session's change has to tell where it comes from",
            todo="send the header Sec-Fetch-Site, as browsers do; programs use a key",
        )
    if not is_ours:
        raise FromElsewhere(
            "a page of another site has asked for this",
            where=Where(column="Origin", value=origin or fetched_from),
            todo="use our own pages, or a key instead of a session",
        )
