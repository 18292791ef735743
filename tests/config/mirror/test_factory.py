from datetime import UTC, datetime

import mongoengine as me
import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models

from config.mirror import mirror
from config.mirror.fields import AnyField, ObjectIdField, WordsField
from tests.config.mirror.library.documents import ALIAS


class Box(me.EmbeddedDocument):
    size = me.IntField()
    inner = me.EmbeddedDocumentField("self")


class Everything(me.Document):
    """One field of each kind."""

    meta = {"db_alias": ALIAS, "collection": "everything", "ordering": ["-box.size"], "indexes": []}

    line = me.StringField(max_length=100, default="")
    long = me.StringField(max_length=1000)
    mail = me.EmailField()
    paired = me.StringField(choices=[("a", "The first"), ("b", "The second")])
    whole = me.IntField(min_value=1, max_value=5)
    real = me.FloatField()
    yes = me.BooleanField()
    moment = me.DateTimeField()
    other_id = me.ObjectIdField()
    words = me.ListField(me.StringField())
    numbers = me.ListField(me.IntField())
    table = me.DictField()
    box = me.EmbeddedDocumentField(Box, db_field="b")
    unmirrored = me.ReferenceField("Elsewhere")
    image = me.BinaryField()


class Coded(me.Document):
    """A document with a key of its own."""

    meta = {"db_alias": ALIAS, "collection": "coded"}

    code = me.StringField(primary_key=True, max_length=5)
    parent = me.ReferenceField("self", reverse_delete_rule=me.CASCADE)


class Animal(me.Document):
    meta = {"db_alias": ALIAS, "collection": "animals", "allow_inheritance": True}

    name = me.StringField()


class Dog(Animal):
    barks = me.BooleanField(default=True)


def made(document, **options):
    """Mirror a document for one test; the registry forgets the model after it."""
    return mirror(document, __name__, meta={"app_label": "library"}, **options)


@pytest.fixture(autouse=True)
def clean_registry():
    from django.apps import apps

    before = dict(apps.all_models["library"])
    yield
    apps.all_models["library"].clear()
    apps.all_models["library"].update(before)
    apps.clear_cache()


def test_each_kind_of_field_has_its_counterpart():
    kinds = {field.name: type(field) for field in made(Everything)._meta.fields}

    assert kinds == {
        "id": ObjectIdField,
        "line": models.CharField,
        "long": models.TextField,
        "mail": models.EmailField,
        "paired": models.CharField,
        "whole": models.BigIntegerField,
        "real": models.FloatField,
        "yes": models.BooleanField,
        "moment": models.DateTimeField,
        "other_id": ObjectIdField,
        "words": WordsField,
        "numbers": AnyField,
        "table": AnyField,
        "box_size": models.BigIntegerField,
        "box_inner": AnyField,
        "unmirrored": ObjectIdField,
    }


VALUES = {
    "line": "text",
    "long": "more text",
    "mail": "a@example.com",
    "paired": "b",
    "whole": 3,
    "real": 1.5,
    "yes": False,
    "moment": datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
    "other_id": "a" * 24,
    "words": ["one", "two"],
    "numbers": [1, 2],
    "table": {"a": 1},
    "box_size": 4,
}


@pytest.mark.parametrize("name", VALUES)
def test_value_is_kept_found_and_read_as_it_was_given(real_library, name):
    mirrored = made(Everything)
    instance = mirrored(**{name: VALUES[name]})
    Everything._get_collection().delete_many({})

    instance.full_clean()
    instance.save()

    assert getattr(mirrored.objects.get(), name) == VALUES[name]
    assert mirrored.objects.filter(**{name: VALUES[name]}).count() == 1
    assert mirrored.objects.filter(pk=instance.pk).update(**{name: VALUES[name]}) == 1
    assert getattr(mirrored.objects.get(), name) == VALUES[name]


