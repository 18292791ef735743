import pytest

from tests.config.settings.environments import LIVE, TWILIO, Start


def test_the_four_of_twilio_are_all_it_takes(start: Start) -> None:
    read = start(**TWILIO)

    assert (read["TELEPHONY"], read["DEBUG"]) == ("twilio", False)
    assert len(read["SECRET_KEY"]) >= 50


def test_a_live_system_is_safe_without_further_settings(start: Start) -> None:
    read = start(**LIVE, HOST="0.0.0.0")

    assert not read["DEBUG"]
    assert not read["LOG_PERSONAL_DATA"]
    safe = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_PRELOAD")
    assert [read[name] for name in safe] == [True] * 4
    assert read["SECURE_HSTS_SECONDS"] == 31_536_000
    assert "SECURE_PROXY_SSL_HEADER" not in read


def test_http_is_turned_away_by_the_proxy_where_only_that_reaches_us(start: Start) -> None:
    read = start(**LIVE)

    assert not read["SECURE_SSL_REDIRECT"]
    assert read["SESSION_COOKIE_SECURE"]


def test_a_live_system_on_this_machine_needs_no_tls(start: Start) -> None:
    read = start(**LIVE | {"PUBLIC_BASE_URL": "http://127.0.0.1:8000"})

    assert not any(read[name] for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"))


def test_the_scheme_is_the_proxys_to_say_only_behind_one(start: Start) -> None:
    assert start(**LIVE | {"BEHIND_PROXY": "on"})["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_personal_data_stays_out_of_the_log_of_a_live_system_that_is_debugged(start: Start) -> None:
    assert not start(**LIVE | {"DEBUG": "on"})["LOG_PERSONAL_DATA"]


@pytest.mark.parametrize(("personal", "level"), [("on", "DEBUG"), ("off", "INFO")])
def test_without_personal_data_only_we_speak_at_debug(start: Start, personal: str, level: str) -> None:
    log = start(LOG_LEVEL="DEBUG", LOG_PERSONAL_DATA=personal)["LOGGING"]

    assert log["root"]["level"] == level
    assert {log["loggers"][app]["level"] for app in ("config", "candidates", "interviews", "calls")} == {"DEBUG"}


def test_mail_goes_where_email_url_says(start: Start) -> None:
    read = start(EMAIL_URL="smtp+tls://rita:secret@mail.example:587")

    assert read["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
