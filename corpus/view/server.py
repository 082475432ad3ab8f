"""The edge of the viewer: HTTP on the loopback interface, GET alone.

Goes in: a site and a port. Comes out: a server. A request that was not meant for this server, as after a rebinding of
a name to 127.0.0.1, has another Host and is refused.
"""

from __future__ import annotations

import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from corpus.view.reading import Site
from corpus.view.site import Response, respond

HOST = "127.0.0.1"
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def serve(site: Site, port: int) -> ThreadingHTTPServer:
    """A server that is bound but not yet running; port 0 takes a free one. OSError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        """Answers for one site."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                send(self, answer(site, self))
            except ConnectionError:  # who left before a slow store answered wants nothing any more
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Requests are the reader's own; they are not told."""

    return ThreadingHTTPServer((HOST, port), Handler)


def answer(site: Site, request: BaseHTTPRequestHandler) -> Response:
    host = (request.headers.get("Host") or "").partition(":")[0]
    if host not in (HOST, "localhost"):
        return Response(403, "text/plain", b"this server answers to 127.0.0.1 and localhost alone")
    try:
        return respond(site, request.path)
    except Exception:  # one page that fails must not end the others, and its reader has to see why
        return Response(500, "text/plain", traceback.format_exc().encode())


def send(request: BaseHTTPRequestHandler, response: Response) -> None:
    charset = "; charset=utf-8" if response.media_type.startswith("text/") else ""
    request.send_response(response.status)
    request.send_header("Content-Type", response.media_type + charset)
    request.send_header("Content-Length", str(len(response.body)))
    request.send_header("Content-Security-Policy", POLICY)
    request.send_header("X-Content-Type-Options", "nosniff")
    request.send_header("Referrer-Policy", "no-referrer")
    request.send_header("Cross-Origin-Resource-Policy", "same-origin")
    request.end_headers()
    request.wfile.write(response.body)
