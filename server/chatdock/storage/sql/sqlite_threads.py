"""The threads that wait for a disk so that no event loop has to: readers, and one writer with group commit.

Writes that queue up while the last fsync runs share the next transaction, so one fsync and one wake-up of the loop serve
them all. A group in which nothing has to be durable has no fsync.
"""

from chatdock.storage.sql.sqlite_file import explain, is_away
from chatdock.storage.sql.sqlite_jobs import JobQueue, Jobs, settle
from chatdock.storage.sql.sqlite_link import Link


class Reader:
    """A thread's work: take a job, run its plan, hand the result back."""

    def __init__(self, link: Link, queue: JobQueue) -> None:
        self._link = link
        self._queue = queue

    def work(self) -> None:
        """Until a None arrives."""
        last = False
        while not last:
            jobs, last = self._take()
            if jobs:
                try:
                    self._run(jobs)
                except Exception as error:  # noqa: BLE001 - a thread's edge: nobody may wait for ever
                    for job in jobs:
                        job.error = job.error or explain(error)
                settle(jobs)
        self._link.drop()

    def _take(self) -> tuple[Jobs, bool]:
        jobs = self._queue.take()
        return ([], True) if jobs is None else (jobs, False)

    def _run(self, jobs: Jobs) -> None:
        for job in jobs:
            try:
                job.result = self._link.run(job.plan)
            except Exception as error:  # noqa: BLE001 - a thread's edge: everything goes to the one who asked
                if is_away(error):
                    self._link.drop()  # the next job tries a fresh one
                job.error = explain(error)


class Writer(Reader):
    """Group commit: whatever queued up during the last fsync goes into one transaction."""

    def _take(self) -> tuple[Jobs, bool]:
        jobs, last = super()._take()
        return jobs, last or not self._queue.take_more(jobs)

    def _run(self, jobs: Jobs) -> None:
        try:
            if not self._run_together(jobs):
                self._run_apart(jobs)
        except Exception as error:  # noqa: BLE001 - a thread's edge; nothing of the group is written
            # A full disk or a lost file is everybody's error.
            self._link.roll_back()
            self._link.drop()
            for job in jobs:
                job.error = explain(error)

    def _run_together(self, jobs: Jobs) -> bool:
        """One after the other, without a savepoint each: a refusal is rare, and undoes the whole group."""
        self._begin(jobs)
        for job in jobs:
            try:
                job.result = self._link.run(job.plan)
            except Exception as error:
                if is_away(error):
                    raise
                self._link.roll_back()
                job.error = explain(error)
                return len(jobs) == 1
        self._link.execute("COMMIT")
        return True

    def _run_apart(self, jobs: Jobs) -> None:
        """The same again, each in a savepoint of its own: what is refused undoes only itself."""
        self._begin(jobs)
        for job in jobs:
            self._link.execute("SAVEPOINT job")
            job.error = None
            try:
                job.result = self._link.run(job.plan)
            except Exception as error:
                if is_away(error):
                    raise
                job.error = explain(error)
                self._link.execute("ROLLBACK TO job")
            self._link.execute("RELEASE job")
        self._link.execute("COMMIT")

    def _begin(self, jobs: Jobs) -> None:
        self._link.begin(is_durable=any(job.is_durable for job in jobs))
