"""A member of a group on confluent-kafka-python; see README.md for what group members print."""
import json
import signal
import sys

from confluent_kafka import Consumer, KafkaException

from client_security import librdkafka

bootstrap, group, topic, strategy = sys.argv[1:5]
running = True


def stop(*_):
    global running
    running = False


def told(word):
    return lambda consumer, partitions: print(word + " " + json.dumps(sorted(one.partition for one in partitions)), flush=True)


signal.signal(signal.SIGTERM, stop)
settings = {
    "bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
    "session.timeout.ms": 6000, "heartbeat.interval.ms": 500, "partition.assignment.strategy": strategy, **librdkafka()}
if len(sys.argv) > 5:
    settings["group.instance.id"] = sys.argv[5]
consumer = Consumer(settings)
consumer.subscribe([topic], on_assign=told("assigned"), on_revoke=told("revoked"))
while running:
    message = consumer.poll(0.2)
    if message is None or message.error():
        continue
    print("message %d %d %s" % (message.partition(), message.offset(), message.value().decode()), flush=True)
    try:
        consumer.commit(message=message, asynchronous=False)
    except KafkaException as failure:  # a rebalance took the partition; the next owner reads it again
        print("commit failed: %s" % failure.args[0].name(), flush=True)
consumer.close()
print("left", flush=True)
