# SPDX-License-Identifier: MIT
# tab.py RCFILE LINE [TABS]: type LINE and TABS (1) times TAB into an interactive bash in a pty
#
# Prints the line that stands there then, and below it what readline listed.
import sys

import pexpect

rcfile, line = sys.argv[1:3]
tabs = int(sys.argv[3]) if len(sys.argv) > 3 else 1

bash = pexpect.spawn("bash", ["--norc", "--noprofile"], encoding="utf-8", timeout=10, dimensions=(50, 200), echo=False)
# \C-x\C-l tells what the line is: no need to guess when readline is done.
setup = [
    "PS1='ready> '",
    "bind 'set enable-bracketed-paste off'",
    "bind 'set bell-style none'",
    "bind 'set page-completions off'",
    r"""bind -x '"\C-x\C-l": printf "\n<<%s>>\n" "$READLINE_LINE"'""",
    f"source {rcfile}",
    "echo set'-up' done",
]
bash.send("\n".join(setup) + "\n")
bash.expect(r"set-up done\r\n.*ready> ")
bash.send(line + "\t" * tabs + "\x18\x0c")
bash.expect(r"<<(.*)>>\r?\n")
print(bash.match[1])
for shown in bash.before.replace("\r", "").split("\n")[1:]:
    if shown.strip() and not shown.startswith("ready> "):
        print(shown.rstrip())
bash.close(force=True)
