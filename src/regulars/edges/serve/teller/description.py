"""The OpenAPI description of the teller's routes, made from the table that they are served by."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.app.benefits import asked
from regulars.edges.serve.teller.bodies import BODIES as COMMANDS
from regulars.edges.serve.teller.routes import BODY_LIMIT, ROUTES, Route
from regulars.edges.serve.teller.said import PHRASE
from regulars.edges.serve.teller.sessions import SessionBody
from regulars.ledger.command import MOST

BODIES: dict[str, type[msgspec.Struct]] = {
    **COMMANDS,
    **{f"benefits.{name}": kind for name, kind in asked.TYPES.items()},
    "benefits.quote": asked.Quote,
    "session.begin": SessionBody,
}
_REF = "#/components/schemas/{name}"
_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": MOST}
_INSTANT = {"type": "integer", "description": "UTC microseconds."}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _object(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **more},
        "additionalProperties": True,
    }


_LINE = _object(
    {"asset": _TEXT, "owner": _TEXT, "amount": _WHOLE, "balance": _WHOLE}, expires_at=_INSTANT
)
_LOT = _object({"balance": _WHOLE, "held": _WHOLE, "floor": {"type": ["integer", "null"]}})
_ANSWERS: dict[str, dict[str, Any]] = {
    "Receipt": _object(
        {"n": _WHOLE, "at": _INSTANT, "kind": _TEXT, "key": _TEXT, "lines": _list(_LINE)}
    ),
    "Balance": _object(
        {
            "asset": _TEXT, "owner": _TEXT, "balance": _WHOLE, "held": _WHOLE,
            "available": _WHOLE, "expired": _WHOLE, "lots": _list(_LOT),
        }
    ),
    "Statement": _object(
        {
            "asset": _TEXT, "owner": _TEXT, "before": {"type": ["string", "null"]},
            "lines": _list(_object(
                {"n": _WHOLE, "at": _INSTANT, "kind": _TEXT, "amount": _WHOLE, "balance": _WHOLE},
                expires_at=_INSTANT,
            )),
        }
    ),
    "Head": _object({"id": _TEXT, "n": _WHOLE, "hash": _TEXT, "at": _INSTANT}),
    "Session": _object({}),
    "BenefitDone": _object({"n": _WHOLE, "at": _INSTANT}),
    "BenefitsDefined": _object({"changes": _list(_object({}))}),
    "BenefitsQuoted": _object({"pay": _WHOLE, "saved": _WHOLE, "lines": _list(_object({}))}),
    "BenefitsFound": _object({}),
}  # fmt: skip
_ANSWER = {
    "ledger.balance": "Balance",
    "ledger.statement": "Statement",
    "ledger.entry": "Receipt",
    "ledger.head": "Head",
    "benefits.define": "BenefitsDefined",
    "benefits.quote": "BenefitsQuoted",
    "benefits.statement": "Statement",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A key of your own, new for each thing that is to be done. Asked again with the"
    " same key, the same comes back and nothing is done twice, however late; with another body it"
    " is a conflict.",
    "schema": {
        "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
}  # fmt: skip
SECURITY: dict[str, Any] = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "`regulars access key NAME`"},
    "session": {"type": "apiKey", "in": "cookie", "name": "regulars",
                "description": "Of an operator who has logged in; `__Host-regulars` through TLS."},
}  # fmt: skip
_REPLAYED = {
    "description": "`true` where it had been done before, under the same key.",
    "schema": {"type": "string"},
}
_AGAIN = {"description": "Seconds.", "schema": {"type": "integer"}}
_REFUSED = (400, 401, 403, 404, 408, 413, 415, 429, 503)


def paths() -> dict[str, Any]:
    """By path, what each method does."""
    found: dict[str, Any] = {}
    for route in ROUTES:
        found.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return found


def schemas() -> dict[str, Any]:
    """The bodies that routes take, and what they answer."""
    _, components = msgspec.json.schema_components(BODIES.values(), ref_template=_REF)
    return {**components, **_ANSWERS}


def _operation(route: Route) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": route.summary,
        "operationId": route.name.replace(".", "_"),
        "tags": [route.name.partition(".")[0]],
        "security": [{name: []} for name in SECURITY],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.name == "session.begin":
        told["security"] = []
    if route.name in BODIES:
        told["requestBody"] = {
            "required": True,
            "description": f"At most {BODY_LIMIT >> 10} KB. No field may stand there twice.",
            "content": {"application/json": {
                "schema": {"$ref": _REF.format(name=BODIES[route.name].__name__)}
            }},
        }  # fmt: skip
    return told


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if route.changes:
        found.append(_KEY)
    if route.path.endswith("}"):
        name = route.path.rpartition("{")[2].rstrip("}")
        text = {"type": "string", "minLength": 1, "maxLength": 255}
        kind = _NUMBER if name == "n" else text
        found.append({"name": name, "in": "path", "required": True, "schema": kind})
    for one in route.query:
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 120}
        if one.is_number:
            schema = {"type": "integer", "minimum": 1, "maximum": 1000}
        elif one.name == "before":
            schema = {"type": "string", "pattern": "^[0-9]{1,18}(,[0-9]{1,18})*$"}
        found.append({
            "name": one.name, "in": "query", "required": one.is_required,
            "description": one.told, "schema": schema,
        })  # fmt: skip
    return found


def _answer(route: Route) -> str:
    """The name of what a route answers where all is well."""
    if route.name.startswith("session."):
        return "Session"
    if route.name.startswith("benefits.") and route.name not in _ANSWER:
        return "BenefitDone" if route.changes else "BenefitsFound"
    return _ANSWER.get(route.name, "Receipt")


def _responses(route: Route) -> dict[str, Any]:
    name = _answer(route)
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    done = {"application/json": {"schema": {"$ref": _REF.format(name=name)}}}
    found: dict[str, Any] = {"200": {"description": PHRASE[200], "content": done}}
    if route.changes:
        found["200"]["headers"] = {"Idempotent-Replayed": _REPLAYED}
    more = (409, 422) if route.changes or route.name == "benefits.quote" else ()
    for status in (*_REFUSED, *more):
        found[str(status)] = {"description": PHRASE[status], "content": error}
        if status in (429, 503):
            found[str(status)]["headers"] = {"Retry-After": _AGAIN}
    return found
