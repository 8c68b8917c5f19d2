"""The first program many people write: send byte strings to a topic that does not exist yet."""
import sys

from kafka import KafkaProducer

from client_security import kafka_python

producer = KafkaProducer(bootstrap_servers=[sys.argv[1]], **kafka_python())
for number in range(100):
    producer.send(sys.argv[2], b"message number %d" % number)
producer.flush()
