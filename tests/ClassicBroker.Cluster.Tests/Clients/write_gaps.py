"""Writes a record every few milliseconds with acks=all and idempotence, and tells how long none was acknowledged.

write_gaps.py BOOTSTRAP TOPIC: prints "sending" once the first came back. A line on standard input asks for the longest time between two
acknowledgements since the last such line, up to now; it is answered in milliseconds. The end of the input ends it. A record that is given
up, and a fatal error, end it at once with exit code 3.
"""
import os
import sys
import threading
import time

from confluent_kafka import Producer

INTERVAL_SECONDS = 0.005


def give_up(reason):
    """Ends the process whatever its other thread waits for."""
    print("gave up: %s" % reason, flush=True)
    os._exit(3)


class Gaps:
    """The longest time without an acknowledgement. Threads: the sender's and the asker's, under a lock."""

    def __init__(self):
        self._lock = threading.Lock()
        self._last = None
        self._longest = 0.0

    def acknowledged(self, error, _):
        if error is not None:
            give_up(error)
        with self._lock:
            now = time.monotonic()
            if self._last is None:
                print("sending", flush=True)
            else:
                self._longest = max(self._longest, now - self._last)
            self._last = now

    def take(self):
        with self._lock:
            longest = max(self._longest, time.monotonic() - self._last)
            self._longest = 0.0
            return longest


def main(bootstrap, topic):
    gaps = Gaps()
    producer = Producer({
        "bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": "true", "linger.ms": 0, "message.timeout.ms": 60000,
        "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, "retry.backoff.ms": 10, "socket.timeout.ms": 5000,
        "topic.metadata.refresh.fast.interval.ms": 10, "topic.metadata.refresh.interval.ms": 500,
        "error_cb": lambda error: give_up(error) if error.fatal() else None})
    ended = threading.Event()

    def send():
        while not ended.is_set():
            producer.produce(topic, b"x" * 100, partition=0, on_delivery=gaps.acknowledged)
            producer.poll(0)
            time.sleep(INTERVAL_SECONDS)

    sender = threading.Thread(target=send)
    sender.start()
    for _ in sys.stdin:
        print("gap %d" % (gaps.take() * 1000), flush=True)
    ended.set()
    sender.join()
    producer.flush(30)


if __name__ == "__main__":
    main(*sys.argv[1:])
