#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Peer of mq: both kinds of message queue through ctypes, as one writes it when no module may be installed.

    mq.py send NAME [MESSAGE]    mq.py recv NAME COUNT      NAME: /name or key:0xKEY

Output goes through Python's own buffer, that is 8 KiB at a time: the fastest plain form.
"""
import ctypes
import os
import sys

LONGEST = 8192
# librt.so.1 holds, or since glibc 2.34 leads to, the mq_ functions.
libc = ctypes.CDLL("librt.so.1", use_errno=True)
libc.mq_send.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint]
libc.mq_receive.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
libc.mq_receive.restype = ctypes.c_ssize_t
libc.msgsnd.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
libc.msgrcv.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_long, ctypes.c_int]
libc.msgrcv.restype = ctypes.c_ssize_t
TYPE = (1).to_bytes(ctypes.sizeof(ctypes.c_long), sys.byteorder)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def main(verb, name, *rest):
    posix = name.startswith("/")
    if posix:
        queue = checked(libc.mq_open(name.encode(), os.O_WRONLY if verb == "send" else os.O_RDONLY))
    else:
        queue = checked(libc.msgget(int(name[4:], 0), 0))

    if verb == "send":
        lines = [rest[0].encode()] if rest else (line.rstrip(b"\n") for line in sys.stdin.buffer)
        if posix:
            for line in lines:
                checked(libc.mq_send(queue, line, len(line), 0))
        else:
            for line in lines:
                checked(libc.msgsnd(queue, TYPE + line, len(line), 0))
        return

    write = sys.stdout.buffer.write
    if posix:
        buffer = ctypes.create_string_buffer(LONGEST)
        for _ in range(int(rest[0])):
            size = checked(libc.mq_receive(queue, buffer, LONGEST, None))
            write(buffer[:size] + b"\n")
    else:
        head = len(TYPE)
        buffer = ctypes.create_string_buffer(head + LONGEST)
        for _ in range(int(rest[0])):
            size = checked(libc.msgrcv(queue, buffer, LONGEST, 0, 0))
            write(buffer[head:head + size] + b"\n")


main(*sys.argv[1:])