def test_bounds_choices_and_words_come_along():
    meta = made(Everything)._meta

    assert meta.get_field("paired").choices == [("a", "The first"), ("b", "The second")]
    assert [validator.limit_value for validator in meta.get_field("whole").validators[:2]] == [1, 5]
    assert meta.get_field("line").get_default() == ""
    assert meta.get_field("box_size").column == "b.size"
    assert meta.ordering == ["-box_size"]


def test_library_field_wears_the_words_of_its_document(library):
    isbn = library.Book._meta.get_field("isbn")

    assert (isbn.verbose_name, isbn.help_text, isbn.unique) == ("ISBN", "Thirteen digits.", True)
    assert library.Publisher._meta.unique_together == (("name", "city"),)
    assert library.Book._meta.ordering == ["-pk"]


def test_document_with_its_own_key_and_a_reference_to_itself(library):
    coded = made(Coded)
    Coded._get_collection().delete_many({})
    root = coded.objects.create(code="root")
    leaf = coded(code="leaf", parent=root)
    leaf.full_clean()
    leaf.save()

    assert coded.objects.get(pk="leaf").parent == root
    assert [each.pk for each in coded.objects.filter(parent__code="root")] == ["leaf"]
    assert root.delete()[0] == 1
    assert not coded.objects.exists()


def test_subclass_sees_its_own_documents(library):
    Animal._get_collection().delete_many({})
    Animal(name="Tom").save()
    dogs = made(Dog)

    dogs.objects.create(name="Rex")

    assert [dog.name for dog in dogs.objects.all()] == ["Rex"]
    assert dogs.objects.count() == 1
    assert Dog.objects.get().barks


def test_unknown_names_are_refused():
    with pytest.raises(ImproperlyConfigured, match="The document has no lines"):
        made(Everything, folded=["lines"])


class Filed(me.Document):
    meta = {"db_alias": ALIAS}

    document = me.BooleanField()


def test_names_that_a_mirror_needs_itself_are_refused():
    with pytest.raises(ImproperlyConfigured, match="cannot have fields named document"):
        made(Filed)


class Timed(me.Document):
    meta = {"db_alias": ALIAS}

    day = me.DateField()


def test_type_of_field_that_no_row_stands_for_is_refused():
    with pytest.raises(ImproperlyConfigured, match="day is a DateField: give TABLE"):
        made(Timed)


class Clash(me.Document):
    meta = {"db_alias": ALIAS}

    box = me.EmbeddedDocumentField(Box)
    box_size = me.IntField()


class Underscored(me.Document):
    meta = {"db_alias": ALIAS}

    size_ = me.IntField()


def test_names_that_flatten_to_the_same_are_refused():
    with pytest.raises(ImproperlyConfigured, match="two fields that flatten to 'box_size'"):
        made(Clash)


def test_names_that_django_would_misread_are_refused():
    with pytest.raises(ImproperlyConfigured, match="two underscores"):
        made(Underscored)


def test_folding_is_the_documents_own(library):
    mirrored = made(Everything, folded={"line": lambda text: "".join(filter(str.isdigit, text))})
    Everything._get_collection().delete_many({})
    mirrored.objects.create(line="393331234567")

    assert mirrored.objects.filter(line__istartswith="+39 333").exists()
    assert mirrored.objects.filter(line__iexact="+39 333 123 4567").exists()
    assert not mirrored.objects.filter(line__istartswith="Ada").exists()


def test_any_field_reads_what_it_wrote():
    field = AnyField().formfield()
    value = {"at": datetime(2024, 1, 1, tzinfo=UTC), "n": [1, None]}

    assert field.clean(field.prepare_value(value)) == value


def test_words_are_typed_with_commas():
    field = WordsField(blank=True).formfield()

    assert field.clean(" a, b,,c ") == ["a", "b", "c"]
    assert field.clean("") == []
    assert WordsField().to_python("a, b") == ["a", "b"]


@pytest.mark.parametrize("value", ["no-id", 7, "z" * 24])
def test_no_id_is_no_id(value):
    with pytest.raises(ValidationError, match="is not a valid id"):
        ObjectIdField().to_python(value)
