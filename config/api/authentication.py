"""Authentication by token, with one SQL query written out: to compile it anew by the ORM costs ten times as much."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

# What permissions are decided by, in the order of the model's fields, which from_db expects. Django reads the other
# fields when they are asked for
USER_FIELDS = ("id", "is_superuser", "username", "is_staff", "is_active")
USER_BY_TOKEN = (
    f"SELECT {', '.join(f'users.{name}' for name in USER_FIELDS)} FROM {User._meta.db_table} AS users "  # noqa: S608 - no input
    f"JOIN {Token._meta.db_table} AS tokens ON tokens.user_id = users.id WHERE tokens.key = %s"
)


class LeanTokenAuthentication(TokenAuthentication):
    """Django REST framework's `Authorization: Token …`, with the same answers."""

    def authenticate_credentials(self, key: str) -> tuple[User, str]:
        """Return the user whose token it is, and the token. :raises AuthenticationFailed: also for an inactive user."""
        with connection.cursor() as cursor:
            cursor.execute(USER_BY_TOKEN, [key])
            found = cursor.fetchone()
        if found is None:
            raise AuthenticationFailed("Invalid token.")
        user = User.from_db(connection.alias, USER_FIELDS, found)
        if not user.is_active:
            raise AuthenticationFailed("User inactive or deleted.")
        return user, key


def forget_keys_in_history() -> None:
    """Overwrite the keys of tokens in the history: it named tokens by them once, and whoever reads a key may use it."""
    named = LogEntry.objects.filter(content_type__app_label=Token._meta.app_label, object_repr__regex="^[0-9a-f]{40}$")
    named.update(object_repr="A token")
