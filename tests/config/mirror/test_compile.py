import re

import pytest
from django.db.models import Q

from tests.config.mirror.library.models import Book

GENRES = {
    "one value": (Q(genre="novel"), {"genre": "novel"}),
    "not one value": (~Q(genre="novel"), {"genre": {"$ne": "novel"}}),
    "neither of two": (~Q(genre__in=["novel", "essay"]), {"genre": {"$nin": ["novel", "essay"]}}),
    "twice not": (~~Q(genre="novel"), {"genre": "novel"}),
    "twice not both": (~~Q(genre="novel", shelf="A"), {"genre": "novel", "shelf": "A"}),
    "not neither": (
        ~(~Q(genre="novel") & ~Q(shelf__in=["A"])),
        {"$nor": [{"genre": {"$ne": "novel"}, "shelf": {"$nin": ["A"]}}]},
    ),
    "not none of some": (~(~Q(shelf__in=["A"])), {"shelf": {"$in": ["A"]}}),
    "there": (~Q(genre=None), {"genre": {"$ne": None}}),
    "one of two fields": (Q(genre="novel") | Q(shelf="A"), {"$or": [{"genre": "novel"}, {"shelf": "A"}]}),
    "neither field": (~(Q(genre="novel") | Q(shelf="A")), {"genre": {"$ne": "novel"}, "shelf": {"$ne": "A"}}),
    "not both": (~Q(genre="novel", shelf="A"), {"$nor": [{"genre": "novel", "shelf": "A"}]}),
    "one of three": (
        Q(genre="novel") | (Q(shelf="A") | Q(edition=1)),
        {"$or": [{"genre": "novel"}, {"shelf": "A"}, {"edition": 1}]},
    ),
    "anything": (Q() | Q(), {}),
    "two bounds": (
        Q(edition__gte=1, edition__lt=3),
        {"$and": [{"edition": {"$gte": 1}}, {"edition": {"$lt": 3}}]},
    ),
    "embedded": (Q(lending_status="lost"), {"lending.status": "lost"}),
    "inside rows": (Q(lending_loans__reader="Ada"), {"lending.loans.reader": "Ada"}),
    "beginning of a folded text": (
        Q(title_folded__istartswith="Il S"),
        {"title_folded": {"$regex": "^" + re.escape("il s")}},
    ),
    "a folded text": (Q(title_folded__iexact="Il S"), {"title_folded": "il s"}),
    "beginning of another text": (Q(title__istartswith="Il"), {"title": {"$regex": "^Il", "$options": "i"}}),
}


@pytest.mark.parametrize(("condition", "spec"), GENRES.values(), ids=GENRES)
def test_condition_becomes_a_filter_that_an_index_can_serve(library, condition, spec):
    assert Book.objects.filter(condition).spec() == spec


def test_plan_can_be_asked_for(real_library):
    plan = Book.objects.filter(genre="novel").order_by().explain()

    assert plan["queryPlanner"]["winningPlan"]["inputStage"]["stage"] == "IXSCAN"


def test_no_id_matches_nothing(library):
    assert Book.objects.none().spec() == {"_id": {"$in": []}}


def test_same_documents_are_asked_for_once(library):
    inner = Book.objects.filter(genre="novel")

    assert Book.objects.filter(pk__in=inner).spec() == {"genre": "novel"}


def test_settled_queryset_asks_for_related_documents_no_more(library, monkeypatch):
    books = Book.objects.filter(author__name="Nobody").settled()
    monkeypatch.setattr("config.mirror.compile.Compiler._up", None)

    assert books.filter(genre="novel").spec() == {"author": {"$in": []}, "genre": "novel"}
