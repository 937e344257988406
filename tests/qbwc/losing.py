"""The ways in which QuickBooks' answer to a message set comes to nothing."""

from tests.sync_worker.connector import ids_of

CRASH = {"hresult": "0x8004041C", "message": "An internal QuickBooks error occurred."}


async def connector_dies(played, _document):
    """It never says a word again."""


async def session_is_closed(played, _document):
    await played.close()


async def quickbooks_breaks_off(played, _document):
    assert await played.tell(**CRASH) == -1


async def answer_is_cut_short(played, document):
    assert await played.tell(played.run(document)[:200]) == -1


async def answer_is_of_another_set(played, document):
    answer = played.run(document).replace(ids_of(document)[1], "SOMEBODY-ELSES")
    assert await played.tell(answer) == -1


WAYS_TO_LOSE = [
    connector_dies,
    session_is_closed,
    quickbooks_breaks_off,
    answer_is_cut_short,
    answer_is_of_another_set,
]
