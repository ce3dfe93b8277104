# SPDX-License-Identifier: MIT
# lib.bash: what every .bats file begins with, by `load ../lib`
# shellcheck shell=bash disable=SC2034 # bats and the tests read the variables that are set here

bats_require_minimum_version 1.5.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=${MOREIPC_BUILD:-$root/build}
export PATH="$build/bin:$PATH" LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR NOTIFY_SOCKET CDPATH
# LeakSanitizer traces the process itself, and cannot do that under strace: files that use it go without.
[[ $(<"${BATS_TEST_FILENAME:-/dev/null}") != *strace* ]] || export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
exec </dev/null

for _library in bats-support bats-assert bats-file; do
    if [[ -r /usr/lib/bats/$_library/load.bash || -r ${BATS_LIB_PATH:-/usr/lib/bats}/$_library/load.bash ]]; then
        bats_load_library "$_library"
    fi
done
declare -F assert_output >/dev/null || load "$root/tests/assert"

# t [SECONDS] CMD...: run a program; sets $status, $output and $stderr. It has SECONDS (5) to end, or the test fails.
# The signal is KILL, so that the timeout cannot be taken for a tool's own status 124.
t() {
    local seconds=5
    if [[ $1 =~ ^[0-9]+$ ]]; then
        seconds=$1
        shift
    fi
    local begin=$EPOCHREALTIME
    run --separate-stderr timeout -s KILL "$seconds" "$@" 3>&- 4>&-
    if ((status == 137 && ${EPOCHREALTIME/./} - ${begin/./} >= seconds * 1000000)); then
        echo "did not end within $seconds s: $*"
        return 1
    fi
}

# json FILTER: jq's answer to FILTER about $output is neither false nor null.
json() {
    need jq
    jq -e "$1" <<<"$output" >/dev/null && return
    printf 'not so: %s\n%s\n' "$1" "$output"
    return 1
}

# assert_stderr, refute_stderr: as assert_output and refute_output, for the $stderr of t.
assert_stderr() { output=$stderr assert_output "$@"; }
refute_stderr() { output=$stderr refute_output "$@"; }

# --- background processes ---

declare -gA _bg=() # load is a function, hence -g

# bg NAME CMD...: start CMD in a process group of its own; its output goes to $BATS_TEST_TMPDIR/NAME.out and NAME.err.
bg() {
    local name=$1
    shift
    set -m
    "$@" <&0 >"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- 4>&- &
    _bg[$name]=$!
    set +m
}

bg_pid() { echo "${_bg[$1]:?no such background process: $1}"; }

# bg_wait NAME [SECONDS]: wait for its end; sets $status, $output and $stderr.
bg_wait() {
    local pid=${_bg[$1]:?no such background process: $1}
    _wait_seconds=${2:-10} wait_until _ended "$pid" || return
    status=0
    wait "$pid" || status=$?
    output=$(<"$BATS_TEST_TMPDIR/$1.out")
    stderr=$(<"$BATS_TEST_TMPDIR/$1.err")
    unset "_bg[$1]"
}

_ended() { [[ $(_state "$1") == [ZX]* ]]; }
_state() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || stat=') X'
    echo "${stat##*) }"
}

# End what bg started and is still there, with what it started in its group.
bg_end() {
    local pid
    for pid in "${_bg[@]}"; do
        kill -KILL -- "-$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    _bg=()
}

# A file with a teardown of its own calls this in it.
end_test() {
    local name
    if [[ -z ${BATS_TEST_COMPLETED-} ]]; then
        [[ -z ${status-} ]] || printf -- '-- last status: %s\n-- stdout:\n%s\n-- stderr:\n%s\n' \
            "$status" "${output-}" "${stderr-}"
        for name in "${!_bg[@]}"; do
            printf -- '-- %s (still running):\n%s\n%s\n' "$name" \
                "$(<"$BATS_TEST_TMPDIR/$name.out")" "$(<"$BATS_TEST_TMPDIR/$name.err")"
        done
    fi
    bg_end
}
teardown() { end_test; }

# --- waiting for what the kernel shows, never for time to pass ---

# wait_until CMD...: try until CMD succeeds, for at most 10 s.
wait_until() {
    local seconds=${_wait_seconds:-10}
    local end=$((SECONDS + seconds + 1))
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= end)); then
            echo "not within $seconds s: $*"
            return 1
        fi
        read -rt 0.01 <> <(:) || :
    done
}

# blocked_in NAME|PID WORD...: the process is asleep in one of these system calls (mq_timedreceive), or at a place in
# the kernel that matches (*pipe_read). Wait for it with: wait_until blocked_in reader mq_timedreceive
blocked_in() {
    [[ -n $1 ]] || return  # the process that was looked for is gone
    local pid=${_bg[$1]-$1} call='' place='' word
    shift
    [[ $(_state "$pid") == [SD]* ]] || return
    { read -r call _ <"/proc/$pid/syscall"; } 2>/dev/null
    { read -r place <"/proc/$pid/wchan"; } 2>/dev/null || :
    for word; do
        # shellcheck disable=SC2053 # the word is a pattern
        if [[ $place == $word ]] || { [[ -n $call ]] && [[ $call == "$(_call_number "$word")" ]]; }; then return; fi
    done
    return 1
}

# The compiler knows the numbers on every machine.
_call_number() {
    [[ $1 =~ ^[a-z0-9_]+$ ]] || return 0
    printf '#include <sys/syscall.h>\n%s\n' "__NR_$1" | g++ -E -P -x c - 2>/dev/null | tail -n 1
}

# --- small things ---

# random SIZE >FILE: bytes that no compressor or lucky guess gives back
random() { head -c "$1" /dev/urandom; }

# same FILE FILE: equal to the byte
same() { cmp "$1" "$2" || { wc -c "$1" "$2"; return 1; }; }

# status_of CMD...: as t, for a status that may be 127, which bats' run takes for a mistake of the test; $output is the status
status_of() { t bash -c '"$@"; echo $?' - "$@"; }

# "${as_nobody[@]}" CMD...: root runs CMD as an ordinary user without capabilities
# shellcheck disable=SC2034 # read by the tests
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all --)

# --- what a test needs ---

need_isolation() { [[ ${MOREIPC_ISOLATION-none} != none ]] || skip "needs isolation"; }
need_root() { ((EUID == 0)) || skip "needs root"; }
need_user() { ((EUID != 0)) || skip "needs an ordinary user"; }

need() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip "needs $program"
    done
}
