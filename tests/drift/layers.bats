#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# layers.bats: the #include lines point downwards only, and the large libraries stay in one file each

load ../lib

# The rooms that a file may include from; a tool's own folder is written without a room.
may_use() {
    case $1 in
    common/text/*) echo text ;;
    common/sys/*) echo text sys ;;
    common/ipc/*) echo text sys ipc ;;
    common/cli/*) echo text sys cli ;;
    tools/*/*) echo text sys ipc cli own ;;
    esac
}

# violations [DIR]: a line for each #include that is not allowed in the tree below DIR.
violations() {
    cd "${1:-$root}"
    local file line room own allowed
    while IFS=: read -r file line; do
        [[ $line =~ \#[[:space:]]*include[[:space:]]*([\"\<])([^\"\>]*) ]] || { echo "$file: unreadable: $line"; continue; }
        own=${file%/*}/
        case ${BASH_REMATCH[1]}${BASH_REMATCH[2]} in
        '<CLI/'* | '"CLI/'*) [[ $file == common/cli/parse.cpp ]] || echo "$file: CLI11 belongs to common/cli/parse.cpp" ;;
        '<nlohmann/'* | '"nlohmann/'*) [[ $file == common/cli/json.cpp ]] || echo "$file: nlohmann belongs to common/cli/json.cpp" ;;
        '<'*) ;;
        '"'*/*)
            room=${BASH_REMATCH[2]%%/*}
            allowed=" $(may_use "$file") "
            [[ $allowed == *" $room "* && $room != own ]] || echo "$file: may not use ${BASH_REMATCH[2]}"
            [[ -e common/${BASH_REMATCH[2]} ]] || echo "$file: no such file: common/${BASH_REMATCH[2]}"
            ;;
        *)
            # Without a folder it is a file beside this one; the rooms of common are always named.
            [[ $file == tools/* && -e $own${BASH_REMATCH[2]} ]] || echo "$file: not a file of its own tool: ${BASH_REMATCH[2]}"
            ;;
        esac
    done < <(grep -rE --include='*.[ch]pp' --include='*.h' --include='*.c' '^[[:space:]]*#[[:space:]]*include' common tools)
}

# A tree of one file with one #include line must be refused, and named.
refused() {
    local tree=$BATS_TEST_TMPDIR/tree.$RANDOM
    mkdir -p "$tree"/common/{text,sys,ipc,cli} "$tree"/tools/{a,b}
    touch "$tree"/common/{text,sys,ipc,cli}/x.hpp "$tree"/tools/{a,b}/own.hpp
    echo "#include $2" >"$tree/$1"
    output=$(violations "$tree")
    assert_output --partial "$1: "
}

@test "every #include of common and tools obeys the layers" {
    output=$(violations)
    refute_output
    # The search sees something.
    (($(grep -rlE '^#include "' "$root/common" "$root/tools" | wc -l) > 20))
}

@test "an #include that points upwards or sideways is caught" {
    refused common/text/a.cpp '"sys/x.hpp"'
    refused common/sys/a.cpp '"ipc/x.hpp"'
    refused common/sys/a.hpp '"cli/x.hpp"'
    refused common/ipc/a.cpp '"cli/x.hpp"'
    refused common/cli/a.cpp '"ipc/x.hpp"'
    refused common/cli/a.cpp '"x.hpp"'
    refused common/text/a.cpp '"../sys/x.hpp"'
    refused tools/a/a.cpp '"b/own.hpp"'
    refused tools/a/a.cpp '"../b/own.hpp"'
    refused tools/a/a.cpp '"text/missing.hpp"'
}

@test "CLI11 and nlohmann outside their one file are caught" {
    refused common/cli/main.cpp '<CLI/CLI.hpp>'
    refused tools/a/a.cpp '<CLI/App.hpp>'
    refused tools/a/a.cpp '"nlohmann/json.hpp"'
    refused common/ipc/a.cpp '  <nlohmann/json_fwd.hpp>'
}

@test "common names no tool and no verb" {
    need jq
    local main tool
    for main in "$root"/tools/*/main.cpp; do
        tool=${main%/main.cpp}
        run grep -rnE "tools::|\"(${tool##*/})\"" "$root/common"
        assert_failure 1
    done
}

@test "a namespace is its folder" {
    local file folder wrong=''
    for file in "$root"/common/*/*.[ch]pp "$root"/tools/*/*.[ch]pp; do
        folder=${file%/*}
        case $file in
        */main.cpp) [[ $file == */tools/* ]] && continue; folder=cli ;;
        */tools/*) folder=tools::${folder##*/} ;;
        *) folder=${folder##*/} ;;
        esac
        grep -qE "^namespace $folder(::detail)? \{|^namespace $folder(::[a-z_]+)* \{" "$file" || wrong+="${file#"$root"/}: no namespace $folder"$'\n'
    done
    [[ -z $wrong ]] || { echo "$wrong"; return 1; }
}
