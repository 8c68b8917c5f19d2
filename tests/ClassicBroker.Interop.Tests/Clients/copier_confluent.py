"""Copies messages exactly once until SIGTERM: copier_confluent.py BOOTSTRAP GROUP TRANSACTIONAL_ID INPUT OUTPUT.

Reads INPUT as a member of GROUP, writes each message to OUTPUT and commits the position in the same transaction. Says "copied N" after
each transaction. Ends with 2 where another producer has taken the id, with 5 where a step of librdkafka does not come back.
"""
import os
import signal
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, group, transactional_id, source, target = sys.argv[1:]
AWAY = ("_TIMED_OUT", "_TRANSPORT", "_ALL_BROKERS_DOWN")
PATIENCE = 20
stopping = False
alive = time.monotonic()


def stop(*_):
    global stopping
    stopping = True


def watch():
    while True:
        time.sleep(1)
        if time.monotonic() - alive > PATIENCE:
            print("a step does not come back", flush=True)
            os._exit(5)


def again(step):
    while True:
        try:
            return step()
        except KafkaException as failure:
            if not (failure.args[0].retriable() or failure.args[0].name() in AWAY):
                raise
            time.sleep(0.1)


def rewind():
    for position in again(lambda: consumer.committed(consumer.assignment(), 5)):
        consumer.seek(TopicPartition(position.topic, position.partition, max(position.offset, 0)))


def copy(messages):
    producer.begin_transaction()
    positions = {}
    for message in messages:
        producer.produce(target, message.value(), partition=message.partition())
        positions[message.partition()] = message.offset() + 1
    again(lambda: producer.send_offsets_to_transaction(
        [TopicPartition(source, partition, offset) for partition, offset in positions.items()], consumer.consumer_group_metadata(), 5))
    again(lambda: producer.commit_transaction(5))


signal.signal(signal.SIGTERM, stop)
threading.Thread(target=watch, daemon=True).start()
consumer = Consumer({
    "bootstrap.servers": bootstrap,
    "group.id": group,
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 500,
    "reconnect.backoff.max.ms": 500,
    "topic.metadata.refresh.interval.ms": 2000,
})
consumer.subscribe([source])
producer = Producer({
    "bootstrap.servers": bootstrap,
    "transactional.id": transactional_id,
    "transaction.timeout.ms": 10000,
    "linger.ms": 0,
    "reconnect.backoff.max.ms": 500,
    "topic.metadata.refresh.interval.ms": 2000,
})
again(lambda: producer.init_transactions(5))
print("ready", flush=True)
while not stopping:
    alive = time.monotonic()
    messages = [message for message in consumer.consume(50, 0.5) if message.error() is None]
    if not messages:
        continue
    try:
        copy(messages)
        print("copied %d" % len(messages), flush=True)
    except KafkaException as failure:
        error = failure.args[0]
        print("failed %s fatal=%s abortable=%s" % (error.name(), error.fatal(), error.txn_requires_abort()), flush=True)
        if not error.txn_requires_abort():
            os._exit(2)
        again(lambda: producer.abort_transaction(5))
        rewind()

consumer.close()
