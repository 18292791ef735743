import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import texts
from config.texts import UnfitText, fit_line, fit_lines

ANYTHING = st.text() | st.text(st.sampled_from("=?qQbB_- \ufffe\uffff\u202e\u200b\x00\x01\r\n\t\u2028aé"), max_size=30)


def refusal(check, text: str, **bounds: int) -> str:
    with pytest.raises(UnfitText) as refused:
        check(text, **{"max_length": 200} | bounds)
    return str(refused.value)


@pytest.mark.parametrize(
    "unfit", ["\x00", "\x01", "\t", "\n", "\r", "\x1f", "\x7f", "\x85", "\u2028", "\u2029", "\udc80"]
)
def test_line_has_no_control_characters_and_no_line_breaks(unfit: str) -> None:
    assert refusal(texts.validate_line, f"a{unfit}b") == "Control characters and line breaks are not allowed here."


@pytest.mark.parametrize(
    ("unfit", "name"),
    [
        *(("\ufffe", "U+FFFE"), ("\uffff", "U+FFFF"), ("\ufdd0", "U+FDD0"), ("\U0010ffff", "U+10FFFF")),
        *(("\u202e", "U+202E"), ("\u2066", "U+2066"), ("\u200b", "U+200B"), ("\ufeff", "U+FEFF"), ("\u00ad", "U+00AD")),
        *(("\u3164", "U+3164"), ("\u2060", "U+2060"), ("\ufff9", "U+FFF9")),
    ],
)
@pytest.mark.parametrize("check", [texts.validate_line, texts.validate_lines])
def test_hidden_character_is_named(check, unfit: str, name: str) -> None:
    assert refusal(check, f"a{unfit}b") == f"Must not hold the hidden character {name}; type the text anew."


@pytest.mark.parametrize("unfit", ["=?utf-8?q?x?=", "Asha =?UTF-8?B?eA==?= Rao", "=?utf-8*en?Q?x", "=??q?"])
def test_line_holds_no_encoded_word(unfit: str) -> None:
    assert "encoded word" in refusal(texts.validate_line, unfit)


@pytest.mark.parametrize("unfit", [" ", "\u00a0", "\u200d", "\u2800", "\u200f\u061c", "\ufe0f"])
def test_line_has_something_to_see(unfit: str) -> None:
    assert refusal(texts.validate_line, unfit) == "Must have a character that can be seen."


@pytest.mark.parametrize(
    "fit",
    [
        *(
            "आशा राव",
            "क्\u200dष",
            "李小龍",
            "عائشة\u200f",
            "Zoë O’Neill-Núñez",
            "Asha 👩🏽\u200d🚀",
            "🏴\U000e0067\U000e0062\U000e007f x",
        ),
        *("Who=?", "a =? b ?=", "X Æ A-12", "1", "😀", "𝒜sha", "é", "e\u0301"),
    ],
)
def test_texts_of_all_the_world_are_taken(fit: str) -> None:
    texts.validate_line(fit, max_length=200)

    assert fit_line(fit) == fit


def test_notes_have_lines() -> None:
    texts.validate_lines("one\r\n\ttwo\nthree", max_length=200)

    assert "Control" in refusal(texts.validate_lines, "one\rtwo")


@pytest.mark.parametrize(
    "unfit",
    [
        *('"evil@x.example"@example.com', "asha(evil@x.example)@example.com", "asha@example.com,evil@x.example"),
        *(
            "Asha <asha@example.com>",
            "=?utf-8?q?evil=40x.example?=@example.com",
            "a=?b@example.com",
            "asha@faß.example",
        ),
        *("asha@ｅxample.com", "asha@exa℀mple.com", "asha@example。com", "a\x01@example.com", "\u202easha@example.com"),
        f"{'a' * 65}@example.com",
    ],
)
def test_address_that_could_be_taken_for_another_is_refused(unfit: str) -> None:
    assert refusal(texts.validate_address, unfit)
    assert not texts.is_address(unfit) or len(unfit) > 64


@pytest.mark.parametrize(
    "fit", ["asha@example.com", "o'neill+jobs=a/b@x-y.example", "asha@münchen.example", "a@xn--mnchen-3ya.example"]
)
def test_plain_address_is_taken(fit: str) -> None:
    texts.validate_address(fit, max_length=254)

    assert texts.is_address(fit)


@pytest.mark.parametrize("nothing", ["", "asha", "@", "asha@", "@example.com", "a@b@c.example", "a..b@example.com"])
def test_what_is_no_address_is_not_written_to(nothing: str) -> None:
    assert not texts.is_address(nothing)


@pytest.mark.parametrize(
    "fit",
    [
        *("interviews@localhost", "Interviews <interviews@localhost>", '"Acme, Inc." <jobs@acme.example>'),
        *("Société <jobs@acme.example>", "採用 <jobs@acme.example>", "A. B. Co <jobs@acme.example>"),
    ],
)
def test_mailbox_is_an_address_alone_or_with_a_name(fit: str) -> None:
    texts.validate_mailbox(fit, max_length=200)


@pytest.mark.parametrize(
    "unfit",
    [
        *("", "Acme", "Acme, Inc. <jobs@acme.example>", "jobs@acme.example, evil@x.example", "Acme <jobs@acme.example"),
        *("jobs@acme.example <evil@x.example>", "Acme <@x.example:jobs@acme.example>", 'Acme <"jobs"@acme.example>'),
        *("=?utf-8?q?Acme?= <jobs@acme.example>", "Acme\r\nBcc: evil@x.example", "<>", "jobs@acme.example (Acme)"),
    ],
)
def test_what_could_be_read_otherwise_is_no_mailbox(unfit: str) -> None:
    assert refusal(texts.validate_mailbox, unfit)


@settings(max_examples=300)
@given(ANYTHING)
def test_whatever_is_made_fit_is_taken_or_has_nothing_to_see(text: str) -> None:
    made = fit_line(text)

    texts.validate_line(f"{made}a", max_length=len(made) + 1)
    texts.validate_lines(fit_lines(text), max_length=len(text))


@settings(max_examples=300)
@given(ANYTHING)
def test_what_is_fit_stays_as_it_is(text: str) -> None:
    made = fit_line(text)

    assert fit_line(made) == made
    assert fit_lines(fit_lines(text)) == fit_lines(text)
