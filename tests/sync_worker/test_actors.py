"""The actors on a broker of their own: messages hold ids, and a refusal is not tried again."""

from app.resources import plan_message
from app.worker import sweep_message
from domain.errors import DomainError
from sync_worker.actors import PLAN_SYNC, QUEUE, SWEEP, declare
from sync_worker.broker import make_broker


def test_both_actors_listen_on_the_one_queue(settings, namespace, office):
    broker = make_broker(settings.redis_url, namespace=namespace)
    declare(broker, lambda: None)

    plan, sweep = broker.get_actor(PLAN_SYNC), broker.get_actor(SWEEP)

    assert broker.get_declared_queues() == {QUEUE}
    assert plan.options["throws"] is DomainError
    assert plan.options["max_retries"] > 0
    assert sweep.options["max_retries"] == 0
    broker.close()


def test_a_message_holds_ids_and_nothing_else(office):
    message = plan_message(office.account_id, office.people["Olga"])

    assert message.args == (str(office.account_id), str(office.people["Olga"]))
    assert message.kwargs == {}
    assert (sweep_message().args, sweep_message().kwargs) == ((), {})
