"""A member of a group on kafka-python; see README.md for what group members print."""
import json
import signal
import sys

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from client_security import kafka_python


class Listener(ConsumerRebalanceListener):
    def on_partitions_assigned(self, assigned):
        print("assigned " + json.dumps(sorted(partition.partition for partition in assigned)), flush=True)

    def on_partitions_revoked(self, revoked):
        print("revoked " + json.dumps(sorted(partition.partition for partition in revoked)), flush=True)


bootstrap, group, topic = sys.argv[1:4]
running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer = KafkaConsumer(
    bootstrap_servers=[bootstrap], group_id=group, enable_auto_commit=False, auto_offset_reset="earliest", session_timeout_ms=6000,
    heartbeat_interval_ms=500, max_poll_records=20, partition_assignment_strategy=[RoundRobinPartitionAssignor],
    **kafka_python())
consumer.subscribe([topic], listener=Listener())
while running:
    for records in consumer.poll(timeout_ms=200).values():
        for record in records:
            print("message %d %d %s" % (record.partition, record.offset, record.value.decode()), flush=True)
    try:
        consumer.commit()
    except Exception as failure:  # a rebalance took the partitions; the next owner reads them again
        print("commit failed: %s" % type(failure).__name__, flush=True)
consumer.close(autocommit=False)
print("left", flush=True)
