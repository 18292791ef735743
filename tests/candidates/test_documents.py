from collections.abc import Iterator

import mongomock
import pytest
from bson import ObjectId
from django.conf import settings as project
from mongoengine import FieldDoesNotExist, ValidationError, connect, disconnect
from mongoengine.context_managers import switch_db
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from candidates.documents import CallAttempt, CallTracking, Candidate, Outcome
from candidates.search import folded
from config.mongo.ids import object_id
from tests.factories import ASHA, NOW, a_candidate, a_phone, an_attempt

ADDED = {"created_at": NOW, "updated_at": NOW}


@pytest.fixture
def candidate_store() -> Iterator[type[Candidate]]:
    """Return the document on mongomock: what it keeps, without a server."""
    options = {"tz_aware": True, "uuidRepresentation": "standard"}
    connect("kept", alias="kept", mongo_client_class=mongomock.MongoClient, **options)
    with switch_db(Candidate, "kept") as document:
        yield document
    disconnect("kept")


def asha(**fields: object) -> Candidate:
    return Candidate(**ASHA | ADDED | fields)


def validation_errors(candidate: Candidate) -> dict[str, object]:
    with pytest.raises(ValidationError) as refused:
        candidate.validate(clean=True)
    return refused.value.to_dict()


def test_a_new_candidate_is_active_and_was_never_called(candidate_store: type[Candidate]) -> None:
    asha().save()

    tracking = candidate_store.objects.get().call_tracking
    assert (tracking.status, tracking.total_attempts, tracking.max_attempts) == ("active", 0, 3)
    assert tracking.call_history == []
    assert tracking.can_call_again


def test_the_limit_comes_from_the_settings(candidate_store: type[Candidate], settings) -> None:
    settings.MAX_ATTEMPTS = 5

    asha().save()

    assert candidate_store.objects.get().call_tracking.max_attempts == 5


def test_what_is_kept_is_what_was_given(candidate_store: type[Candidate]) -> None:
    given = {"time_zone": "Asia/Dubai", "language": "hi-IN", "tags": ["urgent", "हिन्दी"], "notes": "Line\n\tand line"}

    asha(**given).save()

    found = candidate_store.objects.get()
    assert {name: getattr(found, name) for name in given} == given
    assert found.created_at == NOW


def test_texts_are_trimmed_and_the_phone_written_as_e164(candidate_store: type[Candidate]) -> None:
    asha(name=" Asha Rao\n", email=" asha@example.com ", phone=" +91 98765-43210 ").save()

    found = candidate_store.objects.get()
    assert (found.name, found.email, found.phone) == ("Asha Rao", "asha@example.com", "+919876543210")


def test_the_zone_and_language_are_the_phones_where_none_is_given(candidate_store: type[Candidate]) -> None:
    asha(phone="+442079460123").save()

    found = candidate_store.objects.get()
    assert (found.time_zone, found.language) == ("Europe/London", "en-GB")


def test_a_phone_without_a_zone_gets_the_projects(candidate_store: type[Candidate]) -> None:
    asha(phone="+447700900001").save()

    assert candidate_store.objects.get().time_zone == project.TIME_ZONE


def test_the_attempts_lie_on_the_candidates_document(candidate_store: type[Candidate]) -> None:
    attempt = CallAttempt(number=1, session_id=ObjectId(), initiated_at=NOW, outcome=Outcome.PLACING)

    asha(call_tracking=CallTracking(total_attempts=1, call_history=[attempt])).save()

    stored = candidate_store._get_collection().find_one({})
    assert stored["call_tracking"]["call_history"] == [
        {"number": 1, "session_id": attempt.session_id, "initiated_at": NOW, "outcome": "placing"}
    ]


def test_a_field_that_nobody_declared_is_not_kept() -> None:
    with pytest.raises(FieldDoesNotExist):
        asha(salary=1)


