from pymongo.database import Database

from tests.calls.browser_phone.phone_pages import PhonePage, RingingCall
from tests.profiling import profiled, without_an_index


def test_idle_page_costs_one_query_and_a_heartbeat(page: PhonePage, database: Database) -> None:
    page.now()

    with profiled(database) as noted:
        response = page.now()

    assert response.status_code == 204
    assert [each["op"] for each in noted] == ["query", "update"]
    assert without_an_index(noted) == []


def test_page_in_a_quiet_moment_of_a_call_costs_one_query(
    page: PhonePage, talking: RingingCall, database: Database
) -> None:
    with profiled(database) as noted:
        response = page.now()

    assert response.status_code == 204
    assert [each["op"] for each in noted] == ["query"]


def test_new_words_cost_two_queries(page: PhonePage, talking: RingingCall, database: Database) -> None:
    talking.heard("Yes")

    with profiled(database) as noted:
        page.now()

    assert [each["op"] for each in noted] == ["query", "query"]
    assert without_an_index(noted) == []
