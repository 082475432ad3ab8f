"""An object store with the S3 API for tests: all servers of OpenStack Swift in one process, on the loopback interface.

    .venv-s3/bin/python tests/s3_server.py FOLDER PORT

It listens on PORT to PORT + 3, keeps its data in FOLDER, and prints one line when it is ready. Key `test:tester`,
secret `testing`, region us-east-1, buckets by path.
"""

# ruff: noqa: E402  eventlet has to patch sockets before anything imports them
from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import swift.common.utils
import swift.common.utils.config

HOST = "127.0.0.1"
STAGES = (
    "requests", "catch_errors", "gatekeeper", "healthcheck", "cache", "listing_formats", "bulk", "s3api", "tempauth",
    "copy", "slo", "dlo", "versioned_writes", "symlink",
)  # fmt: skip
OPTIONS = {
    "tempauth": "user_test_tester = testing .admin",
    "s3api": "location = us-east-1",
    "versioned_writes": "allow_object_versioning = true",
    "cache": "paste.filter_factory = s3_server:cache_factory",
    "requests": "paste.filter_factory = s3_server:requests_factory",
}


class Memory(dict[str, Any]):
    """Swift's memcached, for one process."""

    def get(self, key: str, raise_on_error: bool = False) -> Any:
        value, until = dict.get(self, key, (None, 0))
        return None if until and until < time.time() else value

    def set(self, key: str, value: Any, serialize: bool = True, time: float = 0, **_: Any) -> None:
        self[key] = (value, time and now() + time)

    def incr(self, key: str, delta: int = 1, time: float = 0) -> int:
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key: str, delta: int = 1, time: float = 0) -> int:
        return self.incr(key, -delta, time)

    def delete(self, key: str, server_key: str | None = None) -> None:
        self.pop(key, None)

    def get_multi(self, keys: list[str], server_key: str) -> list[Any]:
        return [self.get(key) for key in keys]

    def set_multi(self, mapping: dict[str, Any], server_key: str, **options: Any) -> None:
        for key, value in mapping.items():
            self.set(key, value, **options)


def now() -> float:
    return time.time()


def cache_factory(conf: dict[str, str], **_: Any) -> Callable[[Any], Any]:
    memory = Memory()

    def with_cache(app: Any) -> Any:
        def call(environment: dict[str, Any], start: Any) -> Any:
            environment["swift.cache"] = memory
            return app(environment, start)

        return call

    return with_cache


def requests_factory(conf: dict[str, str], **_: Any) -> Callable[[Any], Any]:
    """A line of JSON per request, in FOLDER/requests: method, path, query, range of bytes."""

    def with_log(app: Any) -> Any:
        def call(environment: dict[str, Any], start: Any) -> Any:
            asked = [
                environment.get(name, "")
                for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_RANGE")
            ]
            with open(f"{conf['swift_dir']}/requests", "a") as log:
                log.write(json.dumps(asked) + "\n")
            return app(environment, start)

        return call

    return with_log


def configure(root: str, conf: dict[str, str]) -> None:
    """Write what Swift reads from files, and point it there: it expects /etc/swift."""
    os.makedirs(f"{root}/dev/sda", exist_ok=True)
    with open(f"{root}/swift.conf", "w") as file:
        file.write("[swift-hash]\nswift_hash_path_suffix = local\nswift_hash_path_prefix = local\n")
        file.write("[storage-policy:0]\nname = one\ndefault = yes\n")
    swift.common.utils.SWIFT_CONF_FILE = swift.common.utils.config.SWIFT_CONF_FILE = f"{root}/swift.conf"
    swift.common.utils.validate_hash_conf()
    with open(f"{root}/proxy.conf", "w") as file:
        file.write("[DEFAULT]\n" + "".join(f"{key} = {value}\n" for key, value in conf.items()))
        file.write(f"[pipeline:main]\npipeline = {' '.join(STAGES)} proxy-server\n")
        file.write("[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n")
        for stage in STAGES:
            use = "" if stage in ("cache", "requests") else f"use = egg:swift#{stage}\n"
            file.write(f"[filter:{stage}]\n{use}{OPTIONS.get(stage, '')}\n")


def make_ring(root: str, name: str, port: int) -> None:
    """16 partitions, one copy, on one device."""
    from swift.common.ring import RingBuilder

    ring = RingBuilder(4, 1, 0)
    place = {"id": 0, "region": 1, "zone": 1, "device": "sda", "weight": 1.0, "meta": ""}
    ring.add_dev({**place, "ip": HOST, "port": port, "replication_ip": HOST, "replication_port": port})
    ring.rebalance()
    ring.get_ring().save(f"{root}/{name}.ring.gz")


def main(root: str, port: int) -> None:
    sys.modules["s3_server"] = sys.modules[__name__]  # PasteDeploy imports the cache by this name
    conf = {"devices": f"{root}/dev", "swift_dir": root, "mount_check": "false", "bind_ip": HOST}
    conf["log_level"] = "WARNING"
    configure(root, conf)
    from eventlet import wsgi
    from swift.account.server import AccountController
    from swift.common import storage_policy
    from swift.common import wsgi as swift_wsgi
    from swift.container.server import ContainerController
    from swift.obj.server import ObjectController

    storage_policy.reload_storage_policies()
    log = swift.common.utils.get_logger({"log_level": "WARNING"}, "swift")
    quiet = open(os.devnull, "w")  # noqa: SIM115  as long as the process

    def serve(app: Any, port: int) -> Any:
        listening = eventlet.listen((HOST, port), backlog=512)
        return eventlet.spawn(wsgi.server, listening, app, quiet, protocol=swift_wsgi.SwiftHttpProtocol)

    controllers = {"account": AccountController, "container": ContainerController, "object": ObjectController}
    for number, (name, controller) in enumerate(controllers.items(), 1):
        make_ring(root, name, port + number)
        serve(controller(conf, log), port + number)
    proxy = serve(swift_wsgi.loadapp(f"{root}/proxy.conf"), port)
    print(f"ready http://{HOST}:{port}", flush=True)
    proxy.wait()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]))
