from django.apps import apps
from django.core.management import call_command
from django.db import connection

from config.mirror.model import MirrorModel


def test_mirrors_make_no_table(db):
    mirrors = [model for model in apps.get_models() if issubclass(model, MirrorModel)]

    tables = set(connection.introspection.table_names())

    assert mirrors
    assert tables.isdisjoint(model._meta.db_table for model in mirrors)


def test_mirrors_need_no_migration(db, capsys):
    call_command("makemigrations", check=True, dry_run=True)

    assert "No changes detected" in capsys.readouterr().out


def test_mirrors_pass_djangos_checks(db):
    call_command("check", "library", fail_level="WARNING")
