"""A fair queue of jobs in worker processes: owners take turns, each sees its place, and what is left is cancelled."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal

from lstm_viz.jobs.worker import Reply, Request, Worker

State = Literal["waiting", "running", "done", "failed", "cancelled"]
#: How often a job is begun whose worker process ends in the midst.
ATTEMPTS = 2
#: Seconds without a job after which a worker process ends, which gives its memory back.
IDLE_SECONDS = 120.0
WORKER_ENDED = (
    "The process that worked on this ended twice, most likely for want of memory. Try again later, or with less."
)


class JobError(ValueError):
    """A job that can't be done, with a sentence for the person who asked for it."""


class Job:
    """A job that was asked for. Left as a context manager, it is cancelled where it is not done."""

    def __init__(self, queue: JobQueue, owner: str, request: Request) -> None:
        self.owner, self.request = owner, request
        self.state: State = "waiting"
        #: What the generator yielded and nobody took yet.
        self.values: deque[Any] = deque()
        self.error: Exception | None = None
        self.attempts = 0
        self.worker: Worker | None = None
        self._queue = queue

    @property
    def place(self) -> int:
        """How many jobs are begun before this one; 0 where it is the next, or runs."""
        return self._queue.place_of(self)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state in ("done", "failed", "cancelled")

    def results(self, every: float = 0.5) -> Iterator[Any]:
        """What the job's generator yields; None where nothing new came for `every` seconds, which it may wait.

        Raises the exception that ended the generator, JobError where its process ended.
        """
        while True:
            with self._queue.changed:
                if not self.values and not self.has_ended:
                    self._queue.changed.wait(every)
                taken = list(self.values)
                self.values.clear()
                ended = self.has_ended
            yield from taken
            if ended:
                if self.error is not None:
                    raise self.error
                return
            if not taken:
                yield None

    def cancel(self) -> None:
        """Takes the job out of the queue, or ends its process; nothing where it has ended."""
        self._queue.cancel(self)

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel()


class JobQueue:
    """So many worker processes, and the jobs that wait for them. A process begins with the first job that needs it."""

    def __init__(
        self, workers: int, *, per_owner: int = 2, in_all: int = 200, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self.per_owner, self.in_all, self.idle_seconds = per_owner, in_all, idle_seconds
        self.changed = threading.Condition()
        #: Waiting jobs by their owners, the owner whose turn is next first.
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._running: set[Job] = set()
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name=f"jobs {k}", daemon=True) for k in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, owner: str, function: str, **arguments: Any) -> Job:
        """Asks for a generator function, by its dotted name, to be run with these arguments.

        Raises JobError where the owner, or all together, have asked for too many.
        """
        job = Job(self, owner, Request(function, arguments))
        with self.changed:
            jobs = [*self._running, *(other for line in self._waiting.values() for other in line)]
            own = sum(other.owner == owner for other in jobs)
            if own >= self.per_owner:
                raise JobError(
                    f"{own} jobs of yours are running or waiting, and a session may have {self.per_owner} "
                    "(LSTM_VIZ_JOBS_PER_SESSION). Cancel one, or wait until one is done."
                )
            if len(jobs) >= self.in_all:
                raise JobError(
                    f"{len(jobs)} jobs are running or waiting on this server, which is as many as it takes "
                    "(LSTM_VIZ_JOBS). Try again in a few minutes."
                )
            self._waiting.setdefault(owner, deque()).append(job)
            self.changed.notify_all()
        return job

    def cancel(self, job: Job) -> None:
        """See `Job.cancel`."""
        with self.changed:
            if job.has_ended:
                return
            if job.state == "waiting":
                self._remove(job)
            job.state = "cancelled"
            if job.worker is not None:
                job.worker.stop()
            self.changed.notify_all()

    def place_of(self, job: Job) -> int:
        """See `Job.place`."""
        with self.changed:
            return self._order().index(job) if job.state == "waiting" else 0

    def close(self) -> None:
        """Cancels all jobs and ends all processes."""
        with self.changed:
            self._closed = True
            for job in (*self._order(), *self._running):
                self.cancel(job)
            self.changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _order(self) -> list[Job]:
        """Waiting jobs as they will be begun: owners take turns, each owner's in their order."""
        lines = [list(line) for line in self._waiting.values()]
        return [line[turn] for turn in range(max(map(len, lines), default=0)) for line in lines if turn < len(line)]

    def _remove(self, job: Job) -> None:
        line = self._waiting[job.owner]
        line.remove(job)
        if not line:
            del self._waiting[job.owner]

    def _run(self) -> None:
        """One worker process's thread: takes jobs in turn, and ends the process where none comes for a while."""
        worker: Worker | None = None
        while (job := self._next(worker)) is not None or worker is not None:
            worker = worker or Worker()
            if job is None or not self._work(job, worker):
                worker.close()
                worker = None

    def _next(self, worker: Worker | None) -> Job | None:
        """The next job, which is now running; None where the worker has been idle too long, or the queue is closed.

        A thread without a worker waits for as long as it takes.
        """
        idle_until = time.monotonic() + self.idle_seconds
        with self.changed:
            while not self._waiting and not self._closed:
                left = None if worker is None else idle_until - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self.changed.wait(left)
            if self._closed:
                return None
            owner, line = next(iter(self._waiting.items()))
            job = line[0]
            self._remove(job)
            if owner in self._waiting:
                self._waiting.move_to_end(owner)
            job.state = "running"
            self._running.add(job)
            self.changed.notify_all()
            return job

    def _work(self, job: Job, worker: Worker) -> bool:
        """Has a worker do a job. Returns whether the worker can do another one."""
        with self.changed:
            if job.state == "cancelled":
                self._running.discard(job)
                return True
            job.worker, job.attempts = worker, job.attempts + 1
        try:
            worker.send(job.request)
            while (reply := worker.receive()) is not None and not reply.ended:
                with self.changed:
                    job.values.append(reply.value)
                    self.changed.notify_all()
            error = None if reply is None else reply.error
        except OSError:
            reply, error = None, None
        except Exception as refused:  # what can't be pickled
            reply, error = Reply(ended=True), refused
        self._end(job, worker_ended=reply is None, error=error)
        return reply is not None and job.state != "cancelled"

    def _end(self, job: Job, worker_ended: bool, error: Exception | None) -> None:
        """Notes how a job ended; one whose process ended is begun once more, before any other."""
        with self.changed:
            job.worker = None
            self._running.discard(job)
            if job.state == "cancelled":
                pass
            elif worker_ended and job.attempts < ATTEMPTS:
                job.state = "waiting"
                job.values.clear()
                self._waiting.setdefault(job.owner, deque()).appendleft(job)
                self._waiting.move_to_end(job.owner, last=False)
            elif worker_ended:
                job.state, job.error = "failed", JobError(WORKER_ENDED)
            else:
                job.state, job.error = ("done" if error is None else "failed"), error
            self.changed.notify_all()
