"""Celery, the doorbell: its messages carry ids only; losing all of them loses nothing."""

from __future__ import annotations

from celery import Celery
from kombu import Queue

QUEUE = "benkan"


def make_app(broker_url: str) -> Celery:
    """The Celery application for a broker.

    memory:// for the embedded default, amqp:// (quorum queue, confirmed publishing) or redis://.
    """
    app = Celery("benkan", broker=broker_url)
    rabbit = broker_url.startswith(("amqp", "pyamqp"))
    arguments = {"x-queue-type": "quorum"} if rabbit else {}
    app.conf.update(
        task_queues=[Queue(QUEUE, routing_key=QUEUE, queue_arguments=arguments)],
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_soft_shutdown_timeout=3.0,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport(broker_url, rabbit),
        worker_send_task_events=False,
        task_always_eager=False,
    )
    app.set_default()
    return app


def _transport(broker_url: str, rabbit: bool) -> dict[str, object]:
    if rabbit:
        return {"confirm_publish": True}
    if broker_url.startswith("memory"):
        return {"polling_interval": 0.01}
    # longer than any step: Redis gives a message to a second worker after this many seconds
    return {"visibility_timeout": 3600}
