"""The addresses that the phone service is given: signed with all of it, repeated where a request fails."""

from bson import ObjectId
from django.conf import settings

# A request that breaks, or finds our server ill, is sent up to three times more, within the 15 seconds it may take;
# our own refusals (4xx) are meant. Every webhook may come twice
RETRIES = "rc=3&rp=5xx,ct,rt&ct=2000&rt=7000"


def webhook_url(name: str, session_id: ObjectId | str, *arguments: int) -> str:
    """Return the address that the phone service is given. It signs its requests with all of it before the #."""
    # Put together here: reverse() costs as much as a webhook's whole way through Django
    return retried("/".join((settings.PUBLIC_BASE_URL, "twilio", name, str(session_id), *map(str, arguments))))


def retried(url: str) -> str:
    """Return the address, asking for the request to be repeated where it fails (docs/usage/webhooks, "overrides")."""
    return f"{url}#{RETRIES}"
