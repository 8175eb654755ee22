"""Runs the API as the Dockerfile says, without Docker."""

import copy
import http.client
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent.parent

# Service.ReleaseCommand of the platform.
RELEASE = ("flask", "--app", "app", "db", "upgrade")

# gunicorn trusts proxies on its own machine, where the tests are. The load balancer is not.
NOT_LOCAL = "--forwarded-allow-ips=192.0.2.1"


class Image:
    """What COPY puts into the image, and the variables and the command that a container gets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self.command: list[str] = []
        for line in (SOURCE / "Dockerfile").read_text().splitlines():
            instruction, _, arguments = line.partition(" ")
            if instruction == "COPY":
                *names, target = arguments.split()
                for name in names:
                    if (SOURCE / name).is_dir():
                        ignored = shutil.ignore_patterns("__pycache__")
                        shutil.copytree(SOURCE / name, folder / target, ignore=ignored)
                    else:
                        shutil.copy(SOURCE / name, folder)
            elif instruction == "ENV":
                self.environment |= dict(item.split("=", 1) for item in shlex.split(arguments))
            elif instruction == "CMD":
                self.command = json.loads(arguments)
        self.files_at_start = self.files()

    def run(
        self,
        log: Path,
        port: int,
        environment: dict[str, str],
        options: str = "",
        command: list[str] | None = None,
    ) -> "API":
        """Start a container, with the image's folder for its root, and perhaps another command."""
        bind = {"GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port} {NOT_LOCAL} {options}"}
        with log.open("w") as output:
            process = subprocess.Popen(
                command or self.command,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                env=self.variables(environment) | bind,
            )
        return API(process, port, log)

    def variables(self, environment: dict[str, str]) -> dict[str, str]:
        paths = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
        }
        return self.environment | environment | paths

    def start(self, *command: str, environment: dict[str, str]) -> "subprocess.Popen[str]":
        """Run another command in a container."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.variables(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def release(
        self, environment: dict[str, str], *command: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a release command in a container, to its end."""
        return subprocess.run(
            command or RELEASE,
            check=False,
            cwd=self.folder,
            env=self.variables(environment),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def copy(self, folder: Path) -> "Image":
        """Another image with the same files, which a test may change."""
        shutil.copytree(self.folder, folder)
        copied = copy.copy(self)
        copied.folder = folder
        return copied

    def files(self) -> dict[Path, int]:
        """Every file and folder, with the time of its last change."""
        return {path: path.lstat().st_mtime_ns for path in [self.folder, *self.folder.rglob("*")]}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class API:
    """A running container."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, None, headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        content = body if isinstance(body, str) else json.dumps(body)
        return self.request("POST", path, content, {"Content-Type": "application/json"} | headers)

    def request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), json.load(response))
        finally:
            connection.close()

    def wait_until_healthy(self) -> None:
        def healthy() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            try:
                return self.get("/health").status == 200
            except (ConnectionError, TimeoutError):
                return False

        eventually(healthy, 60)


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.05)
