"""The addresses of the admin's pages that the pages of calls lead to, for those who may see them."""

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse


def named_url(site: AdminSite, name: str, *args: object) -> str:
    return reverse(f"{site.name}:{name}", args=args)


def may_see(site: AdminSite, request: HttpRequest, model: type[Model]) -> bool:
    owner = site._registry.get(model)
    return bool(owner and owner.has_view_or_change_permission(request))


def document_url(site: AdminSite, request: HttpRequest, model: type[Model], pk: object) -> str | None:
    """Return the address of a document's page, None for those who may not see it and where there is none."""
    if not pk or not may_see(site, request, model):
        return None
    return named_url(site, f"{model._meta.app_label}_{model._meta.model_name}_change", pk)
