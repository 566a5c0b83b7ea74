"""Questions are worked on once, heavy ones in a process that ends with its readers, and not too many at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from quadrille.errors import NoDataError
from quadrille.web.answer import Answer
from quadrille.web.asking import ask_of
from quadrille.web.desk import BusyError, Desk, Kept, WorkError, model_ask
from quadrille.web.settings import Settings

LONG = {"a": "PAK", "b": "RUS", "on": "USA"}


@pytest.fixture
def processes(monkeypatch):
    """Every process that is started."""
    made, start = [], asyncio.create_subprocess_exec

    async def started(*args, **more):
        made.append(await start(*args, **more))
        return made[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    return made


def test_a_reader_who_leaves_ends_the_work(processes):
    async def go():
        desk = Desk(Settings())
        asks = [asyncio.ensure_future(desk.answer(ask_of("analogues", LONG))) for _ in range(2)]
        while not processes:
            await asyncio.sleep(0.01)
        asks[0].cancel()
        await asyncio.sleep(0.1)
        assert processes[0].returncode is None  # the other still waits
        asks[1].cancel()
        await asyncio.wait(asks)
        for _ in range(500):
            if processes[0].returncode is not None:
                break
            await asyncio.sleep(0.01)
        return desk

    desk = asyncio.run(go())
    assert len(processes) == 1
    assert processes[0].returncode < 0
    assert not desk._jobs
    assert desk._asked == 0


def test_too_many_are_refused(processes):
    async def go():
        desk = Desk(Settings(workers=1, waiting=0))
        first = asyncio.ensure_future(desk.answer(ask_of("analogues", LONG)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="too many long questions"):
            await desk.answer(ask_of("analogues", LONG | {"on": "IND"}))
        first.cancel()
        while desk._asked:
            await asyncio.sleep(0.01)

    asyncio.run(go())


def test_a_process_tells_how_far_it_is(monkeypatch):
    script = """
import sys, time
sys.stdin.read()
for line in ("~1 4", "~3 4"):
    print(line, flush=True)
    time.sleep(0.3)
print("+the answer", end="")
"""
    start = asyncio.create_subprocess_exec

    async def started(*args, **more):
        return await start(args[0], "-c", script, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)

    async def go():
        desk, ask, seen = Desk(Settings()), ask_of("analogues", LONG), []
        work = asyncio.ensure_future(desk._process(ask, "answer"))
        while not work.done():
            await asyncio.sleep(0.01)
            seen.append(desk.steps(ask))
        return await work, desk.steps(ask), seen

    answer, after, seen = asyncio.run(go())
    assert answer == b"the answer"
    assert after is None
    assert [s for s in dict.fromkeys(seen) if s] == [(0, 0), (1, 4), (3, 4)]


def test_a_question_may_take_so_much_processor_time():
    with pytest.raises(BusyError, match="takes more than 1 seconds"):
        asyncio.run(Desk(Settings(seconds=1)).answer(ask_of("analogues", LONG)))


def test_a_process_that_fails_is_one_line(monkeypatch):
    start = asyncio.create_subprocess_exec

    async def started(*args, **more):
        return await start(args[0], "-c", "import sys; sys.stdin.read(); sys.exit(3)", **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    with pytest.raises(WorkError, match=r"analogues: the process .* ended with 3 and no answer"):
        asyncio.run(Desk(Settings()).answer(ask_of("analogues", LONG)))


def test_sweeps_of_a_model_are_told(monkeypatch):
    given = dict(model_ask(["PAK", "RUS", "USA"]).arguments) | {"draws": 50, "warmup": 50, "thin": 4}  # fmt: skip
    ask = replace(model_ask([]), arguments=tuple(sorted(given.items())))
    monkeypatch.setattr("quadrille.web.desk.model_ask", lambda states: ask)

    async def go():
        desk, seen = Desk(Settings(data="chronicle")), []
        work = asyncio.ensure_future(desk.model(["PAK", "RUS", "USA"]))
        while not work.done():
            await asyncio.sleep(0.05)
            seen.append(desk.steps(ask) or (0, 0))
        return await work, seen

    content, seen = asyncio.run(go())
    assert len(content) > 10_000
    assert any(0 < done <= total for done, total in seen)


def test_a_process_answers_as_a_thread_does():
    async def go():
        desk = Desk(Settings(data="chronicle"))
        ask = ask_of("relation", {"a": "PAK", "b": "RUS"})
        none = desk._apart(ask_of("relation", {"a": "PAK", "b": "FRA"}))
        apart, here, none = await asyncio.gather(
            desk._apart(ask), desk._here(ask), none, return_exceptions=True
        )
        with pytest.raises(NoDataError, match="is not among the"):
            raise none
        return apart, here

    apart, here = asyncio.run(go())
    assert apart.rows.equals(here.rows)
    assert apart.to_bytes() == Answer.from_bytes(here.to_bytes()).to_bytes()


def test_what_is_kept_is_bounded():
    kept = Kept(3, 100)
    for k in range(5):
        kept.put(k, str(k), 20)
    assert [kept.get(k) for k in range(5)] == [None, None, "2", "3", "4"]
    kept.put("large", "x", 90)
    assert kept.get("large") is None
    for k in range(10):
        kept.put(k, k, 25)
    assert kept._held <= 100
