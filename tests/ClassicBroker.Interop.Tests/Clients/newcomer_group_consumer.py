"""The second of every tutorial with a group: read what the first sent, before or after it."""
import sys

from kafka import KafkaConsumer

from client_security import kafka_python

consumer = KafkaConsumer(
    sys.argv[2], group_id="my-group", bootstrap_servers=[sys.argv[1]], auto_offset_reset="earliest", consumer_timeout_ms=30000,
    **kafka_python())
print("subscribed", flush=True)
for number, message in enumerate(consumer):
    print(message.value.decode(), flush=True)
    if number == 99:
        break
consumer.close()
