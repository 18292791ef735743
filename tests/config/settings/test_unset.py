import ast
import re
import shutil
from pathlib import Path

from django.conf import settings as project

from tests.config.settings.environments import SOURCES, TWILIO, Start


def test_no_setting_is_needed(start: Start, tmp_path: Path) -> None:
    read = start()

    assert (read["TELEPHONY"], read["SIMULATED"], read["DEBUG"]) == ("simulator", True, True)
    assert (read["HOST"], read["PORT"], read["PUBLIC_BASE_URL"]) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (read["MONGODB_URI"], read["MAX_ATTEMPTS"], read["LOG_PERSONAL_DATA"]) == ("", 3, True)
    assert read["EMAIL_FILE_PATH"] == str(tmp_path / "var" / "mail")
    assert read["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "django.sqlite3")


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
