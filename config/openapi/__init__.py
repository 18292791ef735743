"""The API's description of itself; it is put together when it is first asked for, so that no worker pays at start."""

from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response


@api_view(["GET"])
def describe_api(request: Request) -> Response:
    """Describe the API as OpenAPI 3.1."""
    from config.openapi.description import description

    return Response(description())
