"""The one place that reads the environment. Every setting has a preset; the names are a contract."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of a run, each read from `RONGQIAO_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="RONGQIAO_", extra="ignore")

    home: Path = Field(default=Path(".rongqiao"), description="the one folder that holds everything")
    database: str | None = Field(default=None, description="SQLAlchemy URL; without it the SQLite file of the home")
    host: str = Field(default="127.0.0.1", description="address that `serve` listens on")
    port: int = Field(default=8765, ge=1, le=65535, description="port that `serve` listens on")
    secure_cookies: bool = Field(default=False, description="mark the session cookie Secure (behind HTTPS)")


def read_settings() -> Settings:
    """Return the settings of this process's environment."""
    return Settings()
