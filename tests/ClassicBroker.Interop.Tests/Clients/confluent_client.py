"""Drives confluent-kafka-python, and librdkafka through it; see README.md for the commands."""
import base64
import json
import os
import sys

from confluent_kafka import Consumer, Producer, TopicPartition


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def version(arguments):
    return {"api.version.request": "false", "broker.version.fallback": arguments[0]} if arguments else {}


def tls():
    if "TLS_CA" not in os.environ:
        return {}
    shown = {"ssl.certificate.location": "TLS_CERTIFICATE", "ssl.key.location": "TLS_KEY"}
    return {
        "security.protocol": "SSL", "ssl.ca.location": os.environ["TLS_CA"],
        **{key: os.environ[name] for key, name in shown.items() if name in os.environ}}


def produce(bootstrap, topic, codec, *arguments):
    failures = []
    producer = Producer({
        "bootstrap.servers": bootstrap, "compression.codec": codec, "acks": "all", "message.max.bytes": 4 << 20, "linger.ms": 20,
        "socket.timeout.ms": 10000, "message.timeout.ms": 8000 if "TLS_CA" in os.environ else 30000,
        **version(arguments), **tls()})
    for line in sys.stdin:
        record = json.loads(line)
        headers = [(name, decode(value)) for name, value in record["h"]]
        producer.produce(
            topic, value=decode(record["v"]), key=decode(record["k"]), partition=0, **({"headers": headers} if headers else {}),
            on_delivery=lambda error, message: failures.append(str(error)) if error else None)
    if producer.flush(30) or failures:
        sys.exit("not delivered: " + ", ".join(failures))


def consume(bootstrap, topic, count, *arguments):
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": "false", "fetch.message.max.bytes": 4 << 20,
        "fetch.wait.max.ms": 100, **version(arguments), **tls()})
    consumer.assign([TopicPartition(topic, 0, 0)])
    left = int(count)
    while left > 0:
        message = consumer.poll(30)
        if message is None:
            sys.exit("nothing came for 30 s")
        if message.error():
            sys.exit(str(message.error()))
        print(json.dumps({
            "o": message.offset(), "k": encode(message.key()), "v": encode(message.value()),
            "h": [[name, encode(value)] for name, value in message.headers() or []]}))
        left -= 1
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
