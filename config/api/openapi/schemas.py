"""JSON Schemas of what the API takes and shows; those of responses are derived from serializers and documents."""

from typing import Any

from mongoengine import Document, EmbeddedDocument, EmbeddedDocumentField, EmbeddedDocumentListField, ObjectIdField
from mongoengine import ReferenceField as Reference
from mongoengine.base import BaseField
from rest_framework import serializers

from config import texts
from config.mongo.fields import LONGEST_EMAIL, LONGEST_LINE

Schema = dict[str, Any]

ID: Schema = {"type": "string", "format": "object-id", "pattern": "^[0-9a-fA-F]{24}$"}
TYPES: dict[type[serializers.Field], Schema] = {
    serializers.DateTimeField: {"type": "string", "format": "date-time"},
    serializers.BooleanField: {"type": "boolean"},
    serializers.IntegerField: {"type": "integer"},
    serializers.FloatField: {"type": "number"},
    serializers.CharField: {"type": "string"},
}

# What no text may hold, but for halves of surrogate pairs: the parser refuses a body with them before any field is read
FORBIDDEN = texts.CONTROL.replace("\ud800-\udfff", "") + texts.HIDDEN + texts.NONCHARACTERS
VISIBLE = f"[^\\s{FORBIDDEN}{texts.INVISIBLE}]"
ANY_LINE = f"^\\s*([^{FORBIDDEN}]*{VISIBLE}[^{FORBIDDEN}]*)?\\s*$"
FILLED_LINE = f"^\\s*([^{FORBIDDEN}]*{VISIBLE}[^{FORBIDDEN}]*)\\s*$"
LINES = f"^\\s*(([^{FORBIDDEN}]|\\t|\\n|\\r\\n)*[^\\s{FORBIDDEN}])?\\s*$"


def response_schema(serializer: type[serializers.Serializer], document: type[Document | EmbeddedDocument]) -> Schema:
    """Return the schema of what the serializer shows: every field always, null where the document has none."""
    fields = serializer().fields
    return {
        "type": "object",
        "description": (serializer.__doc__ or "").partition("\n")[0],
        "properties": {name: _field_schema(name, field, document) for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def _field_schema(name: str, field: serializers.Field, document: type[Document | EmbeddedDocument]) -> Schema:
    stored = document._fields.get((field.source or name).partition(".")[0])
    schema = _type_of(field, stored)
    if stored is None or name == "id" or stored.required or stored.default is not None:
        return schema
    return nullable(schema)


def _type_of(field: serializers.Field, stored: BaseField | None) -> Schema:
    if isinstance(field, serializers.ListSerializer) and isinstance(stored, EmbeddedDocumentListField):
        return {"type": "array", "items": response_schema(type(field.child), stored.field.document_type)}
    if isinstance(field, serializers.ListField):
        return {"type": "array", "items": _type_of(field.child, None)}
    if isinstance(field, serializers.Serializer) and isinstance(stored, EmbeddedDocumentField):
        return response_schema(type(field), stored.document_type)
    if isinstance(stored, ObjectIdField | Reference):
        return ID
    schema = next(schema for kind, schema in TYPES.items() if isinstance(field, kind))
    choices = getattr(stored, "choices", None) or ()
    known = [choice[0] if isinstance(choice, tuple) else choice for choice in choices]
    return schema | {"enum": known} if known else schema


def nullable(schema: Schema) -> Schema:
    if schema["type"] == "object":
        return {"anyOf": [schema, {"type": "null"}]}
    widened = schema | {"type": [schema["type"], "null"]}
    return widened | {"enum": [*schema["enum"], None]} if "enum" in schema else widened


def request_schema(properties: dict[str, Schema], *, required: tuple[str, ...] = (), description: str) -> Schema:
    """Return the schema of a body with these fields and no others."""
    schema = {"type": "object", "description": description, "properties": properties, "additionalProperties": False}
    return schema | {"required": list(required)} if required else schema


def page_schema(name: str) -> Schema:
    return {
        "type": "object",
        "properties": {"results": {"type": "array", "items": reference(name)}, "next": NEXT},
        "required": ["results", "next"],
        "additionalProperties": False,
    }


def reference(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


NEXT: Schema = {"type": ["string", "null"], "format": "uri", "description": "The following page; null: there is none."}
LINE: Schema = {"type": ["string", "null"], "maxLength": LONGEST_LINE, "pattern": ANY_LINE}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_LINE, "pattern": FILLED_LINE}
PHONE: Schema = {
    "type": "string",
    "format": "phone",
    "maxLength": 32,
    "description": "A possible number with its country code; blanks and punctuation are dropped.",
    "examples": ["+919876543210"],
}
EMAIL: Schema = {"type": "string", "format": "email", "maxLength": LONGEST_EMAIL, "examples": ["asha@example.com"]}
DATE_TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "description": "With its offset from UTC.",
    "examples": ["2030-11-25T10:00:00+05:30"],
}


def object_schema(properties: dict[str, Schema]) -> Schema:
    """Return the schema of an object that always has all of these fields, and no others."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
