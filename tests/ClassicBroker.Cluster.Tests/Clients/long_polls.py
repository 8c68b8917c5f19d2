"""Fetches from the end of an idle partition, one long poll after the other, and prints how many milliseconds each took.

long_polls.py HOST:PORT TOPIC COUNT WAIT_MS
"""
import struct
import sys
import time

from client_security import connect

FETCH, VERSION = 1, 4


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def request(correlation, topic, wait_ms):
    header = struct.pack(">hhi", FETCH, VERSION, correlation) + text("long-polls")
    partition = struct.pack(">i", 1) + struct.pack(">iqi", 0, 0, 1 << 20)
    body = struct.pack(">iiiib", -1, wait_ms, 1, 1 << 20, 0) + struct.pack(">i", 1) + text(topic) + partition
    return struct.pack(">i", len(header + body)) + header + body


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            sys.exit("the broker closed the connection")
        data += piece
    return data


def main():
    address, topic, count, wait_ms = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    host, port = address.split(":")
    with connect(host, int(port)) as connection:
        for correlation in range(count):
            began = time.monotonic()
            connection.sendall(request(correlation, topic, wait_ms))
            receive(connection, struct.unpack(">i", receive(connection, 4))[0])
            print(round((time.monotonic() - began) * 1000), flush=True)


main()
