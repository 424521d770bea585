"""Who is asking, and what they may reach."""

import msgspec


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a query may touch. None means any, which only a server key has."""

    project: str
    user: str | None = None
    workflow: str | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The holder of a verified client secret."""

    project: str
    user: str
    workflow: str
    workflow_version: str
    session_id: str
    expires_at: int
    origins: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """Everything this actor may reach."""
        return Scope(project=self.project, user=self.user, workflow=self.workflow)


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """The holder of a verified server key. `key_id` is safe to log."""

    project: str
    key_id: str
    scopes: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        """Everything this key may reach: its whole project."""
        return Scope(project=self.project)
