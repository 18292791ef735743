"""Validates texts: what is stored must fit TwiML, mail headers, calendars, CSV and the log.

Documents may be older than a rule. So whoever writes one of these uses `fit_line` or `fit_lines`, whatever is stored.
"""

import re
from email.errors import HeaderParseError
from email.headerregistry import parser

# What no keyboard types: C0, C1, line and paragraph separators, and halves of characters (XML 1.0, 2.2; RFC 5322, 2.2)
CONTROL = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# What is seen as nothing, or turns around what is: soft hyphen, fillers, zero-width space, bidirectional embeddings,
# overrides and isolates, word joiner and the like, byte order mark, annotations, musical formatting. Scripts and emoji
# need the other format characters (joiners, direction marks, tags)
HIDDEN = "\u00ad\u115f\u1160\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"
# Not for interchange (Unicode, 23.7); of these, XML forbids U+FFFE and U+FFFF
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
UNFIT = re.compile(f"[{CONTROL}{HIDDEN}{NONCHARACTERS}]")
UNFIT_IN_LINES = re.compile(f"(?![\\n\\t])[{CONTROL}{HIDDEN}{NONCHARACTERS}]")
IS_CONTROL = re.compile(f"[{CONTROL}]")
# How an encoded word begins (RFC 2047): who receives a header decodes it, and reads another text than was stored
ENCODED_WORD = re.compile(r"=\?[^?]*\?[bq]\?", re.IGNORECASE)
# What scripts and emoji need, and what is nothing alone: joiners, direction marks, selectors, tags, a blank of Braille
INVISIBLE = "\u034f\u061c\u200c-\u200f\u2800\ufe00-\ufe0f\U000e0000-\U000e01ef"
VISIBLE = re.compile(f"[^\\s{INVISIBLE}]")

# Names of the time zone database that are no place's: its marks, and whichever zone this machine is in
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
OTHER_TREES = ("posix/", "right/")  # the same zones again, the latter with leap seconds

ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# Without quotes and comments (RFC 5322, 3.4.1): Django quotes what is quoted once more
LOCAL_PART = re.compile(rf"{ATOM}(\.{ATOM})*", re.IGNORECASE)
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
LONGEST_LOCAL_PART = 64


class UnfitText(ValueError):
    """The text cannot be carried everywhere; the message says what is wrong with it."""


def validate_line(text: str, *, min_length: int = 0, max_length: int) -> None:
    """Refuse a line that is too short or too long, is none, or of which nothing can be seen. :raises UnfitText:"""
    if not min_length <= len(text) <= max_length:
        raise UnfitText(f"Must have from {min_length} to {max_length} characters; this has {len(text)}.")
    _refuse_unfit(text, UNFIT)
    if ENCODED_WORD.search(text):
        raise UnfitText("Must not hold an encoded word (=?…?=), as mail headers do; write the text itself.")
    if text and not VISIBLE.search(text):
        raise UnfitText("Must have a character that can be seen.")


def validate_lines(text: str, *, max_length: int) -> None:
    """Refuse a text that is too long or unfit, but for its line breaks and tabs. :raises UnfitText:"""
    if len(text) > max_length:
        raise UnfitText(f"Must have at most {max_length} characters; this has {len(text)}.")
    _refuse_unfit(text.replace("\r\n", "\n"), UNFIT_IN_LINES)


def validate_address(text: str, *, max_length: int) -> None:
    """Refuse an e-mail address that a mail server, or who reads it, could take for another one. :raises UnfitText:

    What is no address at all is left to the field to say.
    """
    validate_line(text, min_length=3, max_length=max_length)
    local_part, _, domain = text.rpartition("@")
    if "=?" in text:
        raise UnfitText("Must not hold =?, which begins an encoded word in a mail's header.")
    if set('"()<>\\,;:') & set(text):
        raise UnfitText("Must be a plain address, such as asha@example.com, without quotes, comments or a name.")
    if len(local_part) > LONGEST_LOCAL_PART:
        raise UnfitText(f"Must have at most {LONGEST_LOCAL_PART} characters before the @.")
    if not domain.isascii() and _as_mailed(domain) != domain.lower():
        raise UnfitText("Must have a domain that is mailed to as it is written; write it in ASCII (xn--…).")


def _as_mailed(domain: str) -> str | None:
    """Return the domain that a mail to an international one goes to: ß becomes ss, and a wide letter a narrow one."""
    try:
        return domain.encode("idna").decode("idna")
    except UnicodeError:
        return None


def is_address(text: str) -> bool:
    """Return whether a mail to the text goes to that very address; a domain needs no dot, and may be international."""
    local_part, at, domain = text.rpartition("@")
    if UNFIT.search(text) or "=?" in text or _as_mailed(domain) is None:
        return False
    as_written = domain.isascii() or _as_mailed(domain) == domain.lower()
    ascii_domain = domain.encode("idna").decode("ascii")
    return bool(at and as_written and LOCAL_PART.fullmatch(local_part) and DOMAIN.fullmatch(ascii_domain))


def validate_mailbox(text: str, *, max_length: int) -> None:
    """Refuse what is neither an address nor a name with one in angle brackets. :raises UnfitText:"""
    validate_line(text, min_length=1, max_length=max_length)
    try:
        mailbox, rest = parser.get_mailbox(text)
    except (HeaderParseError, IndexError) as error:
        raise UnfitText("Must be an address, alone or as Name <address>.") from error
    # Comments and routes are dropped as it is parsed: what was written must be nothing but the name and the address
    address = text.rpartition("<")[2].removesuffix(">") if text.endswith(">") else text
    if rest or mailbox.addr_spec != address or not is_address(address):
        raise UnfitText("Must be an address, alone or as Name <address>.")
    validate_address(address, max_length=max_length)


def _refuse_unfit(text: str, unfit: re.Pattern[str]) -> None:
    found = unfit.search(text)
    if found and IS_CONTROL.match(found[0]):
        raise UnfitText("Control characters and line breaks are not allowed here.")
    if found:
        raise UnfitText(f"Must not hold the hidden character U+{ord(found[0]):04X}; type the text anew.")


def fit_line(text: str) -> str:
    """Return the text as a line that can be carried everywhere: spaces for what cannot, no encoded words."""
    return _fit(text, UNFIT).replace("=?", "= ?") if ENCODED_WORD.search(text) else _fit(text, UNFIT)


def fit_lines(text: str) -> str:
    """Return the text, line breaks and tabs included, with spaces for what cannot be carried everywhere."""
    return _fit(text.replace("\r\n", "\n"), UNFIT_IN_LINES)


def _fit(text: str, unfit: re.Pattern[str]) -> str:
    return unfit.sub(" ", text)


def is_of_a_place(zone: str) -> bool:
    """Return whether a name of the time zone database is that of a zone that people live in."""
    return zone not in NO_PLACES and not zone.startswith(OTHER_TREES)
