"""Deadlines, and the worker process: killable, reusable, bounded in memory, gone when its parent is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import pytest

from derivcheck import budget
from derivcheck.budget import Deadline, Worker, WorkerFailedError
from derivcheck.errors import OutOfTimeError

LONG = "while True: pass"
FOREVER = Deadline(None)


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.stop()


def alive(pid):
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pid, seconds=15.0):
    """Whether a process ends within a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def pid_of(worker):
    return worker.submit("os:getpid", deadline=FOREVER).result(FOREVER)


def test_a_deadline_passes():
    """It lets work go on until its moment, then raises; without a limit it never does."""
    assert Deadline(None).remaining() == float("inf")
    Deadline(60)()
    late = Deadline(0)
    time.sleep(0.01)
    assert late.remaining() == 0
    with pytest.raises(OutOfTimeError):
        late()


def test_a_job_returns_what_the_function_returns(worker):
    """Jobs run one after the other in one process, which is kept."""
    assert worker.submit("math:gcd", 12, 18, deadline=FOREVER).result(FOREVER) == 6
    assert pid_of(worker) == pid_of(worker) != os.getpid()


@pytest.mark.parametrize("target", ["math:sqrt", "math:no_such_function", "no_such_module:f", "builtins:breakpoint"])
def test_what_a_function_raises_is_a_failed_job(worker, target):
    """A failure is never an answer, and the worker goes on."""
    with pytest.raises(WorkerFailedError):
        worker.submit(target, -1, deadline=FOREVER).result(FOREVER)
    assert worker.submit("math:sqrt", 4, deadline=FOREVER).result(FOREVER) == 2


def test_what_cannot_be_sent_is_a_failed_job(worker):
    """Arguments that cannot be pickled leave the worker usable and free."""
    with pytest.raises(WorkerFailedError):
        worker.submit("math:sqrt", lambda: 0, deadline=FOREVER)
    assert worker.submit("math:sqrt", 4, deadline=Deadline(30)).result(FOREVER) == 2


def test_a_job_that_is_late_is_ended_and_the_next_one_runs(worker):
    """After the deadline the process is killed at once; the next job has a new one."""
    old = pid_of(worker)
    began = time.monotonic()
    with pytest.raises(OutOfTimeError):
        worker.submit("builtins:exec", LONG, deadline=Deadline(0.3)).result(Deadline(0.3))
    assert time.monotonic() - began < 5
    assert gone(old)
    assert pid_of(worker) != old


def test_work_that_lets_no_thread_run_is_ended_too(worker):
    """A single operation of the interpreter that takes for ever is no refuge."""
    old = pid_of(worker)
    with pytest.raises(OutOfTimeError):
        worker.submit("builtins:exec", "9**9**8", deadline=Deadline(0.3)).result(Deadline(0.3))
    assert gone(old)


def test_the_answer_to_a_job_that_was_given_up_goes_to_nobody(worker):
    """A job that is closed before its answer came does not hand its answer to the next job."""
    worker.submit("math:gcd", 12, 18, deadline=FOREVER).close()
    assert worker.submit("math:gcd", 10, 15, deadline=FOREVER).result(FOREVER) == 5


def test_a_worker_that_ends_by_itself_is_a_failed_job(worker):
    """A crash of the process is reported, and the next job has a new process."""
    with pytest.raises(WorkerFailedError):
        worker.submit("os:_exit", 3, deadline=FOREVER).result(Deadline(30))
    assert worker.submit("math:sqrt", 4, deadline=FOREVER).result(FOREVER) == 2


def test_threads_wait_for_each_other(worker):
    """Several threads each get their own answer, also while others run out of time."""
    found = {}

    def ask(k):
        try:
            if k % 4 == 3:
                deadline = Deadline(0.2)
                worker.submit("builtins:exec", LONG, deadline=deadline).result(deadline)
            else:
                found[k] = worker.submit("math:gcd", 6 * k, 6, deadline=FOREVER).result(Deadline(60))
        except OutOfTimeError:
            found[k] = "late"

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert found == {k: "late" if k % 4 == 3 else 6 for k in range(1, 9)}


def test_a_busy_worker_is_waited_for_no_longer_than_the_deadline(worker):
    """A second job does not wait beyond its own time."""
    job = worker.submit("builtins:exec", LONG, deadline=FOREVER)
    with pytest.raises(OutOfTimeError):
        worker.submit("math:sqrt", 4, deadline=Deadline(0.1))
    job.close()
    worker.stop()
    assert worker.submit("math:sqrt", 4, deadline=FOREVER).result(FOREVER) == 2


def test_memory_is_bounded(monkeypatch):
    """A job that asks for more than the limit fails; nothing but the job suffers."""
    import resource

    limit = 700 << 20
    starts = subprocess.Popen

    def limited(command, **options):
        return starts(command, **options, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))

    monkeypatch.setattr(budget.subprocess, "Popen", limited)
    worker = Worker()
    try:
        with pytest.raises(WorkerFailedError, match="MemoryError"):
            worker.submit("builtins:bytearray", 2 << 30, deadline=FOREVER).result(Deadline(60))
        assert worker.submit("math:sqrt", 4, deadline=FOREVER).result(FOREVER) == 2
    finally:
        worker.stop()


def test_the_worker_limits_its_own_memory(worker):
    """The address space of the process is limited as stated."""
    import resource

    found = worker.submit("resource:getrlimit", resource.RLIMIT_AS, deadline=FOREVER).result(FOREVER)
    assert found == (budget.WORKER_BYTES, budget.WORKER_BYTES)


PARENT = """
import sys, time
from derivcheck.budget import WORKER, Deadline
print(WORKER.submit("os:getpid", deadline=Deadline(60)).result(Deadline(60)), flush=True)
if sys.argv[1] != "idle":
    job = WORKER.submit("builtins:exec", sys.argv[1], deadline=Deadline(float(sys.argv[2])))
if sys.argv[3] == "stay":
    print("working", flush=True)
    time.sleep(600)
"""


def parent(work, seconds, then):
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, work, str(seconds), then], stdout=subprocess.PIPE, text=True
    )
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("work", ["idle", LONG])
def test_no_process_is_left_when_the_parent_ends(work):
    """At a normal exit the worker is gone, busy or not, and the exit does not wait for it."""
    process, pid = parent(work, 600, "leave")
    with process:
        assert process.wait(60) == 0
    assert gone(pid)


@pytest.mark.parametrize(("work", "seconds"), [("idle", 600), (LONG, 600), ("9**9**8", 0)])
def test_no_process_is_left_when_the_parent_is_killed(work, seconds):
    """A parent that is killed takes the worker with it; inside one long operation the worker ends by its own alarm."""
    process, pid = parent(work, seconds, "stay")
    with process:
        assert process.stdout.readline() == "working\n"
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGKILL)
    assert gone(pid)


def test_a_forked_child_has_its_own_worker(worker):
    """After a fork the child starts its own process, and the parent's goes on answering the parent."""
    mine = pid_of(worker)
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer interpreters warn of forks beside threads
        child = os.fork()
    if child == 0:  # pragma: no cover - the child
        os.write(writing, str(pid_of(worker)).encode())
        worker.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reading, 20)) != mine
    assert pid_of(worker) == mine
    os.close(reading)
    os.close(writing)


def test_stopping_twice_is_harmless(worker):
    """A worker can be stopped at any time, also when it never ran."""
    worker.stop()
    pid = pid_of(worker)
    worker.stop()
    worker.stop()
    assert gone(pid)
