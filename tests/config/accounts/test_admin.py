import pytest
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

PEOPLE = [
    *("auth/user/", "auth/user/add/", "auth/group/", "auth/group/add/"),
    *("authtoken/tokenproxy/", "authtoken/tokenproxy/add/", "admin/logentry/"),
]


@pytest.mark.parametrize("path", PEOPLE)
def test_pages_of_people_wear_the_skin(db, database: Database, client: Client, path: str) -> None:
    client.force_login(User.objects.create_superuser("ada"))

    answer = client.get(f"/admin/{path}")

    assert answer.status_code == 200
    assert "unfold/css/styles.css" in answer.content.decode()


def test_user_is_added_edited_and_given_a_token(db, database: Database, client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada"))
    password = {"usable_password": "true", "password1": "quiet-harbour-7", "password2": "quiet-harbour-7"}

    added = client.post("/admin/auth/user/add/", {"username": "rita", **password})
    rita = User.objects.get(username="rita")
    shown = client.get(f"/admin/auth/user/{rita.pk}/change/")
    client.post("/admin/authtoken/tokenproxy/add/", {"user": rita.pk})

    assert added.status_code == 302
    assert shown.status_code == 200
    assert rita.check_password("quiet-harbour-7")
    assert rita.auth_token.key


def test_history_shows_who_did_what_and_is_not_edited(db, database: Database, client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada"))
    client.post("/admin/auth/group/add/", {"name": "Night shift"})

    page = client.get("/admin/admin/logentry/").content.decode()

    assert "Night shift" in page
    assert client.get("/admin/admin/logentry/add/").status_code == 403
