# SPDX-License-Identifier: MIT
# assert.bash: the few bats-assert functions that our tests use, for systems that do not package it
# shellcheck shell=bash disable=SC2154 # bats sets status, output and lines

fail() {
    (($# == 0)) && cat || printf '%s\n' "$*"
    return 1
}

assert() { "$@" || fail "assertion failed: $*"; }
refute() { ! "$@" || fail "assertion succeeded, but was to fail: $*"; }
assert_equal() { [[ $1 == "$2" ]] || fail "expected: $2" $'\n'"actual: $1"; }
assert_success() { ((status == 0)) || fail "status $status, expected 0; output: $output"; }

assert_failure() {
    ((status != 0)) || fail "status 0, expected a failure; output: $output"
    (($# == 0)) || ((status == $1)) || fail "status $status, expected $1; output: $output"
}

# _matches TEXT [-p|--partial|-e|--regexp] WORD
_matches() {
    case $2 in
    -p | --partial) [[ $1 == *"$3"* ]] ;;
    -e | --regexp) [[ $1 =~ $3 ]] ;;
    *) [[ $1 == "$2" ]] ;;
    esac
}

_any_line() {
    local line
    for line in "${lines[@]}"; do
        _matches "$line" "$@" && return
    done
    return 1
}

assert_output() {
    if (($# == 0)); then
        [[ -n $output ]] || fail "no output"
    else
        [[ ${1-} != - && ${1-} != --stdin ]] || set -- "$(cat)"
        _matches "$output" "$@" || fail "expected: $*" $'\n'"output: $output"
    fi
}

refute_output() {
    if (($# == 0)); then
        [[ -z $output ]] || fail "output: $output"
    else
        ! _matches "$output" "$@" || fail "not expected: $*" $'\n'"output: $output"
    fi
}

assert_line() {
    if [[ $1 == -n || $1 == --index ]]; then
        local index=$2
        shift 2
        _matches "${lines[$index]-}" "$@" || fail "line $index is not: $*" $'\n'"output: $output"
    else
        _any_line "$@" || fail "no such line: $*" $'\n'"output: $output"
    fi
}

refute_line() { ! _any_line "$@" || fail "there is such a line: $*" $'\n'"output: $output"; }

assert_exists() { [[ -e $1 ]] || fail "there is no $1"; }
assert_not_exists() { [[ ! -e $1 ]] || fail "there is $1"; }
assert_file_exists() { assert_exists "$@"; }
assert_file_not_exists() { assert_not_exists "$@"; }
