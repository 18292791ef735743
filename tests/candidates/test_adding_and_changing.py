import pytest
from bson import ObjectId
from mongoengine import ValidationError

from candidates import saving, services
from candidates.documents import Candidate
from tests.candidates.calls_made import LATER
from tests.factories import ASHA, NOBODY, NOW, a_candidate, an_attempt, reload

pytestmark = pytest.mark.usefixtures("database")


def test_a_candidate_is_added() -> None:
    candidate = services.create_candidate(now=NOW, **ASHA)

    assert reload(candidate).to_mongo() == candidate.to_mongo()
    assert candidate.created_at == candidate.updated_at == NOW


def test_a_phone_that_another_candidate_has_is_refused() -> None:
    a_candidate(phone="+919876543210")

    with pytest.raises(services.PhoneTaken, match=r"Another candidate has the phone number \+919876543210\."):
        a_candidate(phone="+91 98765 43210", name="Not Asha")

    assert Candidate.objects.count() == 1


def test_a_candidate_with_a_bad_field_is_not_added() -> None:
    with pytest.raises(ValidationError):
        a_candidate(phone="9876543210")

    assert not Candidate.objects


def test_only_the_fields_given_are_changed() -> None:
    candidate = a_candidate(notes="Call after lunch.")

    updated = services.update_candidate(candidate_id=str(candidate.id), now=LATER, position="Lead", tags=["senior"])

    expected = candidate.to_mongo() | {"position": "Lead", "tags": ["senior"], "updated_at": LATER}
    assert updated.to_mongo() == reload(candidate).to_mongo() == expected


def test_a_field_is_emptied() -> None:
    candidate = a_candidate(notes="Call after lunch.", tags=["senior"])

    services.update_candidate(candidate_id=candidate.id, now=LATER, notes=None, tags=[])

    found = reload(candidate)
    assert found.notes is None
    assert found.tags == []


def test_a_change_keeps_what_a_call_wrote_meanwhile() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    services.update_candidate(candidate_id=candidate.id, now=LATER, name="Asha R. Rao")

    assert reload(candidate).call_tracking.open_session_id == session_id


def test_a_candidate_may_keep_their_own_phone() -> None:
    candidate = a_candidate()

    updated = services.update_candidate(candidate_id=candidate.id, now=LATER, phone=candidate.phone)

    assert updated.phone == candidate.phone


def test_another_candidates_phone_is_refused_and_nothing_changes() -> None:
    candidate, other = a_candidate(), a_candidate()

    with pytest.raises(services.PhoneTaken):
        services.update_candidate(candidate_id=candidate.id, now=LATER, phone=other.phone, name="Not Asha")

    assert reload(candidate).to_mongo() == candidate.to_mongo()


def test_a_bad_change_is_refused_and_nothing_changes() -> None:
    candidate = a_candidate()

    with pytest.raises(ValidationError):
        services.update_candidate(candidate_id=candidate.id, now=LATER, name="", position="Team Lead")

    assert reload(candidate).to_mongo() == candidate.to_mongo()


def test_candidate_stored_before_a_rule_is_changed_all_the_same() -> None:
    candidate = a_candidate()
    before = {"name": "Asha\ufffe", "time_zone": "Factory"}
    Candidate._get_collection().update_one({"_id": candidate.id}, {"$set": before})

    services.update_candidate(candidate_id=candidate.id, now=LATER, position="Team Lead")

    after = reload(candidate)
    assert (after.position, after.name, after.time_zone) == ("Team Lead", "Asha\ufffe", "Factory")
    with pytest.raises(ValidationError):
        services.update_candidate(candidate_id=candidate.id, now=LATER, name="Asha\uffff")


@pytest.mark.parametrize("candidate_id", [NOBODY, "", "5", None, {"$ne": None}])
def test_who_is_not_there_is_not_changed(candidate_id: object) -> None:
    with pytest.raises(services.CandidateNotFound, match="Candidate not found with ID: "):
        services.update_candidate(candidate_id=candidate_id, now=LATER, name="Asha")

    assert not Candidate.objects


def test_a_candidate_deleted_during_the_change_stays_deleted(meanwhile) -> None:
    candidate = a_candidate()
    meanwhile(lambda: Candidate._get_collection().delete_one({"_id": candidate.id}))

    with pytest.raises(services.CandidateNotFound):
        services.update_candidate(candidate_id=candidate.id, now=LATER, name="Asha R. Rao")

    assert not Candidate.objects


def test_a_long_id_is_not_repeated_in_full() -> None:
    with pytest.raises(services.CandidateNotFound) as refused:
        services.get_candidate("x" * 5000)

    assert str(refused.value) == "Candidate not found with ID: " + "x" * 100


def test_number_given_to_who_was_deleted_meanwhile_is_nobodys() -> None:
    given = {"$set": {"phone": "+919876500000", "updated_at": LATER}}

    assert saving.change({"_id": ObjectId(NOBODY)}, given) is None
    assert not Candidate.objects(phone="+919876500000")
