"""A Spark standalone cluster on the loopback interface: a master and workers, each a process with a folder of its own.

What runs on it comes by --py-files and from an interpreter whose packages hold no `corpus`: neither the checkout nor an
editable installation is on any path.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.processes import children
from tests.jobs.built import ROOT

WAIT_S = 600
TASK_STARTS = re.compile(r"Starting task \S+ in stage .*?, ?executor (\d+),")
SPARK_HOME = str(next(iter(find_spec("pyspark").submodule_search_locations)))
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
# Spark's own timeouts: a process that is killed is missed when its connections break, and a busy machine is slow.
CONF = {
    "spark.executor.cores": "1",
    "spark.executor.memory": "1g",
    "spark.executor.extraJavaOptions": QUICK_JAVA,
    "spark.driver.extraJavaOptions": QUICK_JAVA,
    "spark.ui.enabled": "false",
}


@dataclass(frozen=True)
class Cluster:
    """Where a master listens, the processes of its workers, and the interpreter that drivers and tasks run."""

    master: str
    folder: Path
    python: Path
    workers: tuple[subprocess.Popen[bytes], ...]
    drivers: list[subprocess.Popen[bytes]]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Submitted:
    """A driver that spark-submit started, and what it has said so far."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def out(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def log(self) -> str:
        return (self.folder / "stderr").read_text()


def package(folder: Path) -> Path:
    """What is shipped: the zip for --py-files, beside it the entry points in jobs/. That of `make package` if it is of
    this checkout, else the same made here, which needs no package index."""
    shutil.copytree(ROOT / "jobs", folder / "jobs", ignore=shutil.ignore_patterns("__pycache__"))
    own = {str(path.relative_to(ROOT)): path for path in (ROOT / "corpus").rglob("*") if path.is_file()}
    own = {name: path for name, path in own.items() if "__pycache__" not in name}
    target = folder / "corpus.zip"
    made = next((ROOT / "dist").glob("corpus*.zip"), None)
    if made is not None and is_of(made, own):
        shutil.copy(made, target)
    else:
        with zipfile.ZipFile(target, "w") as packed:
            for name, path in own.items():
                packed.write(path, name)
    return target


def is_of(archive: Path, files: Mapping[str, Path]) -> bool:
    with zipfile.ZipFile(archive) as packed:
        names = {name for name in packed.namelist() if name.startswith("corpus/")}
        return names == set(files) and all(packed.read(name) == files[name].read_bytes() for name in names)


