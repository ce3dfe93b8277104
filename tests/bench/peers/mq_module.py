#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Peer of mq: message queues through the modules posix_ipc and sysv_ipc.

    mq_module.py send NAME [MESSAGE]    mq_module.py recv NAME COUNT      NAME: /name or key:0xKEY
"""
import sys


def open_queue(name):
    if name.startswith("/"):
        import posix_ipc
        return posix_ipc.MessageQueue(name)
    import sysv_ipc
    return sysv_ipc.MessageQueue(int(name[4:], 0))


def main(verb, name, *rest):
    queue = open_queue(name)
    if verb == "send":
        send = queue.send
        for line in [rest[0].encode()] if rest else sys.stdin.buffer:
            send(line.rstrip(b"\n"))
    else:
        receive, write = queue.receive, sys.stdout.buffer.write
        for _ in range(int(rest[0])):
            write(receive()[0] + b"\n")


main(*sys.argv[1:])
