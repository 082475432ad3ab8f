"""`corpus view`: a build or a release in the browser."""

from __future__ import annotations

import argparse
import signal
import threading

from corpus.verbs.numbers import port

HELP = "a build or a release in the browser: documents as they read, kept and dropped, scores, another one beside it"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="folder or URI of a finished build or of a release")
    parser.add_argument(
        "--beside",
        metavar="OUT",
        help="another build or release of the same input to compare with, or OUT/builds/DIGEST.json",
    )
    parser.add_argument("--port", type=port, default=8080, help="port on 127.0.0.1; 0 takes a free one")


def run(options: argparse.Namespace) -> None:
    from importlib.util import find_spec

    from corpus.errors import InputError

    if find_spec("duckdb") is None:
        raise InputError(
            "corpus view needs duckdb, which is not installed: pip install 'interleaved-corpus[view]'"
        )
    from corpus.view.reading import Site, read_all
    from corpus.view.server import serve
    from corpus.view.site import look_at

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends it, the index goes
    site = Site(look_at(options.out), look_at(options.beside) if options.beside else None)
    try:
        server = serve(site, options.port)
    except OSError as error:
        raise InputError(
            f"port {options.port} cannot be had ({error.strerror}); choose another --port"
        ) from None
    print(f"http://127.0.0.1:{server.server_address[1]}/  (Ctrl-C ends it)", flush=True)
    reader = threading.Thread(target=read_all, args=(site,))
    reader.start()
    try:
        with server:
            server.serve_forever()
    finally:
        for each in site.opened:
            each.index.stop()
        reader.join()
