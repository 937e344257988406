"""qbwc-kit's own service as its documentation builds it; run by benchmarks/.venv, knows no Instep.

    python kit_service.py PORT FOLDER

A session hands out the message sets that lie in the folder, one file after the other.
"""

import sys
from collections.abc import Generator
from pathlib import Path

import uvicorn
from qbwc_kit.server import create_app
from qbwc_kit.service import QBWCService
from qbwc_kit.session import StaticAuthenticator, TaskContext


class HandOut:
    """Hands one message set out and checks that QuickBooks took each of its requests."""

    name = "hand out"

    def __init__(self, document: str) -> None:
        self._document = document

    def run(self, _: TaskContext) -> Generator:
        """Yield the document, receive what qbwc-kit read of the answer."""
        answers = yield self._document
        for answer in answers:
            answer.raise_for_status()


class FolderOfSets(StaticAuthenticator):
    """One user, whose tasks are read when a session begins."""

    def __init__(self, folder: Path) -> None:
        super().__init__("bench", "bench", ())
        self._folder = folder

    def tasks_for(self, username: str) -> list[HandOut]:
        """Give a task for each file."""
        return [
            HandOut(file.read_text(encoding="utf-8")) for file in sorted(self._folder.iterdir())
        ]


def main() -> None:
    """Serve until stopped, as Instep's web process is served: one process, the same server."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    service = QBWCService(FolderOfSets(folder))
    app = create_app(service, endpoint_url=f"http://127.0.0.1:{port}/qbwc")
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


if __name__ == "__main__":
    main()
