"""One of the producers of a history: numbered records through any failure, and every acknowledgement on file.

history_producer.py CLIENT BOOTSTRAP TOPIC PARTITIONS NAME FILE PER_SECOND

CLIENT is confluent-idempotent, confluent, kafka-python or kcat. Record N has the value "NAME N" and goes to partition N modulo PARTITIONS;
once it is acknowledged, "partition offset N" is appended to FILE; the offset is -1 where the client was not told. Prints "sending" once the first
came back. SIGTERM ends it: what is in flight comes back first. Exit code 3 says that the client gave itself up.
"""
import collections
import os
import re
import signal
import subprocess
import sys
import threading
import time

PADDING = b"." * 200
BURST_SECONDS = 0.05
FLUSH_SECONDS = 100
stopping = False


def stop(*_):
    global stopping
    stopping = True


class Acks:
    """Writes what was acknowledged."""

    def __init__(self, path):
        self._file = open(path, "a", buffering=1)
        self._lock = threading.Lock()
        self.acked = 0
        self.failed = 0

    def ok(self, partition, offset, number):
        with self._lock:
            if self.acked == 0:
                print("sending", flush=True)
            self.acked += 1
            self._file.write("%d %d %d\n" % (partition, -1 if offset is None else offset, number))


def paced(per_second):
    """Numbers to send next, in bursts; an empty one where only callbacks are due."""
    number = 0
    begun = time.monotonic()
    while not stopping:
        due = int((time.monotonic() - begun) * per_second)
        # What a stall kept back is not made up for.
        if due - number > per_second:
            begun = time.monotonic() - number / per_second
            due = number
        yield range(number, due)
        number = max(number, due)
        time.sleep(BURST_SECONDS)


def run_confluent(bootstrap, topic, partitions, name, acks, per_second, idempotent):
    from confluent_kafka import KafkaError, KafkaException, Producer

    fatal = []

    def on_error(error):
        if error.fatal() or error.code() == KafkaError._FATAL:
            fatal.append(str(error))

    def delivered(number):
        def report(error, message):
            if error is None:
                acks.ok(message.partition(), message.offset(), number)
            else:
                acks.failed += 1
                print("failed %d: %s" % (number, error), flush=True)
        return report

    producer = Producer({
        "bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 2, "enable.idempotence": idempotent, "message.timeout.ms": 90000,
        "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "topic.metadata.refresh.interval.ms": 1000, "retry.backoff.ms": 50,
        "topic.metadata.refresh.fast.interval.ms": 50, "socket.timeout.ms": 5000, "socket.connection.setup.timeout.ms": 3000,
        "error_cb": on_error})
    for numbers in paced(per_second):
        for number in numbers:
            while not stopping:
                try:
                    producer.produce(topic, b"%s %d %s" % (name, number, PADDING), partition=number % partitions,
                                     on_delivery=delivered(number))
                    break
                except BufferError:
                    producer.poll(0.1)
                except KafkaException as error:
                    fatal.append(str(error))
                    break
        producer.poll(0)
        if fatal:
            print("gave up: %s" % fatal[0], flush=True)
            sys.exit(3)
    return producer.flush(FLUSH_SECONDS)


def run_kafka_python(bootstrap, topic, partitions, name, acks, per_second):
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    producer = None
    while producer is None:
        try:
            producer = KafkaProducer(
                bootstrap_servers=bootstrap.split(","), acks="all", retries=1000000, max_in_flight_requests_per_connection=1, linger_ms=2,
                retry_backoff_ms=50, reconnect_backoff_ms=20, reconnect_backoff_max_ms=200, request_timeout_ms=10000,
                metadata_max_age_ms=1000, max_block_ms=10000, api_version=(2, 5, 0))
        except KafkaError:
            time.sleep(BURST_SECONDS)

    def failed(number):
        def report(error):
            acks.failed += 1
            print("failed %d: %s" % (number, error), flush=True)
        return report

    for numbers in paced(per_second):
        for number in numbers:
            try:
                future = producer.send(topic, b"%s %d %s" % (name, number, PADDING), partition=number % partitions)
            except KafkaError as error:
                failed(number)(error)
                continue
            future.add_callback(lambda sent, number=number: acks.ok(sent.partition, sent.offset, number))
            future.add_errback(failed(number))
    try:
        producer.flush(FLUSH_SECONDS)
        return 0
    except KafkaError:
        return 1


class Kcat:
    """A kcat that sends lines to one partition with idempotence: its reports come in the order of the lines, so the Nth is of the Nth."""

    REPORT = re.compile(rb"Message delivered to partition (\d+) \(offset (-?\d+)\)")

    def __init__(self, bootstrap, topic, partition, acks):
        self._acks = acks
        self._sent = collections.deque()
        self._process = subprocess.Popen(
            ["kcat", "-P", "-b", bootstrap, "-t", topic, "-p", str(partition), "-vvv", "-X", "enable.idempotence=true",
             "-X", "message.timeout.ms=90000", "-X", "reconnect.backoff.ms=20", "-X", "reconnect.backoff.max.ms=200",
             "-X", "topic.metadata.refresh.interval.ms=1000", "-X", "topic.metadata.refresh.fast.interval.ms=50",
             "-X", "retry.backoff.ms=50", "-X", "socket.timeout.ms=5000", "-X", "socket.connection.setup.timeout.ms=3000",
             "-X", "enable.sparse.connections=false"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self._reports = threading.Thread(target=self._read)
        self._reports.start()

    def _read(self):
        for line in self._process.stderr:
            report = self.REPORT.search(line)
            if report:
                self._acks.ok(int(report[1]), int(report[2]), self._sent.popleft())
            elif b"Delivery failed" in line:
                self._acks.failed += 1
                print("failed %d: %s" % (self._sent.popleft(), line), flush=True)
            elif b"FATAL CLIENT ERROR" in line or b"Local: Fatal error" in line:
                # Another one would go on as if nothing had been.
                print("gave up: %s" % line, flush=True)
                os._exit(3)

    def send(self, number, value):
        """False where it has ended: what it had not reported is in doubt, and another one goes on behind it."""
        self._sent.append(number)
        try:
            self._process.stdin.write(value + b"\n")
            self._process.stdin.flush()
            return True
        except BrokenPipeError:
            return False

    def end(self):
        """How many lines are without a report."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(FLUSH_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reports.join()
        return len(self._sent)


def run_kcat(bootstrap, topic, partitions, name, acks, per_second):
    running = [Kcat(bootstrap, topic, partition, acks) for partition in range(partitions)]
    for numbers in paced(per_second):
        for number in numbers:
            partition = number % partitions
            # kcat ends by itself where it has lost all brokers at once.
            if not running[partition].send(number, b"%s %d %s" % (name, number, PADDING)):
                print("kcat has ended, %d lines are in doubt" % running[partition].end(), flush=True)
                running[partition] = Kcat(bootstrap, topic, partition, acks)
    return sum(kcat.end() for kcat in running)


def main(client, bootstrap, topic, partitions, name, path, per_second):
    signal.signal(signal.SIGTERM, stop)
    acks = Acks(path)
    arguments = (bootstrap, topic, int(partitions), name.encode(), acks, int(per_second))
    if client == "kafka-python":
        left = run_kafka_python(*arguments)
    elif client == "kcat":
        left = run_kcat(*arguments)
    else:
        left = run_confluent(*arguments, client == "confluent-idempotent")
    print("acked %d failed %d left %d" % (acks.acked, acks.failed, left), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
