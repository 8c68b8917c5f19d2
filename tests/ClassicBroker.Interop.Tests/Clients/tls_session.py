"""Connects to PORT twice, the second time with the TLS session of the first, and has the API versions told each time.
Environment as README.md says. Prints a line for each connection."""
import os
import socket
import ssl
import struct
import sys


def ask(channel):
    request = struct.pack(">hhih", 18, 0, 1, -1)
    channel.sendall(struct.pack(">i", len(request)) + request)
    answer = channel.recv(4)
    return struct.unpack(">i", answer)[0] if len(answer) == 4 else 0


context = ssl.create_default_context(cafile=os.environ["TLS_CA"])
context.load_cert_chain(os.environ["TLS_CERTIFICATE"], os.environ["TLS_KEY"])
session = None
for attempt in range(2):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as channel:
            print("answered" if ask(channel) > 0 else "left without an answer")
            session = channel.session
