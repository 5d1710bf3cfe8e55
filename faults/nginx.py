"""A real nginx in front of the site, with the configuration that `docs/deploying.md` recommends."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.harness.services import BASE_DIR, Process, free_port

CONFIGURATION = BASE_DIR / "deploy" / "nginx.conf"
NAME = "127.0.0.1"
PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

MAIN = """
user root;
daemon off;
pid {place}/nginx.pid;
error_log {place}/log warn;
events {{ worker_connections 4096; }}
http {{
    access_log {place}/access.log;
    {temporary}
    types {{ text/css css; text/javascript js; }}
    include {place}/site.conf;
}}
"""
TEMPORARY = ("client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path")


class Nginx(Process):
    """nginx with TLS on a free port, in front of server processes on these ports."""

    name = "nginx"

    def __init__(self, directory: Path, *, upstreams: Sequence[int], static: Path) -> None:
        super().__init__(directory)
        self.port = free_port()
        self.origin = f"https://{NAME}:{self.port}"
        self.socket_url = f"wss://{NAME}:{self.port}/ws/"
        self.certificate = directory / "certificate.pem"
        key = directory / "key.pem"
        make_certificate(self.certificate, key)
        self.tls = ssl.create_default_context(cafile=self.certificate)
        text = adapted(CONFIGURATION.read_text(), self.port, upstreams, self.certificate, key, static)
        (directory / "site.conf").write_text(text)
        temporary = "\n    ".join(f"{name} {directory}/{name};" for name in TEMPORARY)
        (directory / "nginx.conf").write_text(MAIN.format(place=directory, temporary=temporary))

    def command(self) -> list[str]:
        assert PROGRAM is not None
        return [PROGRAM, "-p", str(self.directory), "-c", str(self.directory / "nginx.conf")]

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((NAME, self.port)) == 0

    def complaints(self) -> list[str]:
        """The lines of nginx's error log about requests for which no process was available."""
        return [line for line in self.output().splitlines() if "no live upstreams" in line]


def adapted(text: str, port: int, upstreams: Sequence[int], certificate: Path, key: Path, static: Path) -> str:
    """The repository's configuration with other names, ports and files, and no other changes."""
    lines = re.findall(r"^ *server 127\.0\.0\.1:\d+(.*)$", text, re.MULTILINE)
    ours = "\n".join(f"    server 127.0.0.1:{upstream}{lines[0]}" for upstream in upstreams)
    text = re.sub(r"(^ *server 127\.0\.0\.1:\d+.*$\n)+", ours + "\n", text, flags=re.MULTILINE)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 80;", f"listen {NAME}:{free_port()};").replace("listen 443", f"listen {NAME}:{port}")
    text = re.sub(r"(ssl_certificate +)\S+;", rf"\g<1>{certificate};", text)
    text = re.sub(r"(ssl_certificate_key +)\S+;", rf"\g<1>{key};", text)
    text = re.sub(r"alias \S+;", f"alias {static}/;", text)
    return text.replace("chat.example.com", NAME)


def make_certificate(certificate: Path, key: Path) -> None:
    """Write a self-signed certificate for 127.0.0.1."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=IP:{NAME}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
