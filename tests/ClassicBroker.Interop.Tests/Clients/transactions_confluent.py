"""Transactions of librdkafka, step by step: transactions_confluent.py BOOTSTRAP TOPIC TRANSACTIONAL_ID [TIMEOUT_MS].

Reads commands from standard input, one a line, and answers each with one line: "ok", or "error CODE fatal=BOOL abortable=BOOL".
  open NAME               a producer with the transactional id, initialised
  begin NAME              begins a transaction
  send NAME FROM COUNT    COUNT messages with the numbers from FROM on, to partitions 0 and 1 in turn, and waits for their delivery
  offsets NAME GROUP N    commits offset N of partition 0 for the group within the transaction
  commit NAME | abort NAME
  read committed|uncommitted    the numbers a reader sees up to the end of both partitions, ascending
  committed GROUP         the group's committed offset of partition 0, -1001 where there is none
"""
import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, topic, transactional_id = sys.argv[1:4]
timeout_ms = int(sys.argv[4]) if len(sys.argv) > 4 else 30000
producers = {}


def open_producer(name):
    producers[name] = Producer({
        "bootstrap.servers": bootstrap,
        "transactional.id": transactional_id,
        "transaction.timeout.ms": timeout_ms,
        "linger.ms": 0,
    })
    producers[name].init_transactions(60)
    return "ok"


def send(name, first, count):
    failures = []
    for number in range(int(first), int(first) + int(count)):
        producers[name].produce(
            topic, str(number), partition=number % 2, on_delivery=lambda error, _: error and failures.append(error))
    producers[name].flush(60)
    if failures:
        raise KafkaException(failures[0])
    return "ok"


def offsets(name, group, offset):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    try:
        producers[name].send_offsets_to_transaction(
            [TopicPartition(topic, 0, int(offset))], consumer.consumer_group_metadata(), 60)
    finally:
        consumer.close()
    return "ok"


def read(isolation):
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": "reader",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_" + isolation,
        "enable.partition.eof": True,
    })
    try:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in (0, 1)])
        numbers, ended = [], set()
        while len(ended) < 2:
            message = consumer.poll(60)
            if message is None:
                raise RuntimeError("nothing came for 60 s")
            if message.error() is None:
                numbers.append(int(message.value()))
            elif message.error().name() == "_PARTITION_EOF":
                ended.add(message.partition())
            else:
                raise KafkaException(message.error())
        return " ".join(["ok"] + [str(number) for number in sorted(numbers)])
    finally:
        consumer.close()


def committed(group):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    try:
        return "ok %d" % consumer.committed([TopicPartition(topic, 0)], 60)[0].offset
    finally:
        consumer.close()


def begin(name):
    producers[name].begin_transaction()
    return "ok"


def commit(name):
    producers[name].commit_transaction(60)
    return "ok"


def abort(name):
    producers[name].abort_transaction(60)
    return "ok"


COMMANDS = {
    "open": open_producer, "begin": begin, "send": send, "offsets": offsets,
    "commit": commit, "abort": abort, "read": read, "committed": committed,
}

for line in sys.stdin:
    words = line.split()
    try:
        answer = COMMANDS[words[0]](*words[1:])
    except KafkaException as failure:
        error = failure.args[0]
        answer = "error %s fatal=%s abortable=%s" % (error.name(), error.fatal(), error.txn_requires_abort())
    print(answer, flush=True)
