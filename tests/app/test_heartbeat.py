"""An event whose wake-up was lost is found by one question for all accounts."""

from app.heartbeat import Heartbeat
from app.ids import new_id
from tests.db.making import add_invoice, an_event


class Followed:
    """Three accounts, their newest numbers, and who was woken."""

    def __init__(self):
        self.accounts = [new_id() for _ in range(3)]
        self.numbers = dict.fromkeys(self.accounts, 5)
        self.questions, self.woken, self.moment = [], [], 0.0
        self.is_away = False
        self.heartbeat = Heartbeat(
            self._numbers_of, lambda: self.accounts, self.woken.append, lambda: self.moment
        )

    async def _numbers_of(self, accounts):
        self.questions.append(list(accounts))
        if self.is_away:
            raise ConnectionRefusedError
        return {account: self.numbers[account] for account in accounts}

    async def woken_by_a_beat(self):
        self.woken.clear()
        await self.heartbeat.beat()
        return list(self.woken)


async def test_whoever_has_news_is_woken_and_nobody_else():
    office = Followed()
    one, other, third = office.accounts
    assert await office.woken_by_a_beat() == [one, other, third]  # nobody knows yet

    assert await office.woken_by_a_beat() == []
    office.numbers[other] = 6
    assert await office.woken_by_a_beat() == [other]
    assert await office.woken_by_a_beat() == []

    office.accounts = [one, third]
    office.numbers[third] = 9
    assert await office.woken_by_a_beat() == [third]
    assert office.questions[-1] == [one, third]


async def test_nobody_is_asked_while_nobody_listens():
    office = Followed()
    office.accounts = []

    assert await office.woken_by_a_beat() == []
    assert office.questions == []
    assert office.heartbeat.is_beating()


async def test_while_the_database_is_away_nobody_relies_on_it():
    office = Followed()
    assert not office.heartbeat.is_beating()  # it has not looked yet
    await office.heartbeat.beat()
    assert office.heartbeat.is_beating()

    office.is_away, office.moment = True, 6.0
    assert await office.woken_by_a_beat() == []
    assert not office.heartbeat.is_beating()

    office.is_away, office.numbers[office.accounts[0]] = False, 6
    assert await office.woken_by_a_beat() == [office.accounts[0]]
    assert office.heartbeat.is_beating()


async def test_the_numbers_of_several_accounts_come_with_one_question(office, another_office):
    other = await another_office()
    invoice = await add_invoice(office)
    async with office.open_work() as work:
        work.record(an_event(invoice))

    accounts = [office.account_id, other.account_id, new_id()]
    numbers = await office.resources.directory.event_numbers(accounts)

    assert numbers == {office.account_id: 1, other.account_id: 0}
