"""Where questions are answered: light ones in a few threads, heavy ones in processes that end with their readers.

An answer is kept, so that a question is worked on once; who asks what is being worked on waits for the same work.
Work that nobody waits for any more is ended.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

from quadrille import errors
from quadrille.errors import QuadrilleError
from quadrille.measure.world import World
from quadrille.web.answer import PICTURES, Answer, answer_from, content, picture
from quadrille.web.asking import Ask, Served
from quadrille.web.settings import Settings
from quadrille.web.work import asked_of

__all__ = ["BusyError", "Desk", "Kept", "WorkError", "model_ask"]

T = TypeVar("T")
_THREADS = 2
_KEPT_ANSWERS, _KEPT_FILES = 200, 400
_KEPT_BYTES = 64 * 1024 * 1024
_BY_CLOCK = 4  # times the processor time
# How the system ends a process that has had its processor time.
_USED_UP = -getattr(signal, "SIGXCPU", 24)


class BusyError(QuadrilleError):
    """Too much is being worked on; to be asked again later."""


class WorkError(QuadrilleError):
    """The process that worked on a question ended without an answer: a fault of the program, or too little memory."""


@dataclass(slots=True)
class _Job:
    task: asyncio.Task[Any]
    readers: int = 0


class Kept:
    """The last things made, at most so many and so large together."""

    def __init__(self, most: int, size: int) -> None:
        self._most, self._size, self._held = most, size, 0
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()

    def get(self, key: Any) -> Any:
        """What was kept under a key, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, key: Any, value: Any, size: int) -> None:
        """Keep something; the least used goes where there is no room."""
        if size > self._size // 4:
            return
        if key in self._kept:
            self._held -= self._kept.pop(key)[1]
        self._kept[key] = (value, size)
        self._held += size
        while len(self._kept) > self._most or self._held > self._size:
            self._held -= self._kept.popitem(last=False)[1][1]


def _size(answer: Answer) -> int:
    """Bytes of an answer, roughly."""
    words = sum(len(str(part)) for part in (answer.section, answer.numbers, answer.head))
    return 2 * int(answer.rows.estimated_size()) + words


class _UsedUpError(Exception):
    """A process has had all the processor time that it may take."""