def bare_python(folder: Path) -> Path:
    """An interpreter that sees the packages of this one, but not what is installed as editable: a plain path in a .pth
    file is taken without the .pth files that lie there."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    own = [path for path in sys.path if path.endswith("site-packages") and Path(path).is_dir()]
    (packages / "packages.pth").write_text("".join(f"{path}\n" for path in own))
    return folder / "bin" / "python"


@contextmanager
def standalone(folder: Path, n_workers: int = 2, **environment: str) -> Iterator[Cluster]:
    """A running cluster; `environment` is what its machines know besides, such as keys of an object store."""
    package(folder)
    python = bare_python(folder / "environment")
    bare = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYSPARK", "SPARK"))
    }
    known = {**bare, **environment, "SPARK_HOME": SPARK_HOME, "PYSPARK_PYTHON": str(python)}
    known |= {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
    }
    started: list[subprocess.Popen[bytes]] = []
    drivers: list[subprocess.Popen[bytes]] = []
    try:
        log = folder / "master.log"
        started.append(daemon(log, known, "master.Master", "--port", "0"))
        wait_until(lambda: "New state: ALIVE" in log.read_text(), "the master is up", started[0])
        master = log.read_text().partition("Starting Spark master at ")[2].split()[0]
        for number in range(1, n_workers + 1):
            own = folder / f"worker-{number}"
            (own / "tmp").mkdir(parents=True)
            apart = {**known, "TMPDIR": str(own / "tmp"), "SPARK_LOCAL_DIRS": str(own / "spark")}
            apart["SPARK_LOCAL_IP"] = f"127.0.0.{number + 1}"  # Spark runs no task twice on one host
            limits = ("--cores", "1", "--memory", "2g", "--work-dir", str(own), master)
            started.append(daemon(folder / f"worker-{number}.log", apart, "worker.Worker", *limits))
        wait_until(
            lambda: log.read_text().count("Registering worker") == n_workers, "workers are up", started[0]
        )
        yield Cluster(master, folder, python, tuple(started[1:]), drivers, known)
    finally:
        for driver in drivers:
            if driver.poll() is None:
                os.killpg(driver.pid, signal.SIGKILL)
                driver.wait()
        for process in reversed(started):
            for child in children(process.pid):
                kill(child)
            process.kill()
            process.wait()


def daemon(log: Path, environment: Mapping[str, str], name: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [f"{SPARK_HOME}/bin/spark-class", f"org.apache.spark.deploy.{name}"]
    command += ["--host", environment["SPARK_LOCAL_IP"]]
    with open(log, "wb") as told:
        return subprocess.Popen(
            [*command, "--webui-port", "0", *arguments],
            cwd=log.parent,
            env=environment,
            stdout=told,
            stderr=told,
        )


def submit(cluster: Cluster, name: str, job: str, *arguments: object, **conf: str) -> Submitted:
    """Start `spark-submit JOB`, a file of jobs/, in a folder of the driver's own, told these keys of
    Spark's configuration."""
    folder = cluster.folder / name
    (folder / "tmp").mkdir(parents=True)
    command = [
        f"{SPARK_HOME}/bin/spark-submit",
        "--master",
        cluster.master,
        "--py-files",
        str(cluster.folder / "corpus.zip"),
    ]
    for key, value in {**CONF, **conf}.items():
        command += ["--conf", f"{key}={value}"]
    command += [str(cluster.folder / "jobs" / job), *map(str, arguments)]
    environment = {**cluster.environment, "TMPDIR": str(folder / "tmp")}
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=log, start_new_session=True
        )
    cluster.drivers.append(process)
    return Submitted(process, folder)


def ended(submitted: Submitted, timeout_s: float = WAIT_S) -> int:
    """The exit status, once there is one."""
    return submitted.process.wait(timeout_s)


def executors(cluster: Cluster) -> list[int]:
    """Process ids of the executors, those of the first worker first."""
    found = (child for worker in cluster.workers for child in children(worker.pid))
    return [child for child in found if "ExecutorBackend" in command(child)]


def executor(cluster: Cluster, number: str) -> int:
    """The process id of one executor."""
    (found,) = (each for each in executors(cluster) if f"--executor-id\0{number}\0" in command(each))
    return found


def command(process: int) -> str:
    """Its command line; empty when it has just ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/cmdline").read_text()
    return ""


def kill(process: int) -> None:
    """SIGKILL to a process, unless it has just ended."""
    with suppress(ProcessLookupError):
        os.kill(process, 9)


def wait_for_task(submitted: Submitted, after: str = "") -> None:
    """Until a task has ended that was not done when the summary of table `after` stood in the output."""
    wait_for_summary(submitted, after)
    n_before = submitted.log.count("Finished task")
    wait_until(lambda: submitted.log.count("Finished task") > n_before, "another task", submitted.process)


def wait_for_start(submitted: Submitted, after: str = "") -> str:
    """Until a task begins after the summary of table `after`; the id of its executor."""
    wait_for_summary(submitted, after)
    n_before = len(TASK_STARTS.findall(submitted.log))
    wait_until(
        lambda: len(TASK_STARTS.findall(submitted.log)) > n_before, "the start of a task", submitted.process
    )
    return TASK_STARTS.findall(submitted.log)[-1]


def wait_for_summary(submitted: Submitted, table: str) -> None:
    """Until the summary of a table, if one is named, stands in the output, to which spark-submit sends what the driver
    says on either stream."""
    if table:
        wait_until(lambda: is_summed_up(submitted, table), f"the summary of {table}", submitted.process)


def is_summed_up(submitted: Submitted, table: str) -> bool:
    return bool(re.search(rf"^{table} .* in +[\d.]+ s .*/s$", submitted.out, flags=re.MULTILINE))


def wait_until(condition: Callable[[], object], what: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WAIT_S
    while not condition():
        assert process.poll() is None, f"ended before {what}"
        assert time.monotonic() < until, f"waited too long: {what}"
        time.sleep(0.02)
