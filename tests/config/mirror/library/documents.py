"""A small library: authors write books, publishers print them, readers borrow them."""

from datetime import UTC, datetime
from enum import StrEnum

from mongoengine import (
    CASCADE,
    DENY,
    NULLIFY,
    BooleanField,
    DateTimeField,
    DictField,
    Document,
    EmailField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    FloatField,
    IntField,
    ListField,
    ReferenceField,
    StringField,
    ValidationError,
)

ALIAS = "library"


class LendingStatus(StrEnum):
    AVAILABLE = "available"
    ON_LOAN = "on_loan"
    LOST = "lost"


class Loan(EmbeddedDocument):
    meta = {"strict": True}

    reader = StringField(required=True, max_length=50)
    taken_at = DateTimeField(required=True)
    outcome = StringField(choices=["returned", "lost", "overdue"])
    days = IntField(min_value=0)


class Lending(EmbeddedDocument):
    """What became of the copies."""

    meta = {"strict": True}

    total_loans = IntField(default=0, min_value=0)
    max_loans = IntField(default=3, min_value=1, max_value=9)
    status = StringField(default="available", choices=[str(status) for status in LendingStatus])
    last_loan_at = DateTimeField()
    loans = EmbeddedDocumentListField(Loan, max_length=3)


class Prize(EmbeddedDocument):
    meta = {"strict": True}

    title = StringField(required=True)
    year = IntField(required=True, min_value=1900)
    shared = BooleanField(default=False)


class Author(Document):
    meta = {
        "db_alias": ALIAS,
        "collection": "authors",
        "strict": True,
        "ordering": ["name"],
        "indexes": ["name_words", ("name", "id"), {"fields": ["email"], "unique": True, "sparse": True}],
    }

    name = StringField(required=True, max_length=100)
    name_words = ListField(StringField())
    email = EmailField()
    born_at = DateTimeField()

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name_words = (self.name or "").lower().split()


class Publisher(Document):
    meta = {
        "db_alias": ALIAS,
        "collection": "publishers",
        "strict": True,
        "indexes": [{"fields": ["name", "city"], "unique": True}],
    }

    name = StringField(required=True)
    city = StringField(default="")

    def __str__(self) -> str:
        return self.name


class Book(Document):
    meta = {
        "db_alias": ALIAS,
        "collection": "books",
        "strict": True,
        "indexes": [
            ("-created_at", "-id"),
            ("lending.status", "-created_at", "-id"),
            ("title_folded", "id"),
            "author",
            ("publisher", "lending.status"),
            ("genre", "lending.status"),
            "in_print",
            "edition",
            "shelf",
            "lending.total_loans",
            {"fields": ["isbn"], "unique": True},
            {
                "fields": ["shelf"],
                "name": "one_book_on_loan_for_a_shelf",
                "unique": True,
                "partialFilterExpression": {"lending.status": "on_loan", "shelf": {"$exists": True}},
            },
        ],
    }

    title = StringField(required=True, max_length=200)
    title_folded = StringField()
    isbn = StringField(required=True, max_length=20, verbose_name="ISBN", help_text="Thirteen digits.")
    author = ReferenceField(Author, required=True, reverse_delete_rule=CASCADE)
    publisher = ReferenceField(Publisher, reverse_delete_rule=DENY)
    translator = ReferenceField(Author, reverse_delete_rule=NULLIFY)
    edition = IntField()
    shelf = StringField(max_length=10)
    genre = StringField(choices=["novel", "poetry", "essay"])
    tags = ListField(StringField(max_length=10))
    in_print = BooleanField(default=True)
    price = FloatField()
    summary = StringField(max_length=5000)
    more = DictField()
    prize = EmbeddedDocumentField(Prize)
    lending = EmbeddedDocumentField(Lending, default=Lending)
    created_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.title = (self.title or "").strip()
        self.title_folded = self.title.lower()
        if self.lending and self.lending.total_loans > self.lending.max_loans:
            message = "More loans than allowed."
            raise ValidationError(
                message, errors={"lending": ValidationError(message, errors={"total_loans": ValidationError(message)})}
            )
        if self.lending and any(loan.outcome == "lost" for loan in self.lending.loans) and self.in_print:
            raise ValidationError("A book in print cannot be lost.")
        if self.title == "Untitled":
            raise ValidationError("A book needs a title of its own.")
