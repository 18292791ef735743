"""The pages of the library's admin."""

from django.urls import path

from tests.config.mirror.library.admin import site

urlpatterns = [path("admin/", site.urls)]
