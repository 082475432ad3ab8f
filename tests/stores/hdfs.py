"""A name node and a data node of Hadoop 2.7.3 on the loopback interface, from the jars that pyspark 2.4.8 brings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hdfs_native
import pyspark
import pytest

from corpus.hdfs import file_system
from corpus.storage import locate
from tests.jobs.built import ROOT
from tests.stores.ports import free_ports, wait_for

HADOOP = ROOT / ".hadoop"
JARS = HADOOP / "jars"
# Hadoop 2.7 is older than Java's modules.
JAVA = ("java", "-Xmx256m", "--add-opens", "java.base/java.lang=ALL-UNNAMED")
SERVERS = "org.apache.hadoop.hdfs.server"


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The URI of an empty folder of a file system of its own."""
    if not JARS.exists():
        pytest.skip("no .hadoop: `make .hadoop/.made` gets the servers")
    port = free_ports(5)
    configure(folder, port)
    command = [*JAVA, "-cp", f"{folder}:{JARS}/*"]
    name_node = [*command, f"{SERVERS}.namenode.NameNode"]
    with ExitStack() as stack:
        log = stack.enter_context(open(folder / "log", "wb"))
        subprocess.run([*name_node, "-format", "-nonInteractive"], stdout=log, stderr=log, check=True)
        for server in (name_node, [*command, f"{SERVERS}.datanode.DataNode"]):
            process = stack.enter_context(subprocess.Popen(server, stdout=log, stderr=log))
            stack.callback(process.kill)
            wait_for(port if server is name_node else port + 4)
        wait_until_written(f"hdfs://127.0.0.1:{port}")
        stack.callback(file_system.cache_clear)
        yield f"hdfs://127.0.0.1:{port}/corpus-test"


@contextmanager
def serve_to_libhdfs(folder: Path) -> Iterator[str]:
    """The same, by Hadoop's own client, as if hdfs-native were not installed: libhdfs.so, compiled from
    the sources that pydoop brings, and the jars of the Spark that is installed here."""
    if not (HADOOP / "libhdfs.so").exists():
        pytest.skip("no .hadoop/libhdfs.so: `make .hadoop/.made` compiles it, given a C compiler and a JDK")
    (folder / "hidden" / "hdfs_native").mkdir(parents=True)
    (folder / "hidden" / "hdfs_native" / "__init__.py").write_text("raise ImportError\n")
    java = Path(shutil.which("java") or "java").resolve().parents[1]
    jars = sorted((Path(pyspark.__file__).parent / "jars").glob("*.jar"))
    with serve(folder) as uri, pytest.MonkeyPatch.context() as environment:
        environment.setitem(sys.modules, "hdfs_native", None)
        environment.setenv("PYTHONPATH", str(folder / "hidden"), prepend=os.pathsep)
        environment.setenv("ARROW_LIBHDFS_DIR", str(HADOOP))
        environment.setenv("JAVA_HOME", str(java))
        environment.setenv("CLASSPATH", ":".join(map(str, jars)))
        file_system.cache_clear()  # of clients that were found before
        assert locate(uri)[0].type_name == "hdfs"
        yield uri


def configure(folder: Path, port: int) -> None:
    """Write what both nodes read from their class path: no authentication, one copy of each block, no web pages."""
    core = {"fs.defaultFS": f"hdfs://127.0.0.1:{port}", "hadoop.tmp.dir": f"{folder}/data"}
    nodes = {
        "dfs.replication": 1,
        "dfs.webhdfs.enabled": "false",
        "dfs.permissions.superusergroup": "supergroup",
        "dfs.namenode.http-address": f"127.0.0.1:{port + 1}",
        "dfs.datanode.address": f"127.0.0.1:{port + 2}",
        "dfs.datanode.http.address": f"127.0.0.1:{port + 3}",
        "dfs.datanode.ipc.address": f"127.0.0.1:{port + 4}",
    }
    for name, settings in {"core-site.xml": core, "hdfs-site.xml": nodes}.items():
        rows = [
            f"<property><name>{key}</name><value>{value}</value></property>"
            for key, value in settings.items()
        ]
        (folder / name).write_text(f"<configuration>{''.join(rows)}</configuration>")
    for pages in ("hdfs", "datanode"):
        (folder / "webapps" / pages).mkdir(parents=True)


def close_to_others(uri: str) -> None:
    """Let nobody but the owner look into a folder."""
    hdfs_native.Client(uri).set_permission(f"/{uri.removeprefix('hdfs://').partition('/')[2]}", 0o700)


def wait_until_written(uri: str, seconds: float = 60) -> None:
    """Until a file can be written: the data node has to be known to the name node."""
    client, until = hdfs_native.Client(uri), time.monotonic() + seconds
    overwriting = hdfs_native.WriteOptions(overwrite=True)
    while True:
        try:
            with client.create("/ready", overwriting) as file:
                file.write(b"ready")
            return
        except (OSError, RuntimeError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
