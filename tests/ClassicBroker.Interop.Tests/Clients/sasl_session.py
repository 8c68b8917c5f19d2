"""Logs in with every line of JSON of its input, all at once, by the client that the argument names; prints which were let in.

A line: {"name", "bootstrap", "protocol", "mechanism", "user", "secret", "ca"}. Answers, in the order of the lines: "NAME in" or "NAME out".
"""
import base64
import json
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def token(user):
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    now = int(time.time())
    return f'{part({"alg": "none"})}.{part({"sub": user, "iat": now - 5, "exp": now + 300})}.'


def confluent(cell):
    from confluent_kafka.admin import AdminClient

    config = {
        "bootstrap.servers": cell["bootstrap"], "security.protocol": cell["protocol"], "sasl.mechanism": cell["mechanism"],
        "ssl.ca.location": cell["ca"], "log_level": 0}
    if cell["mechanism"] == "OAUTHBEARER":
        config["oauth_cb"] = lambda _: (cell["secret"] or token(cell["user"]), time.time() + 300)
    elif cell["mechanism"] == "GSSAPI":
        config.update({
            "sasl.kerberos.service.name": "kafka", "sasl.kerberos.principal": cell["user"], "sasl.kerberos.keytab": cell["secret"]})
    else:
        config.update({"sasl.username": cell["user"], "sasl.password": cell["secret"]})
    client = AdminClient(config)
    client.poll(0.5)
    client.list_topics(timeout=15 if cell["name"].endswith("right") else 3)


def kafka_python(cell):
    from kafka import KafkaConsumer

    class Tokens:
        def token(self):
            return cell["secret"] or token(cell["user"])

        def extensions(self):
            return {}

    credentials = {"sasl_oauth_token_provider": Tokens()} if cell["mechanism"] == "OAUTHBEARER" else {
        "sasl_plain_username": cell["user"], "sasl_plain_password": cell["secret"]}
    consumer = KafkaConsumer(
        bootstrap_servers=cell["bootstrap"], security_protocol=cell["protocol"], sasl_mechanism=cell["mechanism"],
        ssl_cafile=cell["ca"], api_version_auto_timeout_ms=15000 if cell["name"].endswith("right") else 3000, **credentials)
    consumer.topics()
    consumer.close()


def attempt(cell):
    try:
        {"confluent": confluent, "kafka-python": kafka_python}[sys.argv[1]](cell)
        return f'{cell["name"]} in'
    except Exception as failure:
        print(f'{cell["name"]}: {type(failure).__name__} {failure}', file=sys.stderr)
        return f'{cell["name"]} out'


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    cells = [json.loads(line) for line in sys.stdin]
    with ThreadPoolExecutor(len(cells)) as pool:
        for answer in pool.map(attempt, cells):
            print(answer)
