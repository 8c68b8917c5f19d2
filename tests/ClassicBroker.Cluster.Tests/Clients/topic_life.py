"""Makes or deletes many topics in one request: topic_life.py (create|delete|fill) BOOTSTRAP COUNT. What is done already is left as it is."""
import sys

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from client_security import kafka_python

what, bootstrap, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
names = [f"life-{number}" for number in range(count)]
if what == "fill":
    producer = KafkaProducer(bootstrap_servers=[bootstrap], acks="all", **kafka_python())
    sent = [producer.send(name, name.encode(), partition=partition) for name in names for partition in range(2)]
    print(sum(1 for one in sent if one.get(timeout=30).offset >= 0))
else:
    admin = KafkaAdminClient(bootstrap_servers=[bootstrap], **kafka_python())
    present = set(admin.list_topics())
    print("asking", flush=True)
    if what == "create":
        try:
            admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1) for name in names if name not in present])
        except TopicAlreadyExistsError:
            pass  # Made by a request whose answer never came, and not in the metadata yet; the answer speaks for all the others too.
    else:
        admin.delete_topics([name for name in names if name in present])
    print("done")
