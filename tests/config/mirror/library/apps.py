"""The library as an app; it is installed by conftest.py, under test alone."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "tests.config.mirror.library"
    label = "library"
