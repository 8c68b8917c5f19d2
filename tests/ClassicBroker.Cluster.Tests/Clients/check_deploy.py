"""Holds the manifests under deploy/ to themselves: names, ports, ids, volumes and the version agree. Arguments: the folder, the version."""
import re
import sys

import yaml

folder, version = sys.argv[1], sys.argv[2]
checks = 0


def equal(actual, expected, what):
    global checks
    checks += 1
    assert actual == expected, f"{what}: {actual!r}, not {expected!r}"


def overrides(words):
    pairs = zip(words[1:], words[2:])
    return dict(value.split("=", 1) for word, value in pairs if word == "--override")


def port(address):
    return int(address.rsplit(":", 1)[1])


def check_compose():
    compose = yaml.safe_load(open(f"{folder}/compose.yml"))
    services = compose["services"]
    zookeepers = [name for name in services if name.startswith("zookeeper-")]
    brokers = [name for name in services if name.startswith("kafka-")]
    equal((len(zookeepers), len(brokers)), (3, 3), "servers and brokers")
    ids = set()
    for name in zookeepers:
        environment = services[name]["environment"]
        ids.add(environment["ZOO_MY_ID"])
        for number, server in enumerate(zookeepers, 1):
            assert f"server.{number}={server}:2888:3888;2181" in environment["ZOO_SERVERS"].split(), name
    equal(len(ids), 3, "ids of servers")
    ids = set()
    for name in brokers:
        service = services[name]
        equal(service["image"], f"localhost/classicbroker:{version}", f"image of {name}")
        config = overrides(service["command"])
        ids.add(config["broker.id"])
        equal(config["zookeeper.connect"], ",".join(f"{server}:2181" for server in zookeepers) + "/kafka", f"ZooKeeper of {name}")
        listeners = dict(each.split("://") for each in config["listeners"].split(","))
        advertised = dict(each.split("://") for each in config["advertised.listeners"].split(","))
        protocols = dict(each.split(":") for each in config["listener.security.protocol.map"].split(","))
        equal(set(listeners), set(protocols), f"listeners of {name}")
        equal({key: port(value) for key, value in advertised.items()}, {key: port(value) for key, value in listeners.items()}, f"ports of {name}")
        equal(advertised["INTERNAL"], f"{name}:9092", f"inner address of {name}")
        assert config["inter.broker.listener.name"] in listeners, name
        external = port(listeners["EXTERNAL"])
        equal(service["ports"], [f"127.0.0.1:{external}:{external}"], f"published port of {name}")
        equal(service["hostname"], name, "hostname")
        assert int(config["default.replication.factor"]) <= len(brokers) and int(config["min.insync.replicas"]) < len(brokers)
    equal(len(ids), 3, "ids of brokers")
    used = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    equal(used, set(compose["volumes"]), "volumes")


def check_kubernetes():
    documents = [each for name in ("zookeeper", "kafka") for each in yaml.safe_load_all(open(f"{folder}/kubernetes/{name}.yaml"))]
    named = {(each["kind"], each["metadata"]["name"]): each for each in documents}
    equal(len(named), len(documents), "names")
    for name in ("zookeeper", "kafka"):
        stateful, service = named["StatefulSet", name]["spec"], named["Service", name]["spec"]
        equal(stateful["replicas"], 3, f"replicas of {name}")
        equal((stateful["serviceName"], service["clusterIP"]), (name, "None"), f"headless service of {name}")
        labels = stateful["template"]["metadata"]["labels"]
        equal((stateful["selector"]["matchLabels"], service["selector"]), (labels, labels), f"labels of {name}")
        container = stateful["template"]["spec"]["containers"][0]
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        equal({each["name"]: each["port"] for each in service["ports"]}, ports, f"ports of {name}")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            for kind in container.get(probe, {}).values():
                assert not isinstance(kind, dict) or kind["port"] in ports, (name, probe)
        volumes = {each["name"] for each in stateful["template"]["spec"].get("volumes", [])}
        volumes |= {each["metadata"]["name"] for each in stateful["volumeClaimTemplates"]}
        equal({each["name"] for each in container["volumeMounts"]}, volumes, f"volumes of {name}")
        assert stateful["template"]["spec"]["securityContext"]["runAsNonRoot"], name
    check_kubernetes_brokers(named)


def check_kubernetes_brokers(named):
    text = named["ConfigMap", "kafka"]["data"]["server.properties"]
    config = dict(line.split("=", 1) for line in text.splitlines())
    pod = named["StatefulSet", "kafka"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    equal(config["zookeeper.connect"], ",".join(f"zookeeper-{i}.zookeeper:2181" for i in range(3)) + "/kafka", "ZooKeeper")
    equal(port(config["listeners"]), ports["kafka"], "listener")
    equal((port(config["metrics.listeners"]), port(config["health.listeners"])), (ports["metrics"],) * 2, "HTTP")
    equal(pod["metadata"]["annotations"]["prometheus.io/port"], str(ports["metrics"]), "scraped port")
    given = overrides(["", *container["args"]][1:])
    variables = {each["name"] for each in container["env"]}
    equal(set(re.findall(r"\$\((\w+)\)", " ".join(given.values()))), variables, "variables")
    equal(port(given["advertised.listeners"]), ports["kafka"], "advertised port")
    equal(container["image"], f"localhost/classicbroker:{version}", "image")
    equal(pod["spec"]["securityContext"]["runAsUser"], 65532, "user of the image")
    assert container["securityContext"]["readOnlyRootFilesystem"]
    bootstrap = named["Service", "kafka-bootstrap"]["spec"]
    equal((bootstrap["selector"], bootstrap["ports"][0]["port"]), (pod["metadata"]["labels"], ports["kafka"]), "bootstrap")


check_compose()
check_kubernetes()
print(f"{checks} checks")
