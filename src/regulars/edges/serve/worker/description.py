"""The OpenAPI description of all routes, made from the tables that they are served by."""

from __future__ import annotations

from typing import Any

from regulars import __version__
from regulars.edges.serve.teller import description as store
from regulars.edges.serve.worker.refusals import PHRASE
from regulars.edges.serve.worker.routes import ROUTES, WEBHOOK, WEBHOOKS, Body, Route

# No types below the top: a worker keeps whatever is JSON, and each message is judged by itself
# afterwards. A bad one is rejected with its reason; it costs none of the others.
_ID = {"description": "Text; a number is taken as its text."}
_OPEN = {"description": "An object; what is in it is kept."}
_TIME = {"description": "ISO 8601, or a Unix time."}
_KEY = {"description": "The write key, where no header can be set."}

_MESSAGE: dict[str, Any] = {
    "type": "object",
    "description": "A message of the Segment spec; what the spec does not know is kept too.",
    "properties": {
        "type": {"description": "In a batch: identify, track, page, screen, group or alias."},
        "messageId": {"description": "The same again is the same message, however late."},
        "userId": _ID,
        "anonymousId": _ID,
        "previousId": _ID,
        "groupId": _ID,
        "event": {"description": "What happened, for example Order Completed."},
        "name": {"description": "Of a page or screen."},
        "timestamp": _TIME,
        "sentAt": _TIME,
        "properties": _OPEN,
        "traits": _OPEN,
        "context": _OPEN,
        "writeKey": _KEY,
    },
    "additionalProperties": True,
}
_SCHEMAS: dict[str, Any] = {
    "message": _MESSAGE,
    "batch": {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {
                "type": "array",
                "description": "Messages; each is judged by itself.",
                "items": {},
            },
            "sentAt": _TIME,
            "context": _OPEN,
            "writeKey": _KEY,
        },
        "additionalProperties": True,
    },
    "records": {
        "type": "object",
        "description": "One record with our own columns, or a list of them under the route's name.",
        "additionalProperties": True,
    },
    "webhook": {
        "type": "object",
        "description": "The platform's own body.",
        "additionalProperties": True,
    },
    "kept": {
        "type": "object",
        "required": ["success"],
        "properties": {"success": {"const": True}},
    },
    "error": {
        "type": "object",
        "required": ["code", "message", "where", "todo"],
        "properties": {
            "code": {"type": "string", "description": "Stable, for programs."},
            "message": {"type": "string", "description": "What was wrong."},
            "where": {"type": "object", "additionalProperties": True},
            "todo": {"type": "string", "description": "What to do."},
        },
    },
}
_SECURITY = {
    "writeKeyAsUser": {
        "type": "http", "scheme": "basic", "description": "The write key as user name, no password."
    },
    "writeKeyAsToken": {"type": "http", "scheme": "bearer"},
}  # fmt: skip
_REFUSED = (400, 401, 403, 408, 413, 415, 503)


def description(owner: dict[str, Any] | None = None) -> dict[str, Any]:
    """The description of all routes of the server.

    Args:
        owner: the owner's own description, if it answers.
    """
    owner = owner or {}
    paths: dict[str, Any] = {**owner.get("paths", {}), **store.paths()}
    for route in ROUTES:
        for place, path in enumerate(route.paths):
            paths[path] = {
                **paths.get(path, {}),
                "post": _post(route, route.name if place == 0 else path),
            }
    for use, route in WEBHOOK.items():
        paths[f"{WEBHOOKS}{{{use}_connection}}"] = {"post": _webhook_post(route)}
    paths["/health"] = {"get": _health()}
    paths["/metrics"] = {"get": _metrics()}
    components = {name: dict(part) for name, part in owner.get("components", {}).items()}
    components["schemas"] = {**components.get("schemas", {}), **store.schemas(), **_SCHEMAS}
    components["securitySchemes"] = {
        **components.get("securitySchemes", {}), **store.SECURITY, **_SECURITY
    }  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Regulars",
            "version": __version__,
            "description": "Events and records in, customers' histories out; the book of record.",
        },
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _post(route: Route, name: str) -> dict[str, Any]:
    return {
        "summary": route.summary,
        "operationId": f"send {name}".replace("/v1/", "short ").replace(" ", "_"),
        "tags": ["intake"],
        "security": [{name: []} for name in _SECURITY],
        "requestBody": _body(route.body, route.limit),
        "responses": _responses(_REFUSED),
    }


def _webhook_post(route: Route) -> dict[str, Any]:
    return {
        "summary": route.summary,
        "operationId": f"webhook_of_{route.name}",
        "tags": ["webhooks"],
        "parameters": [
            {
                "name": f"{route.name}_connection",
                "in": "path",
                "required": True,
                "description": "The name of the connection (`regulars connect NAME`).",
                "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
            }
        ],
        "requestBody": _body(route.body, route.limit),
        "responses": _responses(_REFUSED),
    }


def _body(form: Body, limit: int) -> dict[str, Any]:
    schema = {"schema": {"$ref": f"#/components/schemas/{form}"}}
    return {
        "required": True,
        "description": f"At most {limit >> 10} KB, also when unpacked (gzip is taken).",
        "content": {"application/json": schema},
    }


def _responses(refused: tuple[int, ...]) -> dict[str, Any]:
    kept = {"application/json": {"schema": {"$ref": "#/components/schemas/kept"}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    found: dict[str, Any] = {"200": {"description": PHRASE[200], "content": kept}}
    for status in refused:
        found[str(status)] = {"description": PHRASE[status], "content": error}
    wait = {"description": "Seconds.", "schema": {"type": "integer"}}
    found["503"]["headers"] = {"Retry-After": wait}
    return found


def _health() -> dict[str, Any]:
    told = {"application/json": {"schema": {"type": "object", "additionalProperties": True}}}
    return {
        "summary": "Whether what comes in becomes durable, and the owner answers.",
        "operationId": "health",
        "tags": ["running"],
        "responses": {
            "200": {"description": "All is well.", "content": told},
            "503": {"description": "Something is not; it says what.", "content": told},
        },
    }


def _metrics() -> dict[str, Any]:
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "summary": "Counts for Prometheus.",
        "operationId": "metrics",
        "tags": ["running"],
        "responses": {"200": {"description": "Prometheus's text format.", "content": text}},
    }
