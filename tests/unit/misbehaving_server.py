"""A web server on loopback that answers as the wild web does, each path named by its defect, and names for it.

Its `turns` are answers by path, each given once and the last one for ever.
"""

import gzip
import io
import socket
import socketserver
import struct
import threading
import time
import zlib
from contextlib import contextmanager, suppress

from aiohttp.abc import AbstractResolver
from PIL import Image

from corpus.fetch.guard import Gate


def picture(format_="JPEG", size=(64, 48)):
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, format_)
    return buffer.getvalue()


def long_gif(n_frames):
    """A GIF of so many equal frames of one pixel each."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * n_frames + b"\x3b"


def png_bomb(side_px):
    """A small PNG that claims to be large, with a chunk that inflates to a hundred megabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(100)) + packer.flush()
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)),
        (b"IDAT", packed),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


JPEG = picture()


def answer(body=b"", status="200 OK", **headers):
    fields = {"Content_Type": "image/jpeg", "Content_Length": str(len(body)), **headers}
    given = {name.replace("_", "-"): value for name, value in fields.items() if value is not None}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def redirect(location, status="302 Found"):
    return answer(status=status, Location=location)


ANSWERS = {
    "/good.jpg": answer(JPEG),
    "/good.png": answer(picture("PNG"), Content_Type="image/png"),
    "/named.jpg": answer(picture("PNG")),
    "/no-length.jpg": answer(JPEG, Content_Length=None, Connection="close"),
    "/gzip.jpg": answer(gzip.compress(JPEG), Content_Encoding="gzip"),
    "/not-gzip.jpg": answer(JPEG, Content_Encoding="gzip"),
    "/gzip-bomb.jpg": answer(gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip"),
    "/missing.jpg": answer(b"<h1>Not found</h1>", "404 Not Found", Content_Type="text/html"),
    "/failing.jpg": answer(b"", "500 Internal Server Error"),
    "/no-content.jpg": answer(b"", "204 No Content", Content_Length=None),
    "/empty.jpg": answer(b""),
    "/page.jpg": answer(b"<!DOCTYPE html><title>sign in</title>"),
    "/drawing.svg": answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", Content_Type="image/svg+xml"),
    "/bomb.png": answer(png_bomb(60_000), Content_Type="image/png"),
    "/long.gif": answer(long_gif(10_000), Content_Type="image/gif"),
    "/half.jpg": answer(JPEG[: len(JPEG) // 2]),
    "/lying-length.jpg": answer(JPEG, Content_Length="100000", Connection="close"),
    "/reset.jpg": answer(JPEG[:100], Content_Length=str(len(JPEG))),
    "/claims-too-much.jpg": answer(JPEG, Content_Length="999999999"),
    "/noai.jpg": answer(JPEG, X_Robots_Tag="noai, noimageai"),
    "/tdm.jpg": answer(JPEG, tdm_reservation="1", tdm_policy="https://pictures.example/licences"),
    "/nofollow.jpg": answer(JPEG, X_Robots_Tag="nofollow, otherbot: noindex"),
    "/not-http.jpg": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/silent.jpg": b"",
    "/long-header.jpg": answer(JPEG, X_Long="x" * 20_000),
    "/many-headers.jpg": answer(JPEG, **{f"X_{number}": "x" for number in range(1_000)}),
    "/to-good.jpg": redirect("/good.jpg", "301 Moved Permanently"),
    "/loop.jpg": redirect("/loop.jpg"),
    "/five.jpg": redirect("/four.jpg"),
    "/four.jpg": redirect("/three.jpg"),
    "/three.jpg": redirect("/two.jpg"),
    "/two.jpg": redirect("/to-good.jpg"),
    "/six.jpg": redirect("/five.jpg"),
    "/to-metadata.jpg": redirect("http://169.254.169.254/latest/meta-data/"),
    "/to-private.jpg": redirect("http://10.0.0.1/a.jpg"),
    "/to-loopback6.jpg": redirect("//[::1]/a.jpg"),
    "/to-decimal.jpg": redirect("http://2130706433/a.jpg"),
    "/to-file.jpg": redirect("file:///etc/passwd"),
    "/to-port.jpg": redirect("http://pictures.example:22/"),
    "/to-inside.jpg": redirect("http://inside.example:{port}/a.jpg"),
    "/to-nowhere.jpg": answer(status="302 Found"),
    "/kept-out/a.jpg": answer(JPEG),
    "/robots.txt": answer(b"User-agent: *\nDisallow: /kept-out/\n", Content_Type="text/plain"),
}
ENDLESS = {
    "/slow-body.jpg": (b"\xff", 0.05),
    "/steady-body.jpg": (b"\xff" * 1_000, 0.05),
    "/endless.jpg": (b"\xff" * 65_536, 0.0),
}
ABRUPT = {"/lying-length.jpg", "/no-length.jpg", "/reset.jpg", "/not-http.jpg", "/silent.jpg"}


NAMES = {
    "pictures.example": ["127.0.0.1"],
    "inside.example": ["10.0.0.1"],
    "both.example": ["10.0.0.1", "127.0.0.1"],
    "forbidding.example": ["127.0.0.1"],
}


class Names(AbstractResolver):
    """Answers from a list; each of a name's `turns` is given once, the last one for ever."""

    def __init__(self, turns=None):
        self.turns = turns or {}

    async def resolve(self, host, port=0, family=socket.AF_INET):
        turns = self.turns.get(host)
        addresses = NAMES.get(host) if turns is None else turns.pop(0) if len(turns) > 1 else turns[0]
        if addresses is None:
            raise OSError(None, "no such name")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in addresses
        ]

    async def close(self):
        pass


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while request := self.read_request():
            self.server.requests.append(request)
            path = request[0].partition("?")[0]
            robots = self.server.robots.get(request[1]["host"].partition(":")[0])
            if path == "/robots.txt" and robots is not None:
                self.wfile.write(robots)
            elif path == "/slow-head.jpg":
                return self.send_slowly(answer(JPEG, X_Long="x" * 10_000))
            elif path == "/hanging.jpg":  # the body is whole, but its end is not told
                self.wfile.write(answer(JPEG, Content_Length=None))
                return self.server.stopped.wait(60)
            elif path == "/held-open.jpg":
                self.wfile.write(answer(JPEG))
                return self.server.stopped.wait(60)
            elif path == "/aborted.jpg":
                self.wfile.write(ANSWERS["/reset.jpg"])
                return self.abort()
            elif path in ENDLESS:
                return self.send_without_end(*ENDLESS[path])
            elif turns := self.server.turns.get(path):
                self.wfile.write(turns.pop(0) if len(turns) > 1 else turns[0])
            else:
                data = ANSWERS.get(path, ANSWERS["/missing.jpg"])
                self.wfile.write(data.replace(b"{port}", b"%d" % self.server.port))
            if path in ABRUPT:
                return None

    def read_request(self):
        if self.rfile.peek(1)[:1] == b"\x16":  # a TLS greeting: this server speaks none
            self.wfile.write(ANSWERS["/failing.jpg"])
            return None
        line = self.rfile.readline().split()
        headers = {}
        while field := self.rfile.readline().strip():
            name, _, value = field.decode().partition(":")
            headers[name.lower()] = value.strip()
        return (line[1].decode(), headers, time.monotonic()) if line else None

    def abort(self):
        """End the connection with RST instead of FIN, once the client has read what was sent."""
        time.sleep(0.05)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def send_slowly(self, data):
        for byte in data:
            if self.server.stopped.wait(0.05):
                return
            self.wfile.write(bytes([byte]))

    def send_without_end(self, chunk, pause_s):
        self.wfile.write(answer(Content_Length=None, Connection="close"))
        while not self.server.stopped.wait(pause_s):
            self.wfile.write(chunk)

    def finish(self):
        with suppress(OSError):
            super().finish()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.requests = []
        self.robots = {}
        self.turns = {}
        self.stopped = threading.Event()

    def handle_error(self, request, client_address):
        """Clients that hang up are what is tested."""

    def asked(self, path):
        return [request for request in self.requests if request[0] == path]


@contextmanager
def serving():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()


def loopback(*ports):
    """The gate for which 127.0.0.1 is all of the public Internet."""
    return Gate(is_public=lambda address: address == "127.0.0.1", ports=frozenset(ports))
