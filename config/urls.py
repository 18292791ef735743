"""Every address of the project."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from django.contrib import admin
from django.urls import include, path, re_path
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from calls import api as calls
from candidates import api as candidates
from candidates.suppression import api as suppression
from config.api.errors import no_such_address
from config.api.openapi.description import describe
from config.security.admin_site import shortcut
from interviews import api as interviews

# What each app describes of its own part of the API
OPENAPI_PARTS = ("candidates.openapi", "candidates.suppression.openapi", "interviews.openapi", "calls.openapi")


@cache
def api_description() -> dict[str, Any]:
    """Return the API as OpenAPI; asked again it is the same object, which nobody is to change.

    The parts are imported when it is first asked for, so that no worker pays for them at its start.
    """
    return describe(import_module(name).PART for name in OPENAPI_PARTS)


@api_view(["GET"])
def describe_api(request: Request) -> Response:
    """Describe the API as OpenAPI 3.1."""
    return Response(api_description())


class Router(DefaultRouter):
    """Serves the documents, and at its root the list of what it serves and where that is described."""

    include_format_suffixes = False  # ?format= says the same

    def get_api_root_view(self, api_urls: list[Any] | None = None) -> Callable[..., Any]:
        listed = {prefix: f"{basename}-list" for prefix, _, basename in self.registry}
        return self.APIRootView.as_view(api_root_dict=listed | {"dialling": "dialling", "openapi.json": "openapi"})


router = Router()
router.trailing_slash = "/?"  # a POST without it cannot be redirected
router.register("candidates", candidates.CandidateViewSet, basename="candidate")
router.register("suppression", suppression.SuppressionViewSet, basename="suppression")
router.register("calls", calls.CallViewSet, basename="call")
router.register("sessions", calls.SessionViewSet, basename="session")
router.register("slots", interviews.SlotViewSet, basename="slot")
router.register("interviews", interviews.InterviewViewSet, basename="interview")

urlpatterns = [
    path("twilio/", include("calls.webhooks")),  # first: a caller waits for it
    path("admin/r/<path:content_type_id>/<path:object_id>/", admin.site.admin_view(shortcut)),  # before Django's own
    path("admin/", admin.site.urls),
    path("api/openapi.json", describe_api, name="openapi"),
    re_path("^api/dialling/?$", calls.switch, name="dialling"),
    path("api/", include(router.urls)),
    path("api/<path:unknown>", no_such_address),
    path("api-auth/", include("rest_framework.urls")),
    path("phone/", include("calls.browser_phone.views")),
    path("list-candidates", candidates.list_candidates),
    path("make-actual-call", calls.make_actual_call),
    path("test-call", calls.test_call),
]
