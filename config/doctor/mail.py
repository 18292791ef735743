"""Whether mail can be sent: the server is there and lets us in. Nothing is sent."""

import smtplib
import ssl
from collections.abc import Iterator
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import get_connection

from config.doctor.findings import Finding, describe_error, doubtful, right, wrong

NAME = "Mail"
SET = "Set EMAIL_URL, such as smtp+tls://user:password@host:587."
TRUSTED = ssl.SSLError, ssl.CertificateError


def check_mail() -> Iterator[Finding]:
    """Yield whether the mail server takes us, and whether mails come from a real address."""
    kind = settings.EMAIL_BACKEND.split(".")[-2]
    if kind == "smtp":
        yield _server()
    else:
        where = f"written to {settings.EMAIL_FILE_PATH}" if kind == "filebased" else f"handled by {kind}"
        words = f"Nobody gets any: it is {where}."
        yield right(NAME, words) if settings.SIMULATED else wrong(NAME, words, SET)
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if kind == "smtp" and sender.endswith(("@localhost", "@example.com")):
        yield doubtful(NAME, f"It comes from {sender}, which is nobody's.", "Set DEFAULT_FROM_EMAIL.")


def _server() -> Finding:
    """Return whether the server answers, agrees on TLS, takes the login, and does what it is asked."""
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    server = get_connection(timeout=settings.EMAIL_TIMEOUT)
    try:
        server.open()
        code, _ = server.connection.noop()
    except smtplib.SMTPAuthenticationError as error:
        return wrong(NAME, f"{where} refuses the login ({error.smtp_code}).", "Check user and password in EMAIL_URL.")
    except TRUSTED as error:
        return wrong(
            NAME, f"{where} offers TLS that does not hold: {describe_error(error)}", "Check the host's certificate."
        )
    except smtplib.SMTPNotSupportedError as error:
        advice = "Check the scheme of EMAIL_URL: smtp, smtp+tls or smtp+ssl, and its port."
        return wrong(NAME, f"{where} does not do what EMAIL_URL asks: {describe_error(error)}", advice)
    except (OSError, smtplib.SMTPException) as error:
        return wrong(NAME, f"{where} does not answer as it must: {describe_error(error)}", "Check EMAIL_URL.")
    finally:
        server.close()
    if code != 250:
        return wrong(NAME, f"{where} answers {code} to NOOP.", "Look into the mail server's log.")
    return right(NAME, f"{where} lets us in{' with the login' if settings.EMAIL_HOST_USER else ''}.")