class Desk:
    """Answers questions of one world.

    Attributes
    ----------
    settings : Settings
    world : World
    bench : Bench or None
        See `quadrille.web.bench_api`; made when it is first asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings.data, lake=settings.lake)
        self._answers = Kept(_KEPT_ANSWERS, _KEPT_BYTES)
        self._files = Kept(_KEPT_FILES, _KEPT_BYTES)
        self._jobs: dict[Any, _Job] = {}
        self._threads = CapacityLimiter(_THREADS)
        self._heavy = asyncio.Semaphore(settings.workers)
        self._asked = 0
        self._steps: dict[str, tuple[int, int]] = {}
        self.bench: Any = None

    async def answer(self, ask: Ask) -> Answer:
        """The answer to a question.

        Raises
        ------
        QuadrilleError
            As the question; `BusyError` where too much is being worked on.
        """
        if (found := self._answers.get(ask.key)) is not None:
            return found  # type: ignore[no-any-return]
        work = self._apart if ask.question.heavy else self._here
        return await self.once(ask.key, lambda: self._made(ask, work))

    async def _made(self, ask: Ask, work: Callable[[Ask], Awaitable[Answer]]) -> Answer:
        made = await work(ask)
        self._answers.put(ask.key, made, _size(made))
        return made

    async def file(self, ask: Ask, suffix: str, size: str = "desk") -> tuple[bytes, str]:
        """A file made of an answer, and its media type.

        Raises
        ------
        QuadrilleError
        """
        if suffix == "html":
            return await self.page(ask), "text/html; charset=utf-8"
        key = (ask.key, suffix, size)
        if (found := self._files.get(key)) is not None:
            return found  # type: ignore[no-any-return]

        async def write() -> tuple[bytes, str]:
            if suffix in PICTURES:
                spec, _ = await self.file(ask, "vl.json", size)
                made = await self.in_thread(picture, spec, suffix)
            else:
                made = await self.in_thread(content, await self.answer(ask), suffix, size)
            self._files.put(key, made, len(made[0]))
            return made

        return await self.once(key, write)

    async def page(self, ask: Ask) -> bytes:
        """The answer as one page that opens without a network.

        Raises
        ------
        QuadrilleError
        """
        key = (ask.key, "page")
        if (found := self._files.get(key)) is not None:
            return found  # type: ignore[no-any-return]

        async def write() -> bytes:
            made = await self._process(ask, "page")
            self._files.put(key, made, len(made))
            return made

        return await self.once(key, write)

    async def model(self, states: Sequence[str]) -> bytes:
        """The coupled model of some states (ISO3), quickly estimated, as the content of its file.

        Raises
        ------
        QuadrilleError
        """
        ask = model_ask(states)
        return await self.once(("model", ask.key), lambda: self._process(ask, "model"))

    def steps(self, ask: Ask) -> tuple[int, int] | None:
        """Steps done and steps in all of a heavy question that is worked on, 0 of 0 until it tells; None: it is not."""
        return self._steps.get(ask.key)

    async def in_thread(self, function: Callable[..., T], *given: Any) -> T:
        """Run a short function in one of few threads; a caller that leaves before it begins frees its place."""
        return await anyio.to_thread.run_sync(lambda: function(*given), limiter=self._threads)

    async def once(self, key: Any, work: Callable[[], Awaitable[T]]) -> T:
        """The outcome of work, which is done once for all who wait and ended when the last of them leaves."""
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = _Job(asyncio.ensure_future(work()))
            job.task.add_done_callback(lambda _: self._jobs.pop(key, None))
        job.readers += 1
        try:
            return await asyncio.shield(job.task)
        finally:
            job.readers -= 1
            if not job.readers and not job.task.done():
                self._jobs.pop(key, None)
                job.task.cancel()

    async def _here(self, ask: Ask) -> Answer:
        def work() -> Answer:
            made = asked_of(self.world, ask.question.name, dict(ask.arguments))
            return answer_from(made.view())

        return await self.in_thread(work)

    async def _apart(self, ask: Ask) -> Answer:
        return Answer.from_bytes(await self._process(ask, "answer"))

    async def _process(self, ask: Ask, form: str) -> bytes:
        """What a process of its own makes of a question; it is ended with the task that waits for it."""
        if self._asked >= self.settings.workers + self.settings.waiting:
            raise BusyError("too many long questions are being worked on; ask again in a minute")
        self._asked += 1
        self._steps[ask.key] = (0, 0)
        try:
            async with self._heavy, asyncio.timeout(_BY_CLOCK * self.settings.seconds):
                return await _run(self._told(ask, form), partial(self._steps.__setitem__, ask.key))
        except (TimeoutError, _UsedUpError):
            raise BusyError(
                f"the question takes more than {self.settings.seconds} seconds; ask for less, "
                f"or run: quadrille {ask.question.name}"
            ) from None
        finally:
            self._asked -= 1
            self._steps.pop(ask.key, None)

    def _told(self, ask: Ask, form: str) -> dict[str, Any]:
        return {
            "question": ask.question.name, "arguments": dict(ask.arguments), "form": form,
            "data": self.settings.data, "lake": self.settings.lake, "seconds": self.settings.seconds,
        }  # fmt: skip


def model_ask(states: Sequence[str]) -> Ask:
    """What is asked for the model of some states."""
    given = {"states": list(states), "draws": 500, "warmup": 500, "thin": 12}
    return Ask(Served("couple", (), heavy=True), tuple(sorted(given.items())))


async def _run(told: dict[str, Any], step: Callable[[tuple[int, int]], None]) -> bytes:
    """What the process says that works on a question; steps that it tells of on its way are handed on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "quadrille.web.work", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(told).encode())
        process.stdin.close()
        first = await process.stdout.read(1)
        while first == b"~":
            done, total = (await process.stdout.readline()).split()
            step((int(done), int(total)))
            first = await process.stdout.read(1)
        out = first + await process.stdout.read()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if out[:1] == b"+":
        return out[1:]
    if out[:1] == b"-":
        name, line = json.loads(out[1:])
        raise _error(name, line)
    if process.returncode == _USED_UP:
        raise _UsedUpError
    raise WorkError(
        f"{told['question']}: the process that worked on it ended with {process.returncode} and no answer; "
        "why is in the log of the server"
    )


def _error(name: str, line: str) -> QuadrilleError:
    """An error that another process raised: of the same kind, with the same line."""
    kind = getattr(errors, name, QuadrilleError)
    made = Exception.__new__(kind, line)
    made.args = (line,)
    return made  # type: ignore[no-any-return]
