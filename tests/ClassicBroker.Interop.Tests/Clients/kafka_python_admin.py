"""Walks kafka-python's admin calls against BOOTSTRAP with TOPIC and prints what each saw as one JSON object."""
import json
import sys

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError

bootstrap, topic = sys.argv[1:]
admin = KafkaAdminClient(bootstrap_servers=[bootstrap])
admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1, topic_configs={"retention.ms": "60000"})])
try:
    admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    again = "created"
except TopicAlreadyExistsError:
    again = "exists"
created = admin.describe_topics([topic])[0]
admin.create_partitions({topic: NewPartitions(total_count=3)})
grown = admin.describe_topics([topic])[0]
admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"retention.ms": "120000"})])
described = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"retention.ms": None})])
retention = [entry[1] for response in described for resource in response.resources for entry in resource[4] if entry[0] == "retention.ms"]
listed = topic in admin.list_topics()
admin.delete_topics([topic])
deleted = topic not in KafkaConsumer(bootstrap_servers=[bootstrap]).topics()
print(json.dumps({
    "again": again, "partitions": len(created["partitions"]), "grown": len(grown["partitions"]), "retention": retention,
    "listed": listed, "deleted": deleted, "brokers": len(admin.describe_cluster()["brokers"])}))
