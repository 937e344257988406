"""The private servers start in a folder, end with their owner, and never get in each other's way."""

import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from app.embedded import Servers, private_servers, remove_servers
from app.processes import StartFailed

CHECKOUT = Path(__file__).parents[2]
#: Whoever is started in the background by a shell is deaf to Ctrl-C; that would be passed on.
OWNER = """
import pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from app.embedded import private_servers
with private_servers(pathlib.Path(sys.argv[1]), durable=sys.argv[2] == "durable") as servers:
    print(servers.database_url, servers.redis_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    remove_servers(tmp_path / "data")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of several runs, as a demo's is: to make a database anew takes longer than to start it."""
    data = tmp_path_factory.mktemp("lasting") / "data"
    yield data
    remove_servers(data)


@contextmanager
def another_process(folder: Path, durable: str = "") -> Iterator[tuple[Servers, subprocess.Popen]]:
    """A process of its own that runs servers in the folder until it is told to end."""
    command = [sys.executable, "-c", OWNER, str(folder), durable]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=CHECKOUT) as owner:
        yield Servers(*owner.stdout.readline().split()), owner


def watch(redis_url: str) -> socket.socket:
    """A connection whose reading end is reached when that Redis ends."""
    return socket.create_connection(("127.0.0.1", urlsplit(redis_url).port), timeout=20)


async def ask(database_url: str, sql: str) -> object:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_both_servers_answer_to_their_passwords_alone_which_nobody_reads(data: Path) -> None:
    with private_servers(data / "one", durable=False) as servers:
        assert await ask(servers.database_url, "SELECT current_user::text") == "postgres"
        assert await ask(servers.database_url, "SHOW max_connections") == "200"
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.ping()

        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(servers.database_url.replace("postgres:", "postgres:no"), "SELECT 1")
        async with Redis.from_url(servers.redis_url.replace("://:", "://:no")) as stranger:
            with pytest.raises(AuthenticationError):
                await stranger.ping()

        # and no password is readable by others, or printed
        assert stat.S_IMODE((data / "one" / "redis.conf").stat().st_mode) == 0o600
        assert urlsplit(servers.database_url).password not in repr(servers)
        assert urlsplit(servers.redis_url).password not in repr(servers)

    with pytest.raises(OSError, match=r"Connect call failed|refused"):
        await ask(servers.database_url, "SELECT 1")


async def test_durable_servers_keep_their_data_and_the_others_begin_empty(data: Path) -> None:
    count = "SELECT count(*) FROM pg_class WHERE relname = 'kept'"
    with private_servers(data / "one") as servers:
        assert await ask(servers.database_url, "SHOW fsync") == "on"
        await ask(servers.database_url, "CREATE TABLE kept ()")

    with private_servers(data / "one") as again:
        assert await ask(again.database_url, count) == 1
    with private_servers(data / "one", durable=False) as empty:
        assert await ask(empty.database_url, "SHOW fsync") == "off"
        assert await ask(empty.database_url, count) == 0


async def test_two_folders_have_servers_at_the_same_time(data: Path) -> None:
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(private_servers(data / name, durable=False))
            for name in ("one", "other")
        )

        assert one != other
        assert await ask(one.database_url, "SELECT 1") == 1
        assert await ask(other.database_url, "SELECT 1") == 1


def test_one_folder_has_one_owner_at_a_time(data: Path) -> None:
    with (
        another_process(data / "one") as (_, owner),
        pytest.raises(
            StartFailed, match=rf"Process {owner.pid} keeps its servers in .*end it first"
        ),
        private_servers(data / "one", durable=False),
    ):
        pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_the_servers_end_with_their_owner_however_it_ends(
    lasting: Path, number: signal.Signals
) -> None:
    """And the next run finds the committed data and a free folder."""
    with another_process(lasting / "one", "durable") as (servers, owner):
        await ask(servers.database_url, f"CREATE TABLE kept_{number:d} ()")
        with watch(servers.redis_url) as redis:
            owner.send_signal(number)

            assert redis.recv(1) == b""

    with private_servers(lasting / "one") as again:
        assert await ask(again.database_url, f"SELECT count(*) FROM kept_{number:d}") == 0  # noqa: S608


def test_removing_ends_the_owner_and_leaves_nothing(data: Path) -> None:
    with another_process(data / "one") as (servers, owner), watch(servers.redis_url) as redis:
        remove_servers(data)

        assert redis.recv(1) == b""
        assert owner.wait(timeout=5) == -signal.SIGTERM
    assert not data.exists()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(StartFailed, match="folder cannot be used"),
        private_servers(tmp_path / "file" / "one"),
    ):
        pass
