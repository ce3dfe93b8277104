#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sweep.bats: a random part of the Nth-system-call sweep, chosen by SEED; make sweep plays all of it
# labels: slow
# timeout: 300
load ../lib

sweep() { t 240 "$root/tests/sweep/run" "$build" "$@"; }

setup() {
    need strace
    need_isolation
    [[ -x /usr/bin/python3 ]] || skip "needs /usr/bin/python3"
}

@test "no verb breaks a rule when any of its system calls fails or a signal hits it: a random 1 %" {
    sweep 1 "${SEED:-4}"
    assert_success
    assert_output --regexp 'sweep: [0-9]+ cases, 1 % \(seed [0-9]+\): [1-9][0-9]* runs in [0-9]+ s, 0 violations'
}

@test "the sweep sees a message that is lost because a write failed" {
    # A tool of that name that takes a message first, and learns later that it cannot write it.
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/careless" <<'end'
import ctypes, os
libc = ctypes.CDLL(None)
message = ctypes.create_string_buffer(8192)
length = libc.mq_receive(libc.mq_open(b'/sweep', os.O_RDONLY), message, len(message), None)
os.write(1, message.raw[:length] + b'\n')
end
    cat >"$BATS_TEST_TMPDIR/bin/mq" <<end
#!/bin/sh
[ "\$*" = "recv /sweep" ] || exec "$build/bin/mq" "\$@"
exec /usr/bin/python3 -IS "$BATS_TEST_TMPDIR/careless"
end
    chmod +x "$BATS_TEST_TMPDIR/bin/mq"
    t 60 "$root/tests/sweep/run" "$BATS_TEST_TMPDIR" mq:recv-one-posix error=EIO write
    assert_failure 1
    assert_line 'violation of rule 2: lost: m1 (status 1)'
}
