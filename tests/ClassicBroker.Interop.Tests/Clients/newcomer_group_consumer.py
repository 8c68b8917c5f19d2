"""The second of every tutorial with a group: read what the first sends, for as long as it runs."""
import sys

from kafka import KafkaConsumer

from client_security import kafka_python

consumer = KafkaConsumer(sys.argv[2], group_id=sys.argv[3], bootstrap_servers=[sys.argv[1]], **kafka_python())
for message in consumer:
    print(message.value.decode(), flush=True)
