"""Mails as whoever receives them reads them, and their parts."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from django.core.mail import EmailMultiAlternatives
from icalendar import Calendar, Event


def received(message: EmailMultiAlternatives) -> EmailMessage:
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)


def text(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content()


def html(message: EmailMessage) -> str:
    return message.get_body(("html",)).get_content()


def attachment(message: EmailMessage) -> EmailMessage:
    (only,) = message.iter_attachments()
    return only


def calendar(message: EmailMessage) -> Calendar:
    return Calendar.from_ical(attachment(message).get_content())


def event(message: EmailMessage) -> Event:
    (only,) = calendar(message).events
    return only
