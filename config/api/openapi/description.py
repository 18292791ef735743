"""The whole API as OpenAPI 3.1, put together of what each app describes of itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from config.api.openapi.operations import PARAMETERS, operation
from config.api.openapi.responses import ERROR
from config.api.openapi.schemas import Schema, reference

ABOUT = """Candidates, the calls to them, the times that interviewers offer and the interviews agreed on.

Every address is served with and without its trailing slash; `GET` answers `HEAD` too, and every address `OPTIONS`.
A browser gets the same as pages; `?format=json` shows it JSON. Times are UTC. Texts are trimmed."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one app describes: its operations by path and method, and the components that they refer to."""

    paths: dict[str, dict[str, Any]]
    schemas: dict[str, Schema]
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)


ROOT = Part(
    paths={
        "/api/": {"get": operation("list_addresses", "List the addresses", {200: ("Them", reference("Addresses"))})},
        "/api/openapi.json": {
            "get": operation("describe_api", "Describe the API: this", {200: ("OpenAPI 3.1", {"type": "object"})})
        },
    },
    schemas={
        "Error": ERROR,
        "Addresses": {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}},
    },
    parameters=PARAMETERS,
)

SECURITY_SCHEMES = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token `, then a token of a member of staff, as manage.py drf_create_token makes it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "Of a member of staff who signed in; what changes something needs the header X-CSRFToken too.",
    },
}


def describe(parts: Iterable[Part]) -> dict[str, Any]:
    """Return the description of the API that these parts make up."""
    every = [ROOT, *parts]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Callflow", "version": "1", "description": ABOUT},
        "paths": {path: operations for part in every for path, operations in part.paths.items()},
        "security": [{name: []} for name in SECURITY_SCHEMES],
        "components": {
            "schemas": {name: schema for part in every for name, schema in part.schemas.items()},
            "parameters": {name: parameter for part in every for name, parameter in part.parameters.items()},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }
