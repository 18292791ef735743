"""The admin pages of interviews, slots and mails; importing this package registers them."""

from interviews.admin import interviews as interviews
from interviews.admin import outbox as outbox
from interviews.admin import slots as slots
