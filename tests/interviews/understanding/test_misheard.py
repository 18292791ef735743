import json

from interviews.understanding.tools.misheard import read_sessions, report

SESSION = {
    "id": "s1",
    "turns": [
        {"number": 1, "heard": "yes", "cue": "yes"},
        {"number": 2, "heard": "chews day", "cue": "unclear"},
        {"number": 3, "heard": "friday", "cue": "chose"},
        {"number": 4, "heard": "no thursday", "cue": "no"},
        {"number": 5, "heard": None, "cue": "silence"},
    ],
    "outcome": "no_agreement",
}


def test_turns_without_a_match_and_corrected_ones_are_reported() -> None:
    lines = report([SESSION]).splitlines()

    assert lines == [
        "5 turns, 1 no_match, 1 corrected",
        "no_match     1  chews day  (session s1, turn 2)",
        "corrected    1  friday / no thursday  (session s1, turn 4)",
    ]


def test_what_is_misheard_most_often_comes_first() -> None:
    rare = {"id": "s2", "turns": [{"number": 1, "heard": "blub", "cue": "unclear_again"}]}

    lines = report([rare, SESSION, SESSION]).splitlines()

    assert [line.split()[2] for line in lines[1:3]] == ["chews", "blub"]


def test_a_list_and_lines_are_read_alike() -> None:
    lines = "\n".join(json.dumps(session) for session in (SESSION, SESSION))

    assert read_sessions(lines) == read_sessions(json.dumps([SESSION, SESSION]))


def test_a_session_without_turns_says_nothing() -> None:
    assert report([{"id": "s3"}]) == "0 turns, 0 no_match, 0 corrected"
