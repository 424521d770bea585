"""Who in this process waits for more of which run."""

from collections.abc import Callable

Wake = Callable[[], None]


class Watchers:
    """Wakes by run id. Whether a run is watched decides what is kept of it here."""

    def __init__(self, on_last_gone: Callable[[str], None]) -> None:
        self._wakes: dict[str, list[Wake]] = {}
        self._on_last_gone = on_last_gone

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._wakes

    def add(self, run_id: str, wake: Wake) -> Callable[[], None]:
        """Until the returned function is called, which may happen twice."""
        self._wakes.setdefault(run_id, []).append(wake)
        watching = True

        def unwatch() -> None:
            nonlocal watching
            if not watching:
                return
            watching = False
            wakes = self._wakes[run_id]
            wakes.remove(wake)
            if not wakes:
                del self._wakes[run_id]
                self._on_last_gone(run_id)

        return unwatch

    def wake(self, run_id: str) -> None:
        """There is more to read, or nothing any more."""
        for wake in tuple(self._wakes.get(run_id, ())):
            wake()

    def wake_all(self) -> None:
        """Let everybody look again."""
        for run_id in tuple(self._wakes):
            self.wake(run_id)
