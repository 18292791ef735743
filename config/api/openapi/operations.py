"""Operations as OpenAPI has them, and the parameters that operations of any app may have."""

from typing import Any

from config.api.openapi.responses import QUERY_ERRORS, responses
from config.api.openapi.schemas import ID, Schema, reference
from config.api.pagination import MAX_PAGE_SIZE, PAGE_SIZE


def parameter(name: str, schema: Schema, text: str, *, location: str = "query") -> dict[str, Any]:
    return {"name": name, "in": location, "required": location == "path", "description": text, "schema": schema}


AFTER = "The key of the last one of the page before; follow `next` instead of making one up."
PARAMETERS = {
    "Id": parameter("id", ID, "The document's id.", location="path"),
    "Limit": parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
        "How many are on a page.",
    ),
    "After": parameter("after", ID, AFTER),
    "AfterTime": parameter("after", {"type": "string", "format": "page-key"}, AFTER),
    "Format": parameter("format", {"enum": ["json", ""]}, "Answers JSON to whom the header Accept would get a page."),
}


def operation(name: str, summary: str, *answering: dict[int, Any], **more: Any) -> dict[str, Any]:
    """Return an operation; `answering` are its answers by status, `body` and `parameters` name components."""
    parameters = [reference(each, "parameters") for each in (*more.pop("parameters", ()), "Format")]
    body = more.pop("body", None)
    content = {"content": {"application/json": {"schema": reference(body)}}, "required": True}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        **({"requestBody": content} if body else {}),
        "responses": responses(*answering),
        **more,
    }


def list_operation(plural: str, name: str, *parameters: str) -> dict[str, Any]:
    """Return the operation that lists documents by pages."""
    order = "the first added first" if "After" in parameters else "the latest first"
    page = {200: (f"A page of {plural}, {order}", reference(f"{name}Page"))}
    return operation(f"list_{plural}", f"List {plural}, {order}", QUERY_ERRORS, page, parameters=("Limit", *parameters))


def detail_operation(thing: str, name: str, code: str) -> dict[str, Any]:
    """Return the operation that shows one document; `code` begins that of its 404."""
    found = {200: (f"The {thing}", reference(name)), 404: (f"There is no such {thing}", (f"{code}_not_found",))}
    return operation(f"get_{thing}", f"Show one {thing}", found, parameters=("Id",))


def not_found(thing: str) -> dict[int, Any]:
    return {404: (f"There is no such {thing}", (f"{thing}_not_found",))}
