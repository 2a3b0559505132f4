"""The application behind the owner's HTTP socket: a customer, a history, health and figures."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from regulars import __version__
from regulars.access.policy import OURS, Route
from regulars.app.identity import survivors_of
from regulars.edges.api.readers import Readers
from regulars.edges.api.rows import page_as_dict
from regulars.edges.api.shapes import (
    CustomerShape,
    ErrorShape,
    HealthShape,
    RewardingShape,
    TimelineShape,
)
from regulars.edges.api.statuses import AGAIN_SECONDS, status_of
from regulars.edges.serve.log import describe, log, places
from regulars.edges.serve.rewarding import figures_of
from regulars.edges.serve.worker.refusals import NoSuchRoute, WrongMethod
from regulars.errors import NotUnderstood, RegularsError, UnknownValue, Where
from regulars.timeline.history import MOST, history
from regulars.timeline.who import person_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from regulars.app.home import Home
    from regulars.edges.serve.keeper import Keeper
    from regulars.edges.serve.sessions import Sessions
    from regulars.intake.vault import Vault

_CUSTOMER = "Our number, or NAMESPACE:KEY, as in shop:1001, phone:13812345678, anonymous:shop:7f3a."
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorShape, "description": "A value that is none of those allowed."},
    401: {"model": ErrorShape, "description": "No key for reading, or a wrong one."},
    403: {"model": ErrorShape, "description": "A key that has not the scope customers:read."},
    404: {"model": ErrorShape, "description": "Nobody has this number or key."},
    503: {"model": ErrorShape, "description": "The warehouse is being made anew; ask again."},
}


class _Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content, enc_hook=float)


def api(home: Home, keeper: Keeper, vault: Vault, sessions: Sessions) -> FastAPI:
    """The application for a home.

    Args:
        home: of the shop.
        keeper: has the warehouse.
        vault: of the home.
        sessions: that there are.
    """
    from regulars.edges.api.figures import figures_text

    application = FastAPI(
        title="Regulars",
        version=__version__,
        summary="Events in, and what is known of customers.",
        docs_url=None,
        redoc_url=None,
        default_response_class=_Json,
    )
    _tell_errors(application)
    readers = Readers(home)

    @application.get(
        "/v1/customers/{customer:path}/timeline",
        response_model=TimelineShape,
        responses=_REFUSALS,
        dependencies=[Depends(_asks(readers, ("GET", "/v1/customers/{customer}/timeline")))],
        operation_id="timeline",
    )
    def timeline(
        customer: str,
        limit: Annotated[int, Query(ge=1, le=MOST, description="Rows at most.")] = 50,
        before: Annotated[
            str | None, Query(description="The cursor that came with the page before.")
        ] = None,
    ) -> Response:
        """One customer's history: events, orders and refunds, the newest first."""
        with keeper.reading() as warehouse:
            present = frozenset(warehouse.tables())
            person = person_of(warehouse, vault, customer, present)
            page = history(warehouse, home.settings, person, limit, before, present)
        return _Json(page_as_dict(page))

    @application.get(
        "/v1/customers/{customer:path}",
        response_model=CustomerShape,
        responses=_REFUSALS,
        dependencies=[Depends(_asks(readers, ("GET", "/v1/customers/{customer}")))],
        operation_id="customer",
    )
    def customer(customer: str) -> Response:
        """What is known of one customer."""
        from regulars.app.as_of import understood_as_of
        from regulars.edges.cli.output import plain, rows_of

        with keeper.reading() as warehouse:
            person = person_of(warehouse, vault, customer)
            try:
                as_of = understood_as_of(warehouse).isoformat()
                rows = rows_of(
                    warehouse.sql(
                        "SELECT * FROM people WHERE customer_id = ?", [person.customer_id]
                    )
                )
            except NotUnderstood:
                as_of, rows = None, []
        return _Json(
            {
                "customer_id": person.customer_id,
                "merged": list(person.numbers[1:]),
                "as_of": as_of,
                "profile": plain(rows[0]) if rows else None,
            }
        )

    @application.get(OURS + "number", include_in_schema=False)
    def number(id: str) -> Response:  # noqa: A002 - the word of the question
        """Our number of a customer, for the teller, who has no warehouse."""
        with keeper.reading() as warehouse:
            return _Json({"customer_id": person_of(warehouse, vault, id).customer_id})

    @application.get(OURS + "survivors", include_in_schema=False)
    def survivors(known: str = "") -> Response:
        """Whose the numbers are that are another one's by now; nothing where that is known."""
        with keeper.reading() as warehouse:
            return _Json(survivors_of(warehouse, known))

    @application.get("/health", response_model=HealthShape, operation_id="health")
    def health() -> Response:
        """Whether the owner absorbs what comes in, and answers."""
        reasons = [reason for reason in (keeper.figures.failing,) if reason]
        if keeper.is_lent:
            reasons.append("the warehouse is being made anew; what comes in waits")
        told: dict[str, Any] = {
            "status": "failing" if reasons else "ok",
            "reasons": reasons,
            "backlog_bytes": keeper.backlog(),
            "inbox_bytes": keeper.inbox_bytes(),
            "sessions": len(sessions),
        }
        if (rewarding := figures_of(home.running)) is not None:
            told["rewarding"] = {
                name: getattr(rewarding, name) for name in RewardingShape.model_fields
            }
        return _Json(told, status_code=503 if reasons else 200)

    @application.get("/metrics", operation_id="metrics", include_in_schema=False)
    def metrics() -> Response:
        """The owner's figures for Prometheus."""
        return Response(figures_text(keeper, sessions), media_type="text/plain; version=0.0.4")

    return application


def _asks(readers: Readers, route: Route) -> Callable[..., None]:
    def allowed(authorization: Annotated[str, Header(include_in_schema=False)] = "") -> None:
        readers.check(authorization.encode("latin-1", "replace"), route)

    return allowed


def _tell_errors(application: FastAPI) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # told below, as one line

    @application.exception_handler(RegularsError)
    async def _(_request: Request, error: RegularsError) -> Response:
        status = status_of(error)
        headers = {}
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="regulars"'
        if status == 503:
            headers["Retry-After"] = str(AGAIN_SECONDS)
        if status == 500:
            log("owner", "a question failed", "error", code=error.code, message=error.message)
        return _Json(error.as_dict(), status_code=status, headers=headers)

    @application.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        told = UnknownValue(
            f"{name} cannot be this: {str(first['msg']).lower()}",
            where=Where(column=name, value=str(first.get("input"))),
        )
        return _Json(told.as_dict(), status_code=400)

    @application.exception_handler(HTTPException)
    async def _(_request: Request, error: HTTPException) -> Response:
        told: RegularsError
        if error.status_code == 405:
            told = WrongMethod("this route takes another method", todo="see /openapi.json")
        else:
            told = NoSuchRoute("there is no such route", todo="see /openapi.json")
        return _Json(told.as_dict(), status_code=error.status_code, headers=error.headers)

    @application.exception_handler(Exception)
    async def _(_request: Request, error: Exception) -> Response:
        log("owner", "a question failed", "error", error=describe(error), at_lines=places(error))
        told = {
            "code": "error",
            "message": "this went wrong; the server's log tells more",
            "where": {},
            "todo": "",
        }
        return _Json(told, status_code=500)
