"""Time limits: a deadline handed down and asked in loops, and one killable process for work without loops of ours.

The worker process is started once and kept warm. It runs functions of this package by name; what cannot finish in time
is ended by ending the process, from any thread, and the next job starts a new one. It ends by itself as soon as the
process that started it is gone, and it may not use more than :data:`WORKER_BYTES` of memory.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import math
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import IO, Any

from derivcheck.errors import OutOfTimeError, PointError

WORKER_BYTES = 4 << 30
"""The address space that a worker may take."""
_GRACE = 5.0
"""Seconds after a job's deadline at which a worker ends even if nobody is there to end it."""


_LONGEST = 1e6
"""Seconds that any wait may take at most, where there is a limit at all; systems refuse much longer ones."""


class Deadline:
    """A moment by which work must be done; calling it raises once the moment has passed."""

    def __init__(self, seconds: float | None) -> None:
        if seconds is not None and not seconds >= 0:
            raise PointError(f"a time limit of {seconds} seconds is no use", None, "give a positive number of seconds")
        self._end = math.inf if seconds is None else time.monotonic() + seconds

    def __call__(self) -> None:
        """Go on, or raise.

        Raises:
            OutOfTimeError: the moment has passed.
        """
        if time.monotonic() > self._end:
            raise OutOfTimeError("the time limit passed", hint="give more time with --timeout SECONDS")

    def remaining(self) -> float:
        """Seconds left, at least 0; infinite without a limit."""
        return max(0.0, min(self._end - time.monotonic(), _LONGEST)) if self._end < math.inf else math.inf


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """A block that imports much, without garbage collection: it finds nothing there and takes a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class WorkerFailedError(Exception):
    """The worker could not do the job: it ran out of memory, could not be started, or the function raised."""


class Job:
    """A job under way in the worker."""

    def __init__(self, worker: Worker, number: int, answers: queue.SimpleQueue[bytes | None]) -> None:
        self._worker, self._number, self._answers = worker, number, answers
        self._open = True

    def result(self, deadline: Deadline) -> Any:
        """What the function returned.

        Raises:
            OutOfTimeError: it did not return in time; the worker was ended.
            WorkerFailedError: it failed.
        """
        try:
            done, value = self._answer(deadline)
        except queue.Empty:
            self._worker.stop()
            raise OutOfTimeError("the time limit passed", hint="give more time with --timeout SECONDS") from None
        except BaseException:
            self._worker.stop()
            raise
        finally:
            self.close()
        if not done:
            raise WorkerFailedError(value)
        return value

    def _answer(self, deadline: Deadline) -> tuple[bool, Any]:
        """The answer to this job; answers to jobs that were given up are passed over."""
        while True:
            remaining = deadline.remaining()
            answer = self._answers.get(timeout=None if math.isinf(remaining) else remaining)
            if answer is None:
                raise WorkerFailedError("the worker process ended")
            number, done, value = pickle.loads(answer)  # noqa: S301 - written by our own worker
            if number == self._number:
                return done, value

    def close(self) -> None:
        """Give up waiting; the worker is free for the next job once this one is done."""
        if self._open:
            self._open = False
            self._worker.release()


class Worker:
    """One process that runs functions of this package, one at a time."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._jobs = 0
        atexit.register(self.stop)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """In a forked child: the process belongs to the parent."""
        self._busy, self._process = threading.Lock(), None

    def submit(self, target: str, *arguments: Any, deadline: Deadline) -> Job:
        """Start ``module:function`` with picklable arguments; waits while another thread's job is under way.

        Raises:
            OutOfTimeError: the worker did not become free in time.
            WorkerFailedError: the worker could not be started.
        """
        remaining = deadline.remaining()
        if not self._busy.acquire(timeout=-1 if math.isinf(remaining) else remaining):
            raise OutOfTimeError("the time limit passed", hint="give more time with --timeout SECONDS")
        try:
            process = self._started()
            if process.stdin is None:
                raise OSError("no pipe")
            self._jobs += 1
            _send(process.stdin, (self._jobs, _seconds(deadline), target, arguments))
        except BaseException as failure:
            self.stop()
            self._busy.release()
            if isinstance(failure, OSError | pickle.PicklingError | RecursionError | TypeError | AttributeError):
                raise WorkerFailedError(str(failure)) from failure
            raise
        return Job(self, self._jobs, self._answers)

    def warm(self, *modules: str) -> None:
        """Start the process, so that its imports, SymPy and ``modules``, run beside whatever the caller does next."""
        if self._busy.acquire(blocking=False):
            try:
                with contextlib.suppress(OSError):
                    self._started(*modules)
            finally:
                self._busy.release()

    def release(self) -> None:
        """Let the next job in."""
        self._busy.release()

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()

    def _started(self, *modules: str) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        start = "import sys; names, *sys.path = sys.argv[1:]; from derivcheck.budget import serve; serve(names.split())"
        command = [sys.executable, "-c", start, " ".join(modules), *sys.path]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)  # noqa: S603 - ourselves
        self._process, self._answers = process, queue.SimpleQueue()
        threading.Thread(target=_collect, args=(process, self._answers), daemon=True).start()
        return process


