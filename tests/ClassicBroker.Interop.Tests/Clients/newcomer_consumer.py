"""The second: read them back from an assigned partition."""
import sys

from kafka import KafkaConsumer, TopicPartition

consumer = KafkaConsumer(bootstrap_servers=[sys.argv[1]], consumer_timeout_ms=10000)
partition = TopicPartition(sys.argv[2], 0)
consumer.assign([partition])
consumer.seek_to_beginning()
for number, message in enumerate(consumer):
    print(message.value.decode())
    if number == 99:
        break
