"""The worker of gunicorn, as one that lost its server must be."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Threads that answer until they are told to end, or their server is gone."""

    alive: bool

    def is_parent_alive(self) -> bool:
        """Return whether the server is there; without it this worker ends as one that is told to.

        gunicorn's own would go on to keep connections: pages that ask often enough would be
        answered, and the port held, for as long as a file is waited for.
        """
        self.alive = self.alive and bool(super().is_parent_alive())
        return self.alive
