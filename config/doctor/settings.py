"""Whether the settings are right, and whether some of them are still those of a trial."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from config.doctor.findings import Finding, doubtful, right, wrong

NAME = "Settings"


def check_settings() -> Iterator[Finding]:
    """Yield what Django's checks complain of, as strictly as before going live unless DEBUG is on."""
    found = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    complaints = [message for message in found if message.level >= checks.WARNING and not message.is_silenced()]
    for message in complaints:
        is_wrong = message.level >= checks.ERROR or not settings.DEBUG
        words = f"{message.id}: {' '.join(str(message.msg).split())}"
        advice = " ".join(str(message.hint or "See Django's documentation of its checks.").split())
        yield (wrong if is_wrong else doubtful)(NAME, words, advice)
    if not complaints:
        trial = " They are those of a trial: DEBUG is on." if settings.DEBUG else ""
        yield right(NAME, f"Django's checks find no fault.{trial}")


def check_trial_settings() -> Iterator[Finding]:
    """Yield what is good for a trial only, where real phones ring."""
    if settings.SIMULATED:
        return
    if settings.DEBUG:
        yield wrong(NAME, "DEBUG is on while real phones ring: error pages show everything.", "Set DEBUG=false.")
    if settings.LOG_PERSONAL_DATA:
        yield doubtful(NAME, "LOG_PERSONAL_DATA is on: names and numbers stand in the log.", "Leave it out.")
    if not settings.MONGODB_URI:
        yield doubtful(NAME, "MONGODB_URI is unset: one machine, one copy of the data.", "Set it to a replica set.")
    if settings.COMPANY_NAME == "our company":
        yield doubtful(NAME, "COMPANY_NAME is not set: calls begin with “our company”.", "Set COMPANY_NAME.")
