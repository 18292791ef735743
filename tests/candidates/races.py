"""Actions that begin at the same moment, in threads or in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from threading import Barrier
from typing import Any

from django.conf import settings

ROUNDS = 50


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Let all begin at the same moment, each in its thread; return what they return."""
    barrier = Barrier(len(actions))

    def act(action: Callable[[], Any]) -> Any:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(act, actions))


def race(rounds: Iterable[Any], *actions: Callable[[Any], Any]) -> None:
    """Let all the actions begin at the same moment with the first of `rounds`, then with the next, and so on."""
    for each in rounds:
        at_once(*(partial(action, each) for action in actions))


def run_processes(number: int, module: str, *arguments: str, **environment: str) -> tuple[list[str], list[Any]]:
    """Run a module in as many processes, which begin together; return their first lines, and the JSON they print."""
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, **pipes))
            for _ in range(number)
        ]
        first_lines = [process.stdout.readline() for process in processes]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        return first_lines, [json.loads(process.communicate()[0]) for process in processes]
