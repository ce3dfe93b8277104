#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# create.bats: fifo create

load fifo

mode_of() { stat -c '%a %F' "$1"; }

@test "create makes several FIFOs, for the owner alone, and says nothing" {
    t fifo create a 'b c' ./-d
    assert_success
    refute_output
    refute_stderr
    assert_equal "$(mode_of a)" '600 fifo'
    assert_equal "$(mode_of 'b c')" '600 fifo'
    assert_equal "$(mode_of ./-d)" '600 fifo'
}

@test "FIFO-9: the mode is exactly as asked under umask 0 and 777, 0600 by default" {
    local mask
    for mask in 0 777 027; do
        rm -f a b c
        (umask $mask && fifo create a && fifo create -m 0622 b && fifo create --mode u=rwx,go=w c)
        assert_equal "$(mode_of a)" '600 fifo'
        assert_equal "$(mode_of b)" '622 fifo'
        assert_equal "$(mode_of c)" '722 fifo'
    done
}

@test "create takes a FIFO of its own that fits, and -x none" {
    fifo create f
    t fifo create f
    assert_success
    assert_stderr 'fifo: create: f: is there already, and fits'
    t fifo create -q f
    assert_success
    refute_stderr
    t fifo create -x f
    assert_failure 6
    t fifo create --exclusive f
    assert_failure 6
}

@test "create refuses a FIFO of another mode with status 6, and changes nothing" {
    fifo create -m 0640 f
    t fifo create f
    assert_failure 6
    assert_stderr --partial 'a FIFO of mode 0640, not 0600, is there'
    assert_equal "$(mode_of f)" '640 fifo'
}

@test "FIFO-9: create refuses a FIFO of another uid with status 6" {
    need_root
    fifo create f
    chown 65534 f
    t fifo create f
    assert_failure 6
    assert_stderr --partial 'a FIFO of uid 65534 is there'
}

@test "FIFO-8: create refuses a file, a directory, a link and a socket with status 6, all untouched" {
    echo kept >file
    mkdir directory
    ln -s /etc/passwd link
    ln -s nowhere dangling
    "${py:-python3}" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    local name before
    before=$(stat -c '%n %i %s %a %Y' file directory socket; cksum /etc/passwd)
    for name in file directory link dangling socket; do
        t fifo create "$name"
        assert_failure 6
        assert_stderr --partial "$name: a"
    done
    assert_equal "$(stat -c '%n %i %s %a %Y' file directory socket; cksum /etc/passwd)" "$before"
    [[ ! -e nowhere ]]
}

@test "create --parents makes the directories above it, and without it the status is 4" {
    t fifo create x/y/f
    assert_failure 4
    umask 022
    t fifo create --parents x/y/f "$dir/z//w/f"
    assert_success
    assert_equal "$(mode_of x/y/f)" '600 fifo'
    assert_equal "$(stat -c %a x/y)" 755
    assert_equal "$(mode_of z/w/f)" '600 fifo'
    : >file
    t fifo create --parents file/f
    assert_failure 3
    assert_stderr --partial 'Not a directory'
}

@test "create --temp prints a path in a directory that only the caller can enter" {
    t fifo create --temp
    assert_success
    refute_stderr
    assert_output --regexp '^/tmp/moreipc-fifo\.[A-Za-z0-9]{6}/fifo$'
    assert_equal "$(mode_of "$output")" '600 fifo'
    assert_equal "$(stat -c %a "${output%/*}")" 700
    fifo rm "$output"
    [[ ! -e ${output%/*} ]]
}

@test "create --temp takes names, a mode, and XDG_RUNTIME_DIR if that is private" {
    mkdir -m 700 run
    mkdir -m 755 open
    XDG_RUNTIME_DIR=$dir/run t fifo create --temp a b -m 0622
    assert_success
    assert_line --index 0 --partial "$dir/run/moreipc-fifo."
    assert_line --index 1 --partial /b
    assert_equal "$(mode_of "${lines[0]}")" '622 fifo'
    fifo rm "${lines[@]}"
    XDG_RUNTIME_DIR=$dir/open t fifo create --temp
    assert_output --partial /tmp/moreipc-fifo.
    fifo rm "$output"
    t fifo create --temp a/b
    assert_failure 2
    t fifo create --temp ..
    assert_failure 2
    t fifo create --temp --parents a
    assert_failure 2
    assert_equal "$(ls run)" ''
}

@test "create --temp removes what it made when its name cannot be printed" {
    t bash -c 'fifo create --temp a b >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    t bash -c 'fifo create --temp >&-'
    assert_failure 3
    refute compgen -G '/tmp/moreipc-fifo.*'
}

@test "create without a path, with an empty one and with one that is too long is refused" {
    t fifo create
    assert_failure 2
    assert_stderr --partial '--temp chooses a name'
    t fifo create ''
    assert_failure 2
    t fifo create "$(printf 'x%.0s' {1..5000})"
    assert_failure 2
    t fifo create "$(printf 'x%.0s' {1..300})"
    assert_failure 3
    assert_stderr --partial 'File name too long'
}

@test "create where the caller may not write is status 5" {
    need_user
    t fifo create /f
    assert_failure 5
}

@test "create names a path with control characters in one line, escaped" {
    t fifo create $'no/evil\n\e[31m'
    assert_failure 4
    assert_stderr --partial 'evil\x0a\x1b[31m'
}