def _seconds(deadline: Deadline) -> float:
    """After how many seconds the worker is to end itself; 0 for never."""
    remaining = deadline.remaining()
    return 0.0 if math.isinf(remaining) else remaining + _GRACE


def _collect(process: subprocess.Popen[bytes], answers: queue.SimpleQueue[bytes | None]) -> None:
    """Hand on the worker's answers, and None when it has ended."""
    with contextlib.suppress(EOFError, OSError, ValueError):
        while process.stdout is not None:
            answers.put(_receive_frame(process.stdout))
    answers.put(None)


def serve(modules: Sequence[str]) -> None:
    """The worker's main loop: jobs from standard input, answers to standard output, until the input ends.

    Args:
        modules: what is imported besides SymPy before the first job.
    """
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (WORKER_BYTES, WORKER_BYTES))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(jobs,), daemon=True).start()
    with uncollected():
        for module in ("sympy", *modules):
            import_module(module)
    while True:
        # read here, not in the thread: what is read imports modules, and two threads must not import one at a time
        number, seconds, target, arguments = pickle.loads(jobs.get())  # noqa: S301 - written by our own parent
        _end_after(seconds)
        _send(answers, (number, *_outcome(target, arguments)))
        _end_after(0.0)


def _end_after(seconds: float) -> None:
    """Let the kernel end this process after a time, even inside a library that lets no other thread run; 0: never."""
    import signal

    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _receive(jobs: queue.SimpleQueue[bytes]) -> None:
    """Take in jobs; when the parent is gone, end as soon as this thread may run, whatever is being computed."""
    try:
        while True:
            jobs.put(_receive_frame(sys.stdin.buffer))
    finally:
        os._exit(0)


def _send(pipe: IO[bytes], value: Any) -> None:
    """One value as a frame: its length in eight bytes, then its pickle."""
    frame = pickle.dumps(value)
    pipe.write(len(frame).to_bytes(8, "big") + frame)
    pipe.flush()


def _receive_frame(pipe: IO[bytes]) -> bytes:
    """The bytes of one frame.

    Raises:
        EOFError: the other end is closed.
    """
    head = pipe.read(8)
    frame = pipe.read(int.from_bytes(head, "big")) if len(head) == 8 else b""
    if not frame:
        raise EOFError
    return frame


def _outcome(target: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    module, _, name = target.partition(":")
    try:
        function: Callable[..., Any] = getattr(import_module(module), name)
        return True, function(*arguments)
    except (MemoryError, RecursionError) as failure:
        return False, type(failure).__name__
    except Exception as failure:  # noqa: BLE001 - whatever SymPy raises becomes a failed job, never an agreement
        return False, f"{type(failure).__name__}: {failure}"


WORKER = Worker()
"""The warm worker of this process."""
