import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured

from config import checks
from tests.machine import small_disk

Start = Callable[..., dict[str, Any]]
SOURCES = [Path(project.BASE_DIR, "config", name) for name in ("environment.py", "settings.py")]
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a-token",
    "TWILIO_PHONE_NUMBER": "+15005550006",
    "PUBLIC_BASE_URL": "https://callflow.example",
}
LIVE = TWILIO | {"SECRET_KEY": "long and random"}


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Read the settings as a fresh checkout with this environment, and no other, reads them."""
    (tmp_path / "config").mkdir()
    environment_py, settings_py = (shutil.copy(source, tmp_path / "config") for source in SOURCES)

    def read(**environment: str) -> dict[str, Any]:
        spec = spec_from_file_location("config.environment", environment_py)
        with patch.dict(os.environ, environment, clear=True), patch.dict(sys.modules):
            sys.modules[spec.name] = module_from_spec(spec)
            spec.loader.exec_module(sys.modules[spec.name])
            return runpy.run_path(settings_py)

    return read


def refusal(start: Start, **environment: str) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        start(**environment)
    return str(refused.value)


# Nothing set


def test_no_setting_is_needed(start: Start, tmp_path: Path) -> None:
    read = start()

    assert (read["TELEPHONY"], read["SIMULATED"], read["DEBUG"]) == ("simulator", True, True)
    assert (read["HOST"], read["PORT"], read["PUBLIC_BASE_URL"]) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (read["MONGODB_URI"], read["MAX_ATTEMPTS"], read["LOG_PERSONAL_DATA"]) == ("", 3, True)
    assert read["EMAIL_FILE_PATH"] == str(tmp_path / "var" / "mail")
    assert read["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "django.sqlite3")


def test_a_secret_key_is_made_up_once_and_kept_from_others(start: Start, tmp_path: Path) -> None:
    first, second = start(), start()

    assert len(first["SECRET_KEY"]) >= 50
    assert first["SECRET_KEY"] == second["SECRET_KEY"] == (tmp_path / "var" / "secret_key").read_text()
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0


def test_the_simulator_signs_with_a_token_of_its_own(start: Start) -> None:
    token = start(SECRET_KEY="one")["WEBHOOK_AUTH_TOKEN"]

    assert re.fullmatch(r"[0-9a-f]{32}", token)
    assert token != start(SECRET_KEY="another")["WEBHOOK_AUTH_TOKEN"]


def test_empty_variables_count_as_unset(start: Start) -> None:
    read = start(**dict.fromkeys([*TWILIO, "MONGODB_URI", "EMAIL_URL", "DATABASE_URL", "SECRET_KEY", "PORT"], ""))

    assert read["SIMULATED"]


def test_every_setting_left_empty_is_as_good_as_unset(start: Start, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = {name: value for name, value in start().items() if name.isupper()}

    after = {name: value for name, value in start(**dict.fromkeys(names_read(), "")).items() if name.isupper()}

    assert after == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config", "var"]


# var/


@pytest.mark.parametrize("value", ["", " "])
def test_var_is_beside_manage_py_where_it_is_left_empty(start: Start, value: str, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    read = start(VAR_DIR=value)

    assert read["VAR_DIR"] == tmp_path / "var"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_var_made_by_another_command_is_closed_to_others(start: Start, tmp_path: Path) -> None:
    (tmp_path / "var" / "mail").mkdir(parents=True, mode=0o755)
    (tmp_path / "var" / "mail" / "1.log").touch(mode=0o644)
    for path in [tmp_path / "var", *(tmp_path / "var").rglob("*")]:
        path.chmod(path.stat().st_mode | 0o055)

    start()

    assert [path for path in [tmp_path / "var", *(tmp_path / "var").rglob("*")] if path.stat().st_mode & 0o077] == []


def test_var_that_cannot_be_used_is_reported(start: Start, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    assert refusal(start) == f"VAR_DIR cannot be used: {tmp_path}/var is a file: move it away, or name another folder."


@pytest.mark.parametrize("damage", [b"", b"\0" * 67, b"cut-off-after-a-few-characters", b"\xff" * 67, b"\n" * 67])
def test_a_damaged_secret_key_is_reported_and_left_as_it_is(start: Start, damage: bytes, tmp_path: Path) -> None:
    start()
    path = tmp_path / "var" / "secret_key"
    path.write_bytes(damage)

    assert refusal(start) == (
        f"{path} is damaged: put it back from a backup, or delete it for a new one, which signs everybody out."
    )
    assert path.read_bytes() == damage


def test_a_secret_key_that_was_kept_before_is_kept(start: Start, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").write_text("k" * 67)

    assert start()["SECRET_KEY"] == "k" * 67


def test_a_full_disk_is_reported_at_the_first_start_and_the_next_goes_on(start: Start, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="8k") as disk:
        (disk.folder / "mail").write_text("x" * 8192)

        assert "No space left on device. Let us" in refusal(start, VAR_DIR=str(disk.folder))

        (disk.folder / "mail").unlink()
        assert len(start(VAR_DIR=str(disk.folder))["SECRET_KEY"]) >= 50


# Twilio


def test_four_variables_switch_twilio_on(start: Start) -> None:
    read = start(**LIVE)

    assert (read["TELEPHONY"], read["SIMULATED"]) == ("twilio", False)
    assert read["WEBHOOK_AUTH_TOKEN"] == "a-token"


def test_during_a_rotation_webhooks_may_be_signed_with_the_token_before_too(start: Start) -> None:
    assert start(**LIVE)["WEBHOOK_AUTH_TOKENS"] == ["a-token"]
    assert start(**LIVE, TWILIO_AUTH_TOKEN_OLD="old")["WEBHOOK_AUTH_TOKENS"] == ["a-token", "old"]


def test_the_simulator_knows_no_token_of_before(start: Start) -> None:
    read = start(TWILIO_AUTH_TOKEN_OLD="old")

    assert read["WEBHOOK_AUTH_TOKENS"] == [read["WEBHOOK_AUTH_TOKEN"]]


@pytest.mark.parametrize("missing", TWILIO)
def test_one_that_is_missing_is_named(start: Start, missing: str) -> None:
    message = refusal(start, **LIVE | {missing: ""})

    assert message.startswith(f"Twilio is set up by halves: {missing} missing. Set all of ")
    assert "or none of them to use the simulator" in message


@pytest.mark.parametrize("given", TWILIO)
def test_all_that_are_missing_are_named(start: Start, given: str) -> None:
    missing = ", ".join(name for name in TWILIO if name != given)

    assert f"by halves: {missing} missing." in refusal(start, **{given: TWILIO[given]})


def test_a_half_set_group_stops_every_command_with_one_sentence(tmp_path: Path) -> None:
    environment = os.environ | TWILIO | {"TWILIO_AUTH_TOKEN": "", "VAR_DIR": str(tmp_path)}

    stopped = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=project.BASE_DIR, env=environment, capture_output=True, text=True
    )

    assert stopped.returncode == 1
    assert "Twilio is set up by halves: TWILIO_AUTH_TOKEN missing." in stopped.stderr.splitlines()[-1]


# Where we are reached


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://callflow.example", "https://callflow.example"),
        ("https://callflow.example/", "https://callflow.example"),
        ("https://callflow.example:8443", "https://callflow.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_twilio_reaches_us_by_https_or_on_this_machine(start: Start, address: str, base: str) -> None:
    assert start(**LIVE | {"PUBLIC_BASE_URL": address})["PUBLIC_BASE_URL"] == base


@pytest.mark.parametrize(
    "address",
    [
        "http://callflow.example",
        "http://127.0.0.1.callflow.example",
        "http://192.168.0.5:8000",
        "https://callflow.example/app",
        "https://callflow.example?x=1",
        "callflow.example",
        "ftp://callflow.example",
        "https://",
        "//callflow.example",
    ],
)
def test_any_other_address_is_refused(start: Start, address: str) -> None:
    message = refusal(start, **LIVE | {"PUBLIC_BASE_URL": address})

    assert message.startswith("PUBLIC_BASE_URL is ")
    assert "it must be https://your.host without a path (http only for a loopback address)" in message


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://callflow.example", "callflow.example"),
        ("http://[::1]:8000", "[::1]"),
        ("http://localhost", "localhost"),
    ],
)
def test_we_answer_to_our_public_name(start: Start, address: str, host: str) -> None:
    read = start(**LIVE | {"PUBLIC_BASE_URL": address})

    assert host in read["ALLOWED_HOSTS"]
    assert read["CSRF_TRUSTED_ORIGINS"] == [address]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_for_all_addresses_calls_itself_by_loopback(start: Start, host: str) -> None:
    assert start(HOST=host, PORT="9000")["PUBLIC_BASE_URL"] == "http://127.0.0.1:9000"


# Numbers and hours


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "http", "PORT must be a whole number from 1 to 65535."),
        ("PORT", "8000.5", "PORT must be a whole number from 1 to 65535."),
        ("PORT", "0", "PORT is 0; it must be from 1 to 65535."),
        ("PORT", "65536", "PORT is 65536; it must be from 1 to 65535."),
        ("MAX_ATTEMPTS", "0", "MAX_ATTEMPTS is 0; it must be from 1 to 10."),
        ("MAX_ATTEMPTS", "11", "MAX_ATTEMPTS is 11; it must be from 1 to 10."),
        ("RING_SECONDS", "4", "RING_SECONDS is 4; it must be from 5 to 120."),
        ("CALL_LIMIT_SECONDS", "3601", "CALL_LIMIT_SECONDS is 3601; it must be from 60 to 3600."),
        ("RETRY_AFTER_MINUTES", "-1", "RETRY_AFTER_MINUTES is -1; it must be from 0 to 10080."),
        ("CALLS_PER_DAY", "-1", "CALLS_PER_DAY is -1; it must be from 0 to 1000000."),
        ("PRICE_PER_MINUTE", "cheap", "PRICE_PER_MINUTE must be an amount from 0 to 1,000,000, such as 0.014."),
        ("PRICE_PER_MINUTE", "NaN", "PRICE_PER_MINUTE must be an amount from 0 to 1,000,000, such as 0.014."),
        ("COST_PER_DAY", "-1", "COST_PER_DAY must be an amount from 0 to 1,000,000, such as 0.014."),
        ("COST_PER_DAY", "1e9", "COST_PER_DAY must be an amount from 0 to 1,000,000, such as 0.014."),
        ("COST_PER_DAY", "5", "COST_PER_DAY needs PRICE_PER_MINUTE: what a started minute of a call costs."),
        ("NOTICE_MINUTES", "two", "NOTICE_MINUTES must be a whole number from 0 to 10080."),
        ("TWILIO_TIMEOUT_SECONDS", "0", "TWILIO_TIMEOUT_SECONDS is 0; it must be from 1 to 60."),
        ("EMAIL_TIMEOUT", "inf", "EMAIL_TIMEOUT must be a whole number from 1 to 120."),
        ("SIMULATOR_PACE", "-1", "SIMULATOR_PACE must be from 0 (no waiting) to 10; 1 is the pace of a real call."),
        ("SIMULATOR_PACE", "11", "SIMULATOR_PACE must be from 0 (no waiting) to 10; 1 is the pace of a real call."),
        ("CALLING_HOURS", "9", "CALLING_HOURS must be two whole hours, such as 9-20."),
        ("CALLING_HOURS", "9-20-21", "CALLING_HOURS must be two whole hours, such as 9-20."),
        ("CALLING_HOURS", "nine-five", "CALLING_HOURS must be two whole hours, such as 9-20."),
        ("CALLING_HOURS", "20-9", "CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20."),
        ("CALLING_HOURS", "9-9", "CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20."),
        ("CALLING_HOURS", "0-25", "CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20."),
    ],
)
def test_a_bad_value_is_reported_with_what_would_be_good(start: Start, name: str, value: str, message: str) -> None:
    assert refusal(start, **{name: value}) == message


def test_hours_and_numbers_at_their_bounds_are_taken(start: Start) -> None:
    read = start(CALLING_HOURS="0-24", PORT="65535", MAX_ATTEMPTS="10", SIMULATOR_PACE="0")

    assert (read["CALLING_FROM_HOUR"], read["CALLING_TO_HOUR"]) == (0, 24)
    assert (read["PORT"], read["MAX_ATTEMPTS"], read["SIMULATOR_PACE"]) == (65535, 10, 0)


@pytest.mark.parametrize("empty", ["", " ", "0"])
def test_without_bounds_a_day_has_none(start: Start, empty: str) -> None:
    read = start(CALLS_PER_DAY=empty.strip(), PRICE_PER_MINUTE=empty, COST_PER_DAY=empty)

    assert (read["CALLS_PER_DAY"], read["PRICE_PER_MINUTE"], read["COST_PER_DAY"]) == (0, 0, 0)


def test_a_day_that_pays_for_no_minute_is_reported(start: Start) -> None:
    assert "nobody could be called" in refusal(start, PRICE_PER_MINUTE="0.02", COST_PER_DAY="0.01")


def test_prices_are_exact(start: Start) -> None:
    assert start(PRICE_PER_MINUTE="0.0140", COST_PER_DAY="5")["PRICE_PER_MINUTE"] * 3 == Decimal("0.042")


# Going live


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


# .env


def test_settings_are_read_from_dot_env_and_the_environment_wins(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nMAX_ATTEMPTS=5\n")

    read = start(PORT="9001")

    assert (read["PORT"], read["MAX_ATTEMPTS"]) == (9001, 5)


def names_read() -> set[str]:
    """Return the environment variables that the settings read: what env, env.int … and whole() are called with."""
    nodes = (node for source in SOURCES for node in ast.walk(ast.parse(source.read_text())))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    asked = [call for call in calls if not (isinstance(call.func, ast.Attribute) and call.func.attr == "get")]
    first = [call.args[0].value for call in asked if call.args and isinstance(call.args[0], ast.Constant)]
    return {name for name in first if re.fullmatch(r"[A-Z][A-Z_]+", str(name))} | set(TWILIO)


def test_the_example_lists_every_setting() -> None:
    example = Path(project.BASE_DIR, ".env.example").read_text()

    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == names_read()


def test_the_example_as_it_stands_changes_nothing(start: Start, tmp_path: Path) -> None:
    before = {name: value for name, value in start().items() if name.isupper()}
    shutil.copy(Path(project.BASE_DIR, ".env.example"), tmp_path / ".env")

    after = {name: value for name, value in start().items() if name.isupper()}

    assert after == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIMULATOR_PACE", "abc"),
        ("DEBUG", "ture"),
        ("BEHIND_PROXY", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "nonsense://host/name"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "nonsense://host"),
        ("MONGODB_URI", "localhost:27017"),
        ("COMPANY_NAME", "Acme\ufffe"),
        ("COMPANY_NAME", "=?utf-8?q?Acme?="),
        ("DEFAULT_FROM_EMAIL", "Acme, Inc. <jobs@acme.example>"),
        ("DEFAULT_FROM_EMAIL", "jobs"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(start: Start, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        start(**{name: value})


@pytest.mark.parametrize("named", ["nonsense", "interviews.nonsense.Grammar", "datetime.date", "string.Template"])
def test_an_understanding_that_is_none_is_reported_by_the_checks(named: str, settings: object) -> None:
    settings.UNDERSTANDING = named

    (error,) = checks.understanding_can_be_loaded()

    assert error.id == "callflow.E001"


def test_the_understanding_that_ships_passes_the_checks() -> None:
    assert checks.understanding_can_be_loaded() == []


@pytest.mark.parametrize("zone", ["Mars/X", "Factory", "posix/Europe/Berlin", "../etc/passwd", "Europe"])
def test_time_zone_that_no_place_has_is_refused(start: Start, zone: str) -> None:
    assert "TIME_ZONE is" in refusal(start, TIME_ZONE=zone)
