"""Three views of the admin's site that fail with 500 at odd addresses as Django and its skin have them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.contenttypes import views as contenttypes
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import InvalidPage
from django.db.models import Field
from django.http import Http404, HttpRequest, HttpResponse
from unfold.sites import UnfoldAdminSite


class FieldChoicesView(AutocompleteJsonView):
    """Django's choices for a field. Django's own view fails where the other side of a relation is named."""

    admin_site = admin.site

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Field, str]:
        """Read what is asked. :raises PermissionDenied: it is no field."""
        asked = super().process_request(request)
        if not isinstance(asked[2], Field):
            raise PermissionDenied
        return asked


def search(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Search the names of pages, as the skin does. :raises Http404: there is no such page of what was found."""
    try:
        return UnfoldAdminSite.search(admin.site, request, extra_context)
    except InvalidPage as error:
        raise Http404 from error


def shortcut(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
    """Lead to what a type and an id name, as Django does. :raises Http404: there is none, or it is no id."""
    try:
        return contenttypes.shortcut(request, content_type_id, object_id)
    except ValidationError as error:  # Django's own view catches a ValueError alone
        raise Http404 from error


def use_safe_views() -> None:
    """Put these in the place of the site's own views. To be called before the site's URLs are asked for."""
    admin.site.autocomplete_view = FieldChoicesView.as_view()
    admin.site.search = search
