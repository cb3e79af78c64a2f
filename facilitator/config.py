"""Settings."""
import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit


class ConfigError(Exception):
    """bad"""


@dataclass(frozen=True)
class Config:
    host: str
    port: int
    data_dir: Path
    key_file: Path
    database_url: str
    redis_url: str | None
    base_url: str
    async_mode: str
    log_level: str
    trusted_proxies: int
    secret_key: bytes
    hmac_secret: bytes

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https:")

    @property
    def origins(self) -> tuple[str, ...]:
        return (self.base_url, f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}")

    @property
    def hosts(self) -> tuple[str, ...]:
        return (urlsplit(self.base_url).hostname or "", "localhost", "127.0.0.1")

    @classmethod
    def from_env(cls, environ=os.environ) -> "Config":
        e = lambda n, d: environ.get("FACILITATOR_" + n, d)
        data = Path(e("DATA_DIR", "instance")).absolute()
        data.mkdir(exist_ok=True, mode=0o700)
        def secret(p):
            if not p.exists():
                p.write_text(token_bytes(32).hex())
                p.chmod(0o600)
            return bytes.fromhex(p.read_text())
        key = Path(e("KEY_FILE", "instance.key")).absolute()
        if not key.exists():
            key.write_text(token_bytes(32).hex())
            key.chmod(0o400)
        port = int(e("PORT", "8000"))
        return cls(e("HOST", "0.0.0.0"), port, data, key, e("DATABASE_URL", f"sqlite:///{data}/perhaps.db"), None, e("BASE_URL", f"http://127.0.0.1:{port}"), e("ASYNC_MODE", "eventlet"), "INFO", 0, secret(data / "cookie.secret"), secret(data / "hmac.secret"))
