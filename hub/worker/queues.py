"""Celery, the doorbell: its messages carry ids only; losing all of them loses nothing.

https://docs.celeryq.dev/en/stable/userguide/configuration.html,
https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/rabbitmq.html
"""

from __future__ import annotations

from celery import Celery
from kombu import Exchange, Queue

QUEUE = "benkan"

#: Seconds to connect to the broker before giving up; whoever rings tries again later.
CONNECT_SECONDS = 2.0
#: Seconds between two signs of life on an idle connection to RabbitMQ.
HEARTBEAT_SECONDS = 30.0


def make_app(broker_url: str) -> Celery:
    """The Celery application for a broker.

    memory:// for the embedded default, amqp:// (quorum queue, confirmed publishing) or redis://.
    """
    app = Celery("benkan", broker=broker_url)
    rabbit = broker_url.startswith(("amqp", "pyamqp"))
    arguments = {"x-queue-type": "quorum"} if rabbit else {}
    # Celery asks for a topic exchange beside quorum queues (native delayed delivery).
    exchange = Exchange(QUEUE, type="topic")
    app.conf.update(
        task_queues=[Queue(QUEUE, exchange, routing_key=QUEUE, queue_arguments=arguments)],
        task_default_queue=QUEUE,
        task_default_exchange=QUEUE,
        task_default_exchange_type="topic",
        task_default_routing_key=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=HEARTBEAT_SECONDS,
        broker_transport_options=_transport(broker_url, rabbit),
        task_always_eager=False,
    )
    # Celery's pool of threads looks tasks up in the default application.
    app.set_default()
    return app


def _transport(broker_url: str, rabbit: bool) -> dict[str, object]:
    if broker_url.startswith("memory"):
        return {"polling_interval": 0.01}
    # Without it whoever publishes would try to connect for ever.
    once = {"max_retries": 0, "connect_retries_timeout": CONNECT_SECONDS}
    if rabbit:
        return {"confirm_publish": True, **once}
    # longer than any step: Redis gives a message to a second worker after this many seconds
    patience = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": 30.0}
    return {"visibility_timeout": 3600, **patience, **once}
