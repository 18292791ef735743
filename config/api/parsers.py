"""JSON in the bodies of requests, bounded."""

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """Answers 400 to JSON that would else end in a 500: nested too deep, or with half of a surrogate pair.

    The size is bounded by Django (DATA_UPLOAD_MAX_MEMORY_SIZE).
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        try:
            data = super().parse(stream, media_type, (parser_context or {}) | {"encoding": "utf-8"})
            json.dumps(data, ensure_ascii=False).encode()  # fails where MongoDB would fail to store it
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deep") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - half of a surrogate pair is no character") from error
        return data
