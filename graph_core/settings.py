"""Settings: where things live and which store is used, from ``TIERTRACE_*`` variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_home() -> Path:
    return user_data_path("tiertrace", appauthor=False)


class Settings(BaseSettings):
    """What can be set from outside; every field is also a ``TIERTRACE_<NAME>`` variable.

    With ``neo4j_uri`` empty the embedded engine is used, its data under ``home``.
    """

    model_config = SettingsConfigDict(env_prefix="TIERTRACE_", extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=_default_home,
        description="Folder of the embedded store, snapshots, rejects and caches; private to its user.",
    )
    neo4j_uri: str = Field(default="", description="Bolt address of a Neo4j server; empty: embedded engine.")
    neo4j_user: str = Field(default="neo4j", description="User name on that server.")
    neo4j_password: SecretStr = Field(default=SecretStr(""), description="Password on that server.")
    neo4j_database: str = Field(default="neo4j", description="Database on that server.")
    read_only: bool = Field(default=False, description="Whether everyone in the app may look and nobody may change.")
    heap: str = Field(
        default="1g", pattern=r"^\d+[mg]$", description="Memory of the embedded engine, such as 512m or 2g."
    )
    idle_minutes: float = Field(
        default=30.0, gt=0, description="Minutes without a client after which the embedded engine stops."
    )
    upload_mb: int = Field(default=500, gt=0, description="Largest file in MB that can be uploaded to the app.")
    query_timeout: float = Field(
        default=60.0, gt=0, description="Longest time in seconds that the embedded engine gives one query."
    )

    @field_validator("home", mode="before")
    @classmethod
    def _of_somewhere(cls, home: Any) -> Any:
        """An empty variable says nothing; as a path it would be the folder in which the program happens to run."""
        return _default_home() if home == "" else home

    @property
    def embedded(self) -> bool:
        """Whether the embedded engine is the store."""
        return not self.neo4j_uri
