"""Asks a ZooKeeper a four-letter word and prints what it says: four_letter_word.py HOST PORT WORD. Nothing where it does not answer."""
import socket
import sys

try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2) as connection:
        connection.sendall(sys.argv[3].encode())
        while data := connection.recv(4096):
            sys.stdout.write(data.decode())
except OSError:
    pass
