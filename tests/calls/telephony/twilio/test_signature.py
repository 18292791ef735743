from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from calls.telephony.twilio.signature import compute, is_signed

pytestmark = pytest.mark.slow

TOKEN, OLD = "12345", "a token of before"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
# The example of Twilio's documentation, "Webhooks security"
FORM = {
    "CallSid": ["CA1234567890ABCDE"],
    "Caller": ["+14158675309"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
}
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
forms = st.dictionaries(texts, st.lists(texts, min_size=1, max_size=4), max_size=6)
hosts = st.sampled_from(["mycompany.com", "a.b.example", "localhost", "127.0.0.1", "xn--bcher-kva.example"])
ports = st.none() | st.sampled_from([80, 443, 8000, 8443]) | st.integers(1, 65535)
queries = st.lists(st.tuples(texts, texts), max_size=3).map(urlencode)
paths = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(quote), max_size=3).map("/".join)


@st.composite
def urls(draw: st.DrawFn) -> str:
    """Return an address as PUBLIC_BASE_URL and get_full_path() make one."""
    port, query = draw(ports), draw(queries)
    at = f"{draw(hosts)}:{port}" if port else draw(hosts)
    return f"{draw(st.sampled_from(['https', 'http']))}://{at}/{draw(paths)}{f'?{query}' if query else ''}"


def sent(form: dict[str, list[str]]) -> QueryDict:
    return QueryDict(urlencode(form, doseq=True))


def fields(form: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the form as the webhooks hand it over."""
    return dict(sent(form).lists())


def test_twilios_own_example_fits() -> None:
    assert compute(url=URL, form=FORM, token=TOKEN) == SIGNATURE
    assert is_signed(url=URL, form=FORM, signature=SIGNATURE, tokens=[TOKEN])


@settings(max_examples=300)
@given(urls(), forms, texts.filter(bool))
@example(URL, {"a": ["2", "1", "2"], "A": [""], "आशा": ["राव", "😀"]}, TOKEN)
def test_it_is_the_signature_that_twilios_library_makes(url: str, form: dict[str, list[str]], token: str) -> None:
    theirs = RequestValidator(token).compute_signature(url, sent(form))

    assert compute(url=url, form=fields(form), token=token) == theirs


@settings(max_examples=300)
@given(urls(), urls(), forms, st.booleans())
def test_what_twilios_library_takes_is_taken_and_nothing_else(
    url: str, other: str, form: dict[str, list[str]], is_same: bool
) -> None:
    signature = compute(url=url if is_same else other, form=fields(form), token=TOKEN)

    ours = is_signed(url=url, form=fields(form), signature=signature, tokens=[TOKEN])

    assert ours == RequestValidator(TOKEN).validate(url, sent(form), signature)


@settings(max_examples=100)
@given(urls(), forms, st.data())
def test_one_byte_changed_and_it_fits_no_more(url: str, form: dict[str, list[str]], data: st.DataObject) -> None:
    signature = compute(url=url, form=fields(form), token=TOKEN)
    place = data.draw(st.integers(0, len(signature) - 2))
    byte = data.draw(st.characters(min_codepoint=33, max_codepoint=255).filter(lambda byte: byte != signature[place]))
    changed = signature[:place] + byte + signature[place + 1 :]

    assert not is_signed(url=url, form=fields(form), signature=changed, tokens=[TOKEN])
    assert not RequestValidator(TOKEN).validate(url, sent(form), changed)


@settings(max_examples=100)
@given(urls(), forms, texts, texts.filter(bool))
def test_one_field_more_or_longer_and_it_fits_no_more(
    url: str, form: dict[str, list[str]], name: str, more: str
) -> None:
    signature = compute(url=url, form=fields(form), token=TOKEN)
    changed = form | {name: [*form.get(name, [""]), "\x00" + more]}

    assert not is_signed(url=url, form=fields(changed), signature=signature, tokens=[TOKEN])
    assert not RequestValidator(TOKEN).validate(url, sent(changed), signature)


@pytest.mark.parametrize("spelled", ["https://mycompany.com:443/myapp.php?foo=1&bar=2", URL])
def test_with_the_usual_port_or_without_it_is_one_address(spelled: str) -> None:
    signature = compute(url=spelled, form=FORM, token=TOKEN)

    assert is_signed(url=URL, form=FORM, signature=signature, tokens=[TOKEN])
    assert is_signed(
        url="https://mycompany.com:443/myapp.php?foo=1&bar=2", form=FORM, signature=signature, tokens=[TOKEN]
    )


@pytest.mark.parametrize("token", [TOKEN, OLD])
def test_during_a_rotation_both_tokens_count(token: str) -> None:
    signature = compute(url=URL, form=FORM, token=token)

    assert is_signed(url=URL, form=FORM, signature=signature, tokens=[TOKEN, OLD])


def test_after_it_the_old_one_counts_no_more() -> None:
    signature = compute(url=URL, form=FORM, token=OLD)

    assert not is_signed(url=URL, form=FORM, signature=signature, tokens=[TOKEN])


@pytest.mark.parametrize("signature", ["", "=", SIGNATURE[:-1], SIGNATURE + "=", "é", "\ud800", "\x00"])
def test_what_is_no_signature_fits_nothing(signature: str) -> None:
    assert not is_signed(url=URL, form=FORM, signature=signature, tokens=[TOKEN])


def test_without_a_token_nothing_fits() -> None:
    assert not is_signed(url=URL, form=FORM, signature=SIGNATURE, tokens=[])
