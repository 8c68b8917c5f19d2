"""librdkafka's own cluster of three brokers in memory, until standard input ends: a broker that none of ours is."""

import sys

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 3})
brokers = producer.list_topics(timeout=30).brokers.values()
print("brokers " + ",".join(f"{broker.host}:{broker.port}" for broker in brokers), flush=True)
sys.stdin.read()
