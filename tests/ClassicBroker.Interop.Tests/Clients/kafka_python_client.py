"""Drives kafka-python; see README.md for the commands."""
import base64
import json
import os
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def version(arguments):
    return {"api_version": tuple(int(part) for part in arguments[0].split("."))} if arguments else {}


def tls():
    if "TLS_CA" not in os.environ:
        return {}
    return {
        "security_protocol": "SSL", "ssl_cafile": os.environ["TLS_CA"], "ssl_certfile": os.environ.get("TLS_CERTIFICATE"),
        "ssl_keyfile": os.environ.get("TLS_KEY")}


def produce(bootstrap, topic, codec, *arguments):
    producer = KafkaProducer(
        bootstrap_servers=[bootstrap], compression_type=None if codec == "none" else codec, acks="all",
        max_request_size=4 << 20, linger_ms=20, **version(arguments), **tls())
    futures = []
    for line in sys.stdin:
        record = json.loads(line)
        headers = [(name, decode(value)) for name, value in record["h"]]
        futures.append(producer.send(topic, key=decode(record["k"]), value=decode(record["v"]), partition=0, **({"headers": headers} if headers else {})))
    for future in futures:
        future.get(timeout=30)
    producer.close()


def consume(bootstrap, topic, count, *arguments):
    consumer = KafkaConsumer(
        bootstrap_servers=[bootstrap], enable_auto_commit=False, auto_offset_reset="earliest", consumer_timeout_ms=30000,
        max_partition_fetch_bytes=4 << 20, **version(arguments), **tls())
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    left = int(count)
    for message in consumer:
        print(json.dumps({
            "o": message.offset, "k": encode(message.key), "v": encode(message.value),
            "h": [[name, encode(value)] for name, value in message.headers or []]}))
        left -= 1
        if left == 0:
            break
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
