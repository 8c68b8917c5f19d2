"""Copies messages exactly once: exactly_once_confluent.py BOOTSTRAP TRANSACTIONAL_ID GROUP INPUT OUTPUT TOTAL.

Reads INPUT as a member of GROUP, writes each message to OUTPUT and commits the position in the same transaction. Ends when the positions
of all partitions add up to TOTAL. Says "copied N" after each transaction.
"""
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, transactional_id, group, source, target, total = sys.argv[1:]
PARTITIONS = 2
BATCH = 20
AWAY = ("_TIMED_OUT", "_TRANSPORT", "_ALL_BROKERS_DOWN")


def new_producer():
    producer = Producer({
        "bootstrap.servers": bootstrap,
        "transactional.id": transactional_id,
        "transaction.timeout.ms": 20000,
        "linger.ms": 0,
    })
    again(lambda: producer.init_transactions(10))
    return producer


def again(step):
    while True:
        try:
            return step()
        except KafkaException as failure:
            if not (failure.args[0].retriable() or failure.args[0].name() in AWAY):
                raise
            time.sleep(0.1)


consumer = Consumer({
    "bootstrap.servers": bootstrap,
    "group.id": group,
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
})
consumer.subscribe([source])
producer = new_producer()
partitions = [TopicPartition(source, partition) for partition in range(PARTITIONS)]


def rewind():
    for position in again(lambda: consumer.committed(consumer.assignment(), 10)):
        consumer.seek(TopicPartition(position.topic, position.partition, max(position.offset, 0)))


copied = 0
while True:
    done = sum(max(position.offset, 0) for position in again(lambda: consumer.committed(partitions, 10)))
    if done >= int(total):
        break
    messages = [message for message in consumer.consume(BATCH, 1) if message.error() is None]
    if not messages:
        continue
    try:
        producer.begin_transaction()
        for message in messages:
            producer.produce(target, message.value(), partition=message.partition())
        positions = {}
        for message in messages:
            positions[message.partition()] = message.offset() + 1
        again(lambda: producer.send_offsets_to_transaction(
            [TopicPartition(source, partition, offset) for partition, offset in positions.items()],
            consumer.consumer_group_metadata(), 10))
        again(lambda: producer.commit_transaction(10))
        copied += len(messages)
        print("copied %d" % copied, flush=True)
    except KafkaException as failure:
        error = failure.args[0]
        print("failed %s fatal=%s abortable=%s" % (error.name(), error.fatal(), error.txn_requires_abort()), flush=True)
        if error.txn_requires_abort():
            again(lambda: producer.abort_transaction(10))
        else:
            producer = new_producer()
        rewind()

consumer.close()
print("done", flush=True)
