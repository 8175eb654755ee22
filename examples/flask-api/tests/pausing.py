"""A database that pauses while nobody is connected, as Aurora Serverless does."""

import socket
import threading
from types import TracebackType

from postgres import Server


class Pausing:
    """A proxy before a server: what connects to a paused one waits until it has resumed."""

    def __init__(self, server: Server, resume_seconds: float) -> None:
        self.server, self.resume_seconds = server, resume_seconds
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections: set[socket.socket] = set()
        self.resumed = threading.Event()
        self.resuming = False
        threading.Thread(target=self.accept, daemon=True).start()

    def variables(self) -> dict[str, str]:
        """Of a cluster without a reader: both names lead to the writer."""
        return {
            "DB_HOST": "127.0.0.1",
            "DB_READER_HOST": "127.0.0.1",
            "DB_PORT": str(self.port),
        }

    def pause(self) -> None:
        assert not self.connections, "a connection keeps it awake"
        self.resumed.clear()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # It is closed.
                return
            self.connections.add(client)
            if not self.resumed.is_set() and not self.resuming:
                self.resuming = True
                threading.Timer(self.resume_seconds, self.resume).start()
            threading.Thread(target=self.connect, args=[client], daemon=True).start()

    def resume(self) -> None:
        self.resuming = False
        self.resumed.set()

    def connect(self, client: socket.socket) -> None:
        self.resumed.wait()
        server = socket.create_connection((self.server.host, self.server.port))
        threading.Thread(target=self.pass_on, args=[server, client], daemon=True).start()
        self.pass_on(client, server)
        self.connections.discard(client)

    def pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # The other side has gone.
            pass

    def __enter__(self) -> "Pausing":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.listener.close()
