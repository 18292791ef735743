"""Short ways to put authors, books and people on the stage."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User

from tests.config.mirror.library import documents

numbers = count(1)


def author(name: str = "Italo Calvino", **fields: Any) -> documents.Author:
    return documents.Author(name=name, **fields).save()


def publisher(name: str = "Einaudi", **fields: Any) -> documents.Publisher:
    return documents.Publisher(name=name, **fields).save()


def book(title: str = "Marcovaldo", **fields: Any) -> documents.Book:
    """Store a book, by an author of its own if none is given."""
    fields.setdefault("isbn", f"isbn-{next(numbers)}")
    if "author" not in fields:
        fields["author"] = author()
    return documents.Book(title=title, **fields).save()


def loan(reader: str = "Ada", day: int = 1, **fields: Any) -> documents.Loan:
    return documents.Loan(reader=reader, taken_at=at(2024, 5, day), **fields)


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def stored(document: Any) -> dict[str, Any]:
    return type(document)._get_collection().find_one({"_id": document.pk})


def person(username: str, *permissions: str) -> User:
    """Make somebody who may enter the admin and do these things, and nothing else."""
    user = User.objects.create_user(username, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="library", codename__in=permissions))
    return user
