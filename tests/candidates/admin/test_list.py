import pytest
from django.test import Client

from candidates.documents import Outcome
from tests.candidates.admin.candidate_pages import LIST, names
from tests.candidates.calls_made import called
from tests.factories import a_candidate, a_slot, an_interview


def test_list_shows_where_we_stand_with_each(rita: Client) -> None:
    called(a_candidate(), times=2)

    shown = rita.get(LIST).content.decode()

    assert "Asha Rao" in shown
    assert "2/3" in shown
    assert "No answer" in shown
    assert "Active" in shown


def test_list_shows_who_has_an_interview(rita: Client) -> None:
    an_interview(a_candidate(), a_slot())

    shown = rita.get(LIST).content.decode()

    assert "Interview scheduled" in shown
    assert shown.count("Booked") == 1


def test_list_has_fifty_a_page(rita: Client) -> None:
    added = [a_candidate() for _ in range(51)]

    first, second = names(rita.get(LIST)), names(rita.get(LIST, {"p": "2"}))

    assert (len(first), len(second)) == (50, len(added) - 50)


@pytest.mark.parametrize(
    "query",
    [
        *("asha", "RAO", "ra as", "asha@ex", "+919876543210", "+91 98765 43210", "98765 43210", "098765 43210"),
        *("(98765) 43210", "98765", "919876"),
    ],
)
def test_search_finds(rita: Client, query: str) -> None:
    a_candidate(phone="+919876543210")
    a_candidate(name="Meera Nair", email="meera@example.com")

    assert names(rita.get(LIST, {"q": query})) == ["Asha Rao"]


@pytest.mark.parametrize("query", ["sha", "43210", "example.com", "asha nair", "00 00 0"])
def test_search_does_not_find(rita: Client, query: str) -> None:
    a_candidate(phone="+919876543210")

    assert names(rita.get(LIST, {"q": query})) == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"call_tracking_status__exact": "active"}, ["Asha Rao", "Meera Nair"]),
        ({"call_tracking_status__exact": "do_not_call"}, ["Ravi Das"]),
        ({"call_tracking_last_outcome__exact": "no_answer"}, ["Meera Nair"]),
        ({"call_tracking_last_outcome__isnull": "True"}, ["Asha Rao"]),
        ({"position": "Designer"}, ["Meera Nair"]),
        ({"do_not_call": "yes"}, ["Ravi Das"]),
        ({"do_not_call": "no"}, ["Asha Rao", "Meera Nair", "Tara Sen"]),
        ({"has_interview": "yes"}, ["Tara Sen"]),
        ({"has_interview": "no", "do_not_call": "no"}, ["Asha Rao", "Meera Nair"]),
        ({"created_at__year": "2026", "created_at__month": "3"}, ["Asha Rao", "Meera Nair", "Ravi Das", "Tara Sen"]),
        ({"created_at__year": "2025"}, []),
    ],
)
def test_list_is_narrowed(rita: Client, filters: dict[str, str], found: list[str]) -> None:
    a_candidate()
    called(a_candidate(name="Meera Nair", position="Designer"))
    called(a_candidate(name="Ravi Das"), Outcome.OPTED_OUT)
    called(a_candidate(name="Tara Sen"), Outcome.INTERVIEW_SCHEDULED)

    assert sorted(names(rita.get(LIST, filters))) == found


def test_filters_say_how_many_there_are(rita: Client) -> None:
    a_candidate()
    called(a_candidate(position="Designer"), Outcome.OPTED_OUT)

    shown = rita.get(LIST, {"_facets": "True"}).content.decode()

    assert "Do not call (1)" in shown
    assert "Designer (1)" in shown
    assert "Opted out (1)" in shown
    assert "Yes (1)" in shown
    assert "Yes (0)" in shown


@pytest.mark.parametrize("query", [{"o": "1"}, {"o": "-8"}, {"q": "asha", "o": "1"}, {"p": "99"}, {"nonsense": "1"}])
def test_odd_addresses_of_the_list_are_answered(rita: Client, query: dict[str, str]) -> None:
    a_candidate()

    assert rita.get(LIST, query, follow=True).status_code == 200
