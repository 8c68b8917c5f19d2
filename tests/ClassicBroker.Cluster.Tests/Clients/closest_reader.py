"""Reads partition 0 of a topic to its end and says where from.

closest_reader.py BOOTSTRAP TOPIC RACK COUNT: reads COUNT records from the beginning as a client in RACK, then goes on polling until the
statistics of librdkafka name the broker that records are fetched from, and prints "COUNT leader L fetched from B".
"""
import json
import sys
import time

from confluent_kafka import Consumer, TopicPartition

from client_security import librdkafka

PATIENCE_SECONDS = 40


def main(bootstrap, topic, rack, count):
    places = []

    def statistics(text):
        partition = json.loads(text)["topics"].get(topic, {}).get("partitions", {}).get("0")
        if partition is not None and partition["fetch_state"] == "active":
            places.append((partition["leader"], partition["broker"]))

    consumer = Consumer({
        **librdkafka(), "bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": "false", "client.rack": rack,
        "statistics.interval.ms": 100, "stats_cb": statistics, "fetch.wait.max.ms": 100})
    consumer.assign([TopicPartition(topic, 0, 0)])
    deadline = time.monotonic() + PATIENCE_SECONDS
    read = 0
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and not message.error():
            read += 1
        # Two in a row that agree: the first may be from before the leader sent the consumer on.
        if read == int(count) and len(places) > 10 and places[-1] == places[-2] == places[-3]:
            print("%d leader %d fetched from %d" % (read, *places[-1]))
            consumer.close()
            return
    sys.exit("read %d, places %s" % (read, places[-5:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
