import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from config.server import bodies
from config.server.bodies import Bodies, Refused

Receive = Callable[[], Awaitable[dict[str, Any]]]


def comes(*pieces: bytes, after: float = 0) -> Receive:
    """Send these, each after so many seconds, and then nothing."""
    rest = [*pieces]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(after)
        if not rest:
            await asyncio.get_running_loop().create_future()
        return {"type": "http.request", "body": rest.pop(0)}

    return receive


async def never() -> dict[str, Any]:
    return await asyncio.get_running_loop().create_future()


async def gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def begin(kept: Bodies, receive: Receive, length: int) -> asyncio.Task[bytes]:
    reading = asyncio.create_task(kept.read(receive, length))
    await asyncio.sleep(0)
    return reading


async def ends(reading: asyncio.Task[bytes]) -> bytes | int:
    try:
        return await reading
    except Refused as refused:
        return refused.status


def test_body_is_put_together() -> None:
    assert asyncio.run(Bodies(1).read(comes(b"ab", b"c"), 3)) == b"abc"


def test_body_that_does_not_come_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "FIRST_SECONDS", 0.01)

    with pytest.raises(Refused, match="did not come in time") as refused:
        asyncio.run(Bodies(1).read(comes(b"a"), 2))

    assert refused.value.status == 408


def test_body_that_comes_at_a_pace_has_the_time_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "FIRST_SECONDS", 0.2)
    monkeypatch.setattr(bodies, "BYTES_PER_SECOND", 0.1)  # as long as you like, once something came

    assert asyncio.run(Bodies(1).read(comes(b"a", b"b", b"c", after=0.1), 3)) == b"abc"


async def cancel(*readings: asyncio.Task[bytes]) -> None:
    for reading in readings:
        reading.cancel()
    await asyncio.gather(*readings, return_exceptions=True)


def test_whoever_goes_frees_the_place() -> None:
    async def go() -> int:
        kept = Bodies(1)
        with pytest.raises(ConnectionAbortedError):
            await kept.read(gone, 3)
        return len(kept.coming)

    assert asyncio.run(go()) == 0


def test_first_of_too_many_gives_way_and_the_others_go_on() -> None:
    async def receive() -> list[bytes | int]:
        kept = Bodies(3)
        first, second, third = [await begin(kept, never, 9) for _ in range(3)]
        late = await kept.read(comes(b"abc"), 3)
        is_alone = await ends(first)
        undisturbed = [reading.done() for reading in (second, third)]
        await cancel(second, third)
        return [late, is_alone, *undisturbed]

    assert asyncio.run(receive()) == [b"abc", 408, False, False]


def test_upload_goes_on_while_any_number_only_begin() -> None:
    async def receive() -> tuple[bytes, int]:
        kept = Bodies(5)
        upload = await begin(kept, comes(*[b"ab"] * 50, after=0.001), 100)
        await asyncio.sleep(0.01)
        others = [await begin(kept, comes(b"x"), 9) for _ in range(300)]
        whole = await upload
        await cancel(*others)
        return whole, len(kept.coming)

    assert asyncio.run(receive()) == (b"ab" * 50, 0)


def test_any_number_may_begin_and_never_more_are_kept_than_so_many() -> None:
    async def receive() -> tuple[int, bytes]:
        kept = Bodies(20)
        readings = [await begin(kept, never, 9) for _ in range(1000)]
        whole = await kept.read(comes(b"abc"), 3)
        coming = len(kept.coming)
        await cancel(*readings)
        return coming, whole

    assert asyncio.run(receive()) == (19, b"abc")


def test_bodies_that_wait_for_an_answer_count_and_do_not_give_way() -> None:
    async def receive() -> bytes:
        kept = Bodies(1)
        with kept.keeping(), pytest.raises(Refused, match="try again") as refused:
            await kept.read(comes(b"abc"), 3)
        assert refused.value.status == 503
        return await kept.read(comes(b"abc"), 3)

    assert asyncio.run(receive()) == b"abc"
