"""The responses of operations: the one form of error, and the errors that every endpoint may answer with."""

from typing import Any

from config.api.openapi.schemas import Schema, reference

ERROR: Schema = {
    "type": "object",
    "description": "Why the request was not granted: the code is for programs, the message says what to do.",
    "properties": {
        "status": {"const": "error"},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "message": {"type": "string"},
        "errors": {"type": "object", "description": "What is wrong, by the name of the field or parameter."},
        "attempts": {"type": "integer", "description": "How often the candidate was called."},
        "max_attempts": {"type": "integer", "description": "How often the candidate may be called."},
        "error_code": {"type": ["integer", "null"], "description": "The phone service's own code."},
    },
    "required": ["status", "code", "message"],
    "additionalProperties": False,
}
SECONDS: Schema = {"type": "integer", "minimum": 0}

# By status: what it means, and the codes that the error may have. Any endpoint may answer these
COMMON_ERRORS: dict[int, tuple[str, tuple[str, ...]]] = {
    401: ("No member of staff", ("not_authenticated", "authentication_failed")),
    403: ("Not allowed to this member of staff, or without the CSRF token", ("permission_denied", "forbidden")),
    404: ("There is no such format", ("not_found",)),
    406: ("The header Accept names nothing that can be answered", ("not_acceptable",)),
    429: ("Too many requests", ("throttled",)),
    500: ("Something went wrong on our side; it is logged", ("server_error",)),
    503: ("The database cannot be reached now", ("database_unavailable",)),
}
# Where the query string says what is wanted
QUERY_ERRORS: dict[int, tuple[str, tuple[str, ...]]] = {400: ("A parameter is not as it must be", ("invalid",))}
# Where a body is read
BODY_ERRORS: dict[int, tuple[str, tuple[str, ...]]] = {
    400: ("A field is not as it must be, or the body is no JSON", ("invalid", "parse_error")),
    413: ("The body is too large", ("body_too_large",)),
    415: ("The body is not application/json", ("unsupported_media_type",)),
}
REQUIRED_HEADERS: dict[int, dict[str, Schema]] = {
    401: {"WWW-Authenticate": {"type": "string"}},
    429: {"Retry-After": SECONDS},
}
OPTIONAL_HEADERS: dict[int, dict[str, Schema]] = {503: {"Retry-After": SECONDS}}


def responses(*given: dict[int, Any]) -> dict[str, Any]:
    """Return the responses of an operation by status code: of errors the codes of all that is given are joined."""
    errors: dict[int, tuple[str, tuple[str, ...]]] = {}
    successes = {}
    for by_status in (COMMON_ERRORS, *given):
        for status, (text, content) in by_status.items():
            if status < 400:
                successes[str(status)] = _success(text, content)
            else:
                errors[status] = (text, errors.get(status, ("", ()))[1] + content)
    return successes | {str(status): _error(status, *errors[status]) for status in sorted(errors)}


def _success(text: str, schema: Schema | None) -> dict[str, Any]:
    return {"description": text} | ({"content": {"application/json": {"schema": schema}}} if schema else {})


def _error(status: int, text: str, codes: tuple[str, ...]) -> dict[str, Any]:
    schema = {"allOf": [reference("Error"), {"properties": {"code": {"enum": list(dict.fromkeys(codes))}}}]}
    response = {"description": text, "content": {"application/json": {"schema": schema}}}
    headers = {
        name: {"schema": schema, "required": is_required}
        for by_status, is_required in ((REQUIRED_HEADERS, True), (OPTIONAL_HEADERS, False))
        for name, schema in by_status.get(status, {}).items()
    }
    return response | ({"headers": headers} if headers else {})
