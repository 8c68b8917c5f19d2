"""What a client says to get into a cluster: the librdkafka properties of the file that KCAT_CONFIG names, which kcat reads by itself."""
import base64
import hashlib
import hmac
import os
import secrets
import socket
import ssl
import struct

SASL_HANDSHAKE, SASL_AUTHENTICATE = 17, 36


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


def connect(host, port):
    """A connection for raw requests: open, or over TLS with a login by SCRAM-SHA-512."""
    connection = socket.create_connection((host, port))
    properties = librdkafka()
    if properties:
        context = ssl.create_default_context(cafile=properties["ssl.ca.location"])
        connection = context.wrap_socket(connection, server_hostname=host)
        _log_in(connection, properties["sasl.username"], properties["sasl.password"])
    return connection


def _log_in(connection, user, password):
    mechanism = b"SCRAM-SHA-512"
    _ask(connection, SASL_HANDSHAKE, 1, struct.pack(">h", len(mechanism)) + mechanism)
    nonce = secrets.token_hex(16)
    first = f"n={user},r={nonce}"
    answer = _authenticate(connection, "n,," + first)
    fields = dict(part.split("=", 1) for part in answer.split(","))
    final = f"c=biws,r={fields['r']}"
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    key = hmac.digest(salted, b"Client Key", "sha512")
    signature = hmac.digest(hashlib.sha512(key).digest(), f"{first},{answer},{final}".encode(), "sha512")
    proof = bytes(left ^ right for left, right in zip(key, signature))
    _authenticate(connection, f"{final},p={base64.b64encode(proof).decode()}")


def _authenticate(connection, token):
    answer = _ask(connection, SASL_AUTHENTICATE, 0, struct.pack(">i", len(token)) + token.encode())
    # The message, null where there is no error, and the token.
    message = struct.unpack(">h", answer[:2])[0]
    return answer[2 + max(message, 0) + 4:].decode()


def _ask(connection, api, version, body):
    request = struct.pack(">hhih", api, version, 0, -1) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    with connection.makefile("rb", buffering=0) as stream:
        answer = _read(stream, struct.unpack(">i", _read(stream, 4))[0])
    error = struct.unpack(">h", answer[4:6])[0]
    if error:
        raise OSError(f"api {api} is answered with error {error}")
    return answer[6:]


def _read(stream, count):
    data = b""
    while len(data) < count:
        data += stream.read(count - len(data)) or _closed()
    return data


def _closed():
    raise OSError("the broker closed the connection")