@pytest.mark.parametrize("field", ["name", "phone", "email"])
def test_a_candidate_has_a_name_a_phone_and_an_email(field: str) -> None:
    assert validation_errors(asha(**{field: None})) == {field: "Field is required"}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "   ", "Must have from 1 to 200 characters; this has 0."),
        ("name", "x" * 5000, "Must have from 1 to 200 characters; this has 5000."),
        ("name", 5, "StringField only accepts string values"),
        ("phone", "", "Write the phone number with its country code, such as +919876543210."),
        ("phone", "9876543210", "Write the phone number with its country code, such as +919876543210."),
        ("phone", "+91123456789012345678", "This is no phone number; write one such as +919876543210."),
        ("email", "asha", "Invalid email address: asha"),
        ("email", "x" * 300 + "@example.com", "Must have from 3 to 254 characters; this has 312."),
        ("email", "asha@exa\nmple.com", "Control characters and line breaks are not allowed here."),
        ("position", "x" * 201, "Must have from 0 to 200 characters; this has 201."),
        ("name", "Asha\ufffe", "Must not hold the hidden character U+FFFE; type the text anew."),
        ("name", "\u200d", "Must have a character that can be seen."),
        ("email", "a\x01@example.com", "Control characters and line breaks are not allowed here."),
        ("time_zone", "Mars/Olympus", "'Mars/Olympus' is no IANA time zone, such as Asia/Kolkata."),
        ("time_zone", "Factory", "'Factory' is no IANA time zone, such as Asia/Kolkata."),
        ("time_zone", "localtime", "'localtime' is no IANA time zone, such as Asia/Kolkata."),
        ("language", "fr-FR", "Value must be one of ['en-IN', 'en-US', 'en-GB', 'en-AU', 'hi-IN']"),
        ("notes", "x" * 5001, "Must have at most 5000 characters; this has 5001."),
        ("notes", "a\x07b", "Control characters and line breaks are not allowed here."),
        ("notes", 5, "StringField only accepts string values"),
        ("tags", ["x"] * 31, "Must be at most 30 tags; these are 31."),
        ("tags", "urgent", "Only lists and tuples may be used in a list field"),
        ("tags", ["two\nlines"], {0: "Control characters and line breaks are not allowed here."}),
        ("tags", ["fine", 5], {1: "StringField only accepts string values"}),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_reported(field: str, value: object, reason: object) -> None:
    found = validation_errors(asha(**{field: value}))

    assert found == {field: reason}


@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\t", "\x1b", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("field", ["name", "position", "company"])
def test_what_no_line_may_carry_is_refused(field: str, character: str) -> None:
    found = validation_errors(asha(**{field: f"Asha{character}Rao"}))

    assert found == {field: "Control characters and line breaks are not allowed here."}


@pytest.mark.parametrize("name", ["आशा राव", "Zoë O’Neill-Núñez", "李小龍", "Asha\u200dRao", "x" * 200])
def test_names_of_all_the_world_are_taken(name: str) -> None:
    asha(name=name).validate(clean=True)


@pytest.mark.parametrize("status", ["interview_scheduled", "max_attempts_reached", "do_not_call"])
def test_only_an_active_candidate_can_be_called_again(status: str) -> None:
    assert not CallTracking(status=status).can_call_again


def test_a_candidate_without_attempts_left_cannot_be_called_again() -> None:
    assert not CallTracking(total_attempts=3, max_attempts=3).can_call_again


def test_a_candidate_is_shown_by_name() -> None:
    candidate = asha()

    assert str(candidate) == "Asha Rao"
    assert candidate.first_name == "Asha"


@pytest.mark.parametrize("text", ["", "5", "x" * 24, "a" * 12, b"a" * 12, "aa " * 8, "٠" * 24, None, 5, {"$ne": None}])
def test_what_is_no_object_id_is_none(text: object) -> None:
    assert object_id(text) is None


def test_an_object_id_is_read_from_its_text_and_from_itself() -> None:
    key = ObjectId()

    assert object_id(str(key)) == object_id(key) == key


@pytest.mark.usefixtures("database")
def test_two_candidates_never_have_one_phone() -> None:
    taken = a_candidate().phone

    with pytest.raises(DuplicateKeyError):
        Candidate._get_collection().insert_one(asha(phone=taken).to_mongo().to_dict())


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"phone": "+919876543210"}, "phone_1"),
        ({"call_tracking.call_history.call_sid": "CA1"}, "call_tracking.call_history.call_sid_1"),
        ({"call_tracking.next_attempt_at": {"$lte": NOW}}, "call_tracking.next_attempt_at_1"),
        ({"call_tracking.open_session_id": {"$exists": True}}, "call_tracking.open_session_id_1"),
        ({"call_tracking.status": "active"}, "call_tracking.status_1_created_at_-1__id_-1"),
    ],
)
def test_what_is_asked_often_has_its_index(database: Database, asked: dict[str, object], index: str) -> None:
    an_attempt(a_candidate(phone=a_phone()))

    plan = database.candidates.find(asked).explain()["queryPlanner"]["winningPlan"]

    assert plan["inputStage"]["indexName"] == index


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Asha", "asha"),
        ("José", "jose"),
        ("+91", "91"),
        ("98765-43210", "9876543210"),
        ("Asha@Example.com", "asha@example.com"),
        ("+x", "+x"),
        ("(", "("),
    ],
)
def test_what_is_typed_is_folded_as_what_is_stored(typed: str, searched: str) -> None:
    assert folded(typed) == searched


def test_candidate_is_found_by_name_email_and_phone_with_and_without_country_code() -> None:
    candidate = Candidate(name="José da Silva", email="Jose@Example.com", phone="+91 98765 43210")

    candidate.clean()

    assert candidate.search_words == ["919876543210", "9876543210", "da", "jose", "jose@example.com", "silva"]
