import asyncio

from config.server.connections import Waiting


class FakeConnection:
    """A transport that knows only whether it was cut."""

    is_cut = False

    def abort(self) -> None:
        self.is_cut = True


def test_whoever_waits_longest_is_cut_where_too_many_wait() -> None:
    async def crowd() -> list[bool]:
        waiting, lines = Waiting(max_count=2, seconds=60), [FakeConnection() for _ in range(4)]
        for line in lines:
            waiting.add(line)
        return [line.is_cut for line in lines]

    assert asyncio.run(crowd()) == [True, True, False, False]


def test_whoever_waits_too_long_is_cut() -> None:
    async def wait() -> list[bool]:
        waiting, silent, answered = Waiting(max_count=9, seconds=0.01), FakeConnection(), FakeConnection()
        waiting.add(silent)
        waiting.add(answered)
        waiting.remove(answered)
        while not silent.is_cut:
            await asyncio.sleep(0.01)
        return [silent.is_cut, answered.is_cut]

    assert asyncio.run(wait()) == [True, False]


def test_whoever_waits_already_waits_since_then() -> None:
    async def crowd() -> list[bool]:
        waiting, first, second, third = (
            Waiting(max_count=2, seconds=60),
            FakeConnection(),
            FakeConnection(),
            FakeConnection(),
        )
        for line in (first, second, first, third):
            waiting.add(line)
        return [line.is_cut for line in (first, second, third)]

    assert asyncio.run(crowd()) == [True, False, False]
