"""Readers of a history.

history_reader.py follow BOOTSTRAP TOPIC PARTITIONS FILE: reads all partitions as records come, through any failure, and appends
"partition offset name number" to FILE for each record it was given. SIGTERM ends it.

history_reader.py all BOOTSTRAP TOPIC PARTITIONS FILE: reads all partitions from their beginning to their end, and writes the same.
"""
import signal
import sys
import time

from confluent_kafka import Consumer, TopicPartition

PATIENCE_SECONDS = 240
stopping = False


def stop(*_):
    global stopping
    stopping = True


def main(mode, bootstrap, topic, partitions, path):
    signal.signal(signal.SIGTERM, stop)
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": "false", "enable.partition.eof": "true",
        "auto.offset.reset": "error", "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200,
        "topic.metadata.refresh.interval.ms": 1000, "socket.timeout.ms": 5000, "fetch.wait.max.ms": 100})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(int(partitions))])
    left = set(range(int(partitions)))
    deadline = time.monotonic() + PATIENCE_SECONDS
    with open(path, "a", buffering=1) as seen:
        while not stopping and (mode == "follow" or left):
            if mode == "all" and time.monotonic() > deadline:
                sys.exit("the ends of partitions %s were not reached in time" % sorted(left))
            message = consumer.poll(0.5)
            if message is None:
                continue
            if not message.error():
                name, number = message.value().split(b" ", 2)[:2]
                seen.write("%d %d %s %s\n" % (message.partition(), message.offset(), name.decode(), number.decode()))
            elif message.error().name() == "_PARTITION_EOF":
                left.discard(message.partition())
            elif message.error().name() == "_AUTO_OFFSET_RESET":
                sys.exit("an offset that had been read was out of range: %s" % message.error())
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
