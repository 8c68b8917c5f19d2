"""What a client says to get into a cluster: the librdkafka properties of the file that KCAT_CONFIG names, which kcat reads by itself."""
import os


def librdkafka():
    path = os.environ.get("KCAT_CONFIG")
    if not path:
        return {}
    with open(path) as lines:
        return dict(line.strip().split("=", 1) for line in lines if "=" in line)


def kafka_python():
    properties = librdkafka()
    if not properties:
        return {}
    return {
        "security_protocol": properties["security.protocol"], "sasl_mechanism": properties["sasl.mechanism"],
        "sasl_plain_username": properties["sasl.username"], "sasl_plain_password": properties["sasl.password"],
        "ssl_cafile": properties["ssl.ca.location"]}
