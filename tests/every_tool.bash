# SPDX-License-Identifier: MIT
# every_tool.bash: what holds for every tool, whatever its verbs are
# shellcheck shell=bash disable=SC2154 # variables of bats and of lib.bash

# verbs_of TOOL: their names
verbs_of() { "$1" --dump-spec | jq -r '.verbs[].name'; }

# help_everywhere TOOL: help and version are on standard output, anywhere on the line, and run nothing
help_everywhere() {
    local verb option
    for verb in $(verbs_of "$1"); do
        for option in -h --help -V; do
            t "$1" "$verb" "$option" a touch ran
            assert_success
            assert_output
            refute_stderr
        done
    done
    assert_not_exists ran
}

# never_status_0 LINE...: what each of these shell lines prints is checked: a full disk and a closed output are status 3 (U1, U2)
never_status_0() {
    local line
    for line; do
        t bash -c "$line >/dev/full"
        assert_failure 3
        assert_stderr --partial 'No space left on device'
        t bash -c "$line >&-"
        assert_failure 3
        assert_stderr --partial 'Bad file descriptor'
    done
}

# few_descriptors COMMAND...: with RLIMIT_NOFILE of 3 to 16 it gives a status and a line, and no crash (U13)
few_descriptors() {
    need prlimit
    local most
    for most in {3..12} 16; do
        t prlimit --nofile="$most" "$@"
        ((status < 126)) || fail "$*: with $most descriptors: $status"
        # 1, 124: what was asked for has not come.
        [[ $status == @(0|1|124) || $stderr == *": "* ]] || fail "$*: with $most descriptors: status $status, and not a word"
    done
}

# same_anywhere COMMAND...: its output depends on no locale, time zone or other variable (U16)
same_anywhere() {
    local usual
    usual=$("$@")
    assert_equal "$(env -i PATH="$PATH" "$@")" "$usual"
    assert_equal "$(env LC_ALL=tr_TR.UTF-8 "$@")" "$usual"
    assert_equal "$(env TZ=garbage COLUMNS=7 POSIXLY_CORRECT=1 "$@")" "$usual"
}

# a_closed_pipe_ends LINE...: by SIGPIPE and in silence (U3)
a_closed_pipe_ends() {
    local line
    mkfifo nobody
    for line; do
        t bash -c "exec 8<>nobody 9>nobody 8<&-; $line >&9"
        assert_failure 141
        refute_stderr
    done
}
