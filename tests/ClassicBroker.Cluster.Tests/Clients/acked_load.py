"""Load whose acknowledgements are on record.

produce BOOTSTRAP TOPIC FILE [IDEMPOTENT]: sends numbered records to partition 0 until SIGTERM, through any failure, and appends
"offset number" to FILE for each one that was acknowledged. Prints "sending" once the first came back.

read BOOTSTRAP TOPIC: prints "offset number" for every record of partition 0.
"""
import signal
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

from client_security import librdkafka

PADDING = b"." * 1000
RECORDS_IN_FLIGHT_MAX = 500
SECONDS_BETWEEN_BURSTS = 0.05
stopping = False


def stop(*_):
    global stopping
    stopping = True


def produce(bootstrap, topic, path, idempotent="false"):
    signal.signal(signal.SIGTERM, stop)
    acked = open(path, "a", buffering=1)
    state = {"in_flight": 0, "acked": 0, "failed": 0}

    def delivered(number):
        def report(error, message):
            state["in_flight"] -= 1
            if error is None:
                if state["acked"] == 0:
                    print("sending", flush=True)
                state["acked"] += 1
                acked.write("%d %d\n" % (-1 if message.offset() is None else message.offset(), number))
            else:
                state["failed"] += 1
        return report

    producer = Producer({
        "bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 2, "enable.idempotence": idempotent, "message.timeout.ms": 120000,
        "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "topic.metadata.refresh.interval.ms": 1000, "retry.backoff.ms": 20,
        "socket.timeout.ms": 5000, **librdkafka()})
    number = 0
    while not stopping:
        while state["in_flight"] < RECORDS_IN_FLIGHT_MAX and not stopping:
            producer.produce(topic, b"%d %s" % (number, PADDING), partition=0, on_delivery=delivered(number))
            state["in_flight"] += 1
            number += 1
            producer.poll(0)
        producer.poll(0)
        time.sleep(SECONDS_BETWEEN_BURSTS)
    left = producer.flush(60)
    print("sent %d acked %d failed %d left %d" % (number, state["acked"], state["failed"], left), flush=True)


def read(bootstrap, topic):
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": "false", "enable.partition.eof": "true", **librdkafka()})
    consumer.assign([TopicPartition(topic, 0, 0)])
    deadline = time.time() + 120
    while time.time() < deadline:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            if message.error().name() == "_PARTITION_EOF":
                consumer.close()
                return
            sys.exit(str(message.error()))
        print("%d %s" % (message.offset(), message.value().split(b" ", 1)[0].decode()))
    sys.exit("the end of the partition was not reached in time")


if __name__ == "__main__":
    {"produce": produce, "read": read}[sys.argv[1]](*sys.argv[2:])
