from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from config.api.authentication import LeanTokenAuthentication

pytestmark = pytest.mark.django_db


def answered(authentication: TokenAuthentication, header: str) -> object:
    """Return who is let in, all fields of theirs, or why nobody is."""
    request = APIRequestFactory().get("/", headers={"Authorization": header})
    try:
        found = authentication.authenticate(request)
    except AuthenticationFailed as error:
        return error.get_full_details()
    fields = (field.name for field in User._meta.concrete_fields)
    return found and ({name: getattr(found[0], name) for name in fields}, getattr(found[1], "key", found[1]))


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize(
    "header",
    [
        "Token {key}",
        "token {key}",
        "Token {key}x",
        "Token ' OR 1=1 --",
        "Token",
        "Token a b",
        "Token \xfc",
        "Bearer {key}",
        "",
    ],
)
def test_it_lets_in_whom_django_rest_framework_lets_in_and_says_the_same(header: str, is_active: bool) -> None:
    User.objects.create_user("other", password="x")
    user = User.objects.create_user("meera", email="meera@example.com", is_staff=True, is_active=is_active)
    header = header.format(key=Token.objects.create(user=user).key)

    assert answered(LeanTokenAuthentication(), header) == answered(TokenAuthentication(), header)


def test_it_asks_one_query(django_assert_num_queries: Callable[[int], object]) -> None:
    token = Token.objects.create(user=User.objects.create_user("meera"))

    with django_assert_num_queries(1):
        user, _ = LeanTokenAuthentication().authenticate_credentials(token.key)
        assert (user.username, user.is_staff, user.is_superuser) == ("meera", False, False)
