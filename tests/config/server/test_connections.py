import asyncio

from config.server.connections import Waiting


class FakeConnection:
    """A transport that knows only whether it was cut."""

    is_cut = False

    def abort(self) -> None:
        self.is_cut = True


def add(waiting: Waiting, *lines: FakeConnection) -> None:
    for line in lines:
        waiting.add(line)


async def wait_until_cut(line: FakeConnection) -> None:
    while not line.is_cut:
        await asyncio.sleep(0.01)


def test_whoever_waits_longest_is_cut_where_too_many_wait() -> None:
    async def wait() -> list[bool]:
        waiting, lines = Waiting(max_count=2, seconds=60), [FakeConnection() for _ in range(4)]
        add(waiting, *lines)
        return [line.is_cut for line in lines]

    assert asyncio.run(wait()) == [True, True, False, False]


def test_whoever_waits_too_long_is_cut() -> None:
    async def wait() -> list[bool]:
        waiting, silent, answered = Waiting(max_count=9, seconds=0.01), FakeConnection(), FakeConnection()
        add(waiting, silent, answered)
        waiting.remove(answered)
        await wait_until_cut(silent)
        return [silent.is_cut, answered.is_cut]

    assert asyncio.run(wait()) == [True, False]


def test_whoever_waits_already_waits_since_then() -> None:
    async def wait() -> list[bool]:
        waiting = Waiting(max_count=2, seconds=60)
        first, second, third = FakeConnection(), FakeConnection(), FakeConnection()
        add(waiting, first, second, first, third)
        return [line.is_cut for line in (first, second, third)]

    assert asyncio.run(wait()) == [True, False, False]
