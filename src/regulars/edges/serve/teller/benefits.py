"""The routes of benefits: bodies become deeds, and what comes of them is told.

What has to be looked up first (a customer by the shop's own id) is looked up on a thread of its
own; what needs no look-up goes to the ledger's writer at once, to share its commits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from regulars.access.limits import Rates
from regulars.app.benefits import asked
from regulars.app.benefits.doing import Doing
from regulars.app.benefits.questions import Questions
from regulars.edges.serve.teller.bodies import key_of, query_of, read_body
from regulars.edges.serve.teller.frames import Request
from regulars.edges.serve.teller.routes import Route
from regulars.edges.serve.teller.said import Done, Outcome
from regulars.errors import KeyConflict, RegularsError, UnknownValue, WrongCode
from regulars.kernel.clock import parse_date
from regulars.ledger.receipt import Receipt

Answered = Callable[[Outcome], None]

_DECODERS = {
    f"benefits.{name}": msgspec.json.Decoder(kind).decode for name, kind in asked.TYPES.items()
}
_QUOTE = msgspec.json.Decoder(asked.Quote).decode
_SLOW = (asked.Define, asked.Redeem, asked.Address)
"""These wait for something, whoever the customer is."""


class Benefits:
    """Answers the routes of benefits.

    Args:
        doing: does what changes something.
        questions: answers what changes nothing.
        rates: how often codes may be tried.
    """

    def __init__(self, doing: Doing, questions: Questions, rates: Rates) -> None:
        self._doing = doing
        self._questions = questions
        self._rates = rates

    def read(self, route: Route, request: Request) -> tuple[asked.Asked, str]:
        """The body of a request that changes something, and its key.

        Raises:
            MalformedBody: there is no key, or the body is not the one that the route takes.
            UnknownValue: something stands behind `?`.
        """
        query_of(route, request.query)
        key = key_of(request.key)
        what: asked.Asked = read_body(request.body, _DECODERS[route.name])
        return what, key

    def is_quick(self, what: asked.Asked) -> bool:
        """Whether nothing has to be waited for before it goes to the writer."""
        told = [getattr(what, "customer", None), getattr(what, "from_customer", None)]
        told += getattr(what, "audience", None) or ()
        return not isinstance(what, _SLOW) and not any(isinstance(one, str) for one in told)

    def do(self, what: asked.Asked, key: str, by: str, answered: Answered) -> None:
        """Have it done; the answer is told from the writer's thread, or from this one.

        Raises:
            RegularsError: it makes no sense, or too many codes were tried.
        """
        if isinstance(what, asked.Define):
            found, replayed = self._doing.define(what, key, by)
            answered(Done(found, replayed=replayed))
            return
        is_guess = isinstance(what, asked.Claim) and not what.coupon
        if isinstance(what, asked.Claim) and is_guess:
            self._rates.check_code(str(what.customer), by)
        rest = self._doing.begin(what, key, by)

        def told(answer: Receipt | RegularsError) -> None:
            if isinstance(answer, Receipt):
                whole = self._doing.told(rest, key, by, answer)
                answered(Done(whole, replayed=answer.replayed))
                return
            if is_guess and isinstance(answer, WrongCode):
                self._rates.was_wrong(by)
            answered(answer)

        ways = self._doing.ways(rest, key, by)

        def ask(place: int, conflict: RegularsError | None = None) -> None:
            """Of a key that was used otherwise, in the ways that are left: none does anything."""

            def heard(answer: Receipt | RegularsError) -> None:
                if not isinstance(answer, KeyConflict):
                    told(answer)
                elif place + 1 < len(ways):
                    ask(place + 1, conflict or answer)
                else:
                    told(conflict or answer)

            self._doing.ledger.submit(ways[place], by, heard)

        ask(0)

    def look(self, route: Route, request: Request) -> dict[str, Any]:
        """The answer to a question."""
        told = query_of(route, request.query)
        asks, last = self._questions, request.parameter
        match route.name.removeprefix("benefits."):
            case "quote":
                what: asked.Quote = read_body(request.body, _QUOTE)
                return asks.quote(what).as_dict()
            case "card":
                return asks.card(last)
            case "order":
                return asks.order(last)
            case "envelope_of":
                return asks.envelope(last)
            case "statement":
                return asks.statement(told.pop("customer"), **told).as_dict()
            case "liability":
                return asks.liability()
            case "budgets":
                return {"budgets": asks.budgets()}
            case "terms":
                return {"terms": asks.terms()}
            case "leaderboard":
                days = parse_date(told.pop("from")), parse_date(told.pop("to"))
                return {"places": asks.leaderboard(*days, **told)}
        raise UnknownValue.of("route", route.name, [])
