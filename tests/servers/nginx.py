"""A real nginx for tests, with the configuration that `deploy/` ships: only names and ports differ."""

import socket
from collections.abc import Sequence
from pathlib import Path

from servers.processes import Server, find, free_port
from servers.service import ROOT, Service

SHIPPED = ROOT / "deploy" / "nginx.conf"

AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_buffering {buffering};
    {shipped}
}}
"""


class Nginx:
    """In front of these replicas; `url` speaks HTTP/1.1, and HTTP/2 where a client begins with it on `h2_url`."""

    def __init__(self, folder: Path, replicas: Sequence[Service], *, buffering: bool) -> None:
        self.port, self._h2_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.h2_url = f"http://127.0.0.1:{self._h2_port}"
        self.key = replicas[0].key
        shipped = SHIPPED.read_text()
        for number, replica in enumerate(replicas, 1):
            assert f"chatdock-{number}:8000" in shipped
            shipped = shipped.replace(f"chatdock-{number}:8000", f"127.0.0.1:{replica.port}")
        listening = f"listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self._h2_port} http2;"
        assert "listen 80;" in shipped
        shipped = shipped.replace("listen 80;", listening)
        config = folder / "nginx.conf"
        config.write_text(AROUND.format(folder=folder, shipped=shipped, buffering="on" if buffering else "off"))
        program = str(find("nginx", Path("/usr/sbin"), package="nginx-light"))
        self._server = Server([program, "-c", str(config), "-e", f"{folder}/error.log"], folder / "log")
        self._server.start(self._is_ready)

    def stop(self) -> None:
        """Every connection breaks."""
        self._server.stop()

    def _is_ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
