#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# terminal.py SHELL STEP...: an interactive shell on a pseudo terminal; STEP is text to type or =REGEX to wait for
"""What a step types is sent as it stands (\\n, \\x1a and the like are decoded). What =REGEX waits for must come within 10 s
behind what the step before it waited for. size=ROWS,COLS changes the window; hangup closes the terminal. Prints what went wrong."""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

os.environ.update({"PS1": "P> ", "TERM": "dumb", "HISTFILE": "/dev/null"})
shells = {"bash": ["bash", "--norc", "--noprofile", "--noediting", "-i"], "zsh": ["zsh", "-f", "-i", "+Z", "-o", "nopromptsp"], "sh": ["sh", "-i"]}
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(shells[sys.argv[1]][0], shells[sys.argv[1]])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
seen = ""


def wait_for(pattern):
    global seen
    end = time.monotonic() + 10
    while not (found := re.search(pattern, seen)):
        if time.monotonic() > end or not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"{pattern!r} did not come; there is {seen!r}")
        try:
            seen += os.read(terminal, 65536).decode(errors="replace").replace("\r", "")
        except OSError:
            sys.exit(f"the shell ended before {pattern!r}; there is {seen!r}")
    seen = seen[found.end():]


wait_for("P> ")
for step in sys.argv[2:]:
    if step.startswith("="):
        wait_for(step[1:])
    elif step.startswith("size="):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *map(int, step[5:].split(",")), 0, 0))
    elif step == "hangup":
        break
    else:
        os.write(terminal, step.encode().decode("unicode_escape").encode())
os.close(terminal)
os.waitpid(pid, 0)
