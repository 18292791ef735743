"""How candidates are searched: by the beginnings of words, without case, accents or a number's punctuation."""

import re
import unicodedata

# At least five digits, and nothing but spaces and punctuation between them
NUMBER_IN_PIECES = re.compile(r"\+?[\d\s().-]*(\d[\s().-]*){5}")


def folded(text: str) -> str:
    """Return a word in the form that is stored and searched: small letters without accents, or a number's digits."""
    if text.lstrip("+(")[:1].isdecimal() and not any(character.isalpha() for character in text):
        return "".join(character for character in text if character.isdecimal())
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in letters if not unicodedata.combining(character))


def search_words(*texts: object) -> list[str]:
    """Return the words to store with a document, sorted and each once; a value that is no text has none."""
    return sorted({folded(word) for text in texts if isinstance(text, str) for word in text.split()} - {""})


def joined_number(text: str) -> str:
    """Return a phone number that is typed in pieces as one word, without the zero that it is dialled with at home.

    Other texts are returned as they are.
    """
    if not NUMBER_IN_PIECES.fullmatch(text.strip()):
        return text
    national = re.sub(r"[\s().-]", "", text).lstrip("0")
    return national or text  # an empty term would find everybody
