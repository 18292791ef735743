"""The candidates app: the people we call and their call attempts."""

from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    """Registers nothing: the apps above connect themselves to this one."""

    name = "candidates"
