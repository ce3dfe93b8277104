#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# man.bats: the manual pages are sound, and say exactly what the tools say of themselves (--dump-spec)

load ../lib

shopt -s nullglob
mapfile -t tools < <(cd "$build/bin" && printf '%s\n' *)

facts() { awk -f "$root/tests/drift/page.awk" "$root/man/$1"; }

# said TOOL FILTER: lines of the tool's specification.
said() { "$1" --dump-spec | jq -r "$2"; }

# same TITLE: the files by_page and by_tool have the same lines, in any order; what only one has is printed.
same() {
    sort by_page >by_page.sorted
    sort by_tool >by_tool.sorted
    diff -U0 --label "only the page: $1" by_page.sorted --label "only the tool: $1" by_tool.sorted | grep -v '^@@' && return 1
    [[ -s by_page ]] || { echo "nothing to compare: $1"; return 1; }
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    need jq
}

@test "mandoc has nothing to say against any page" {
    need mandoc
    local page
    for page in "$root"/man/*.[1-9]; do
        run mandoc -T lint -W warning "$page"
        assert_success
        refute_output
    done
}

@test "a page that is wrong is caught by mandoc" {
    need mandoc
    sed 's/^\.Sh OPTIONS/.Hs OPTIONS/' "$root/man/template.1" >page.1
    run mandoc -T lint -W warning page.1
    assert_failure
}

@test "whatis and apropos find every page" {
    need lexgrog
    local page name
    for page in "$root"/man/*.[1-9]; do
        name=${page##*/}
        [[ $name != template.1 ]] || name=tool.1
        run lexgrog "$page"
        assert_success
        assert_output --partial ": \"${name%.*} - "
    done
}

@test "every tool has a page and every page has a tool" {
    local tool page
    for tool in "${tools[@]}"; do
        [[ -s $root/man/$tool.1 ]] || { echo "no man/$tool.1"; return 1; }
    done
    for page in "$root"/man/*.1; do
        page=${page##*/}
        [[ $page == template.1 || -x $build/bin/${page%.1} ]] || { echo "no tool for man/$page"; return 1; }
    done
    ((${#tools[@]} > 0))
}

@test "pages have the verbs of their tools, in the same order" {
    local tool
    for tool in "${tools[@]}"; do
        said "$tool" '.verbs[].name' >by_tool
        facts "$tool.1" | sed -n 's/^verb //p' >by_page
        diff by_tool by_page
        # In the synopsis a verb may have several lines; help is a verb of every tool.
        echo help >>by_tool
        facts "$tool.1" | sed -n 's/^synopsis //p' | uniq >by_page
        diff by_tool by_page
    done
}

@test "pages have the options of each verb, with letters and placeholders" {
    local tool
    for tool in "${tools[@]}"; do
        said "$tool" '(.verbs[] | .name as $verb | .options[] | [$verb, .letter, .name, .placeholder]),
            (.common_options[] | ["-", .letter, .name, .placeholder]) | map(. // "-") | join(" ")' >by_tool
        facts "$tool.1" | sed -n 's/^option //p' >by_page
        same "options of $tool"
    done
}

@test "a synopsis shows no option that its verb has not" {
    local tool
    for tool in "${tools[@]}"; do
        said "$tool" '.verbs[] | .name as $verb | .options[] | (.letter, .name) | select(.) | "\($verb) \(.)"' | sort -u >by_tool
        facts "$tool.1" | sed -n 's/^synopsis-option //p' | sort -u >by_page
        run comm -13 by_tool by_page
        refute_output
        [[ -s by_page ]]
    done
}

@test "pages have the columns of each verb, with their JSON keys" {
    local tool
    for tool in "${tools[@]}"; do
        said "$tool" '.verbs[] | .name as $verb | .columns[] | "\($verb) \(.heading) \(.key)"' >by_tool
        facts "$tool.1" | sed -n 's/^column //p' >by_page
        [[ ! -s by_tool && ! -s by_page ]] || same "columns of $tool"
    done
}

@test "pages have the exit statuses of their tools" {
    local tool
    for tool in "${tools[@]}"; do
        said "$tool" '.exit_statuses[].status' >by_tool
        facts "$tool.1" | sed -n 's/^status //p' >by_page
        same "exit statuses of $tool"
    done
    for tool in "${tools[@]}"; do said "$tool" '.exit_statuses[].status'; done | sort -u >by_tool
    facts moreipc.7 | sed -n 's/^status //p' >by_page
    same "exit statuses in moreipc(7)"
}

@test "every example of a tool's help stands in the EXAMPLES of its page" {
    need python3
    local tool example commands
    for tool in "${tools[@]}"; do
        said "$tool" '.verbs[].examples[]' >by_tool
        commands=$'\n'$("$root/tests/examples" --list "$root/man/$tool.1")$'\n'
        # It may be one of several commands on a line, and more words may follow.
        commands+=${commands//; /$'\n'}
        while IFS= read -r example; do
            [[ $commands == *$'\n'"$example"[[:space:]]* ]] || { echo "$tool.1 has no example: $example"; return 1; }
        done <by_tool
        [[ -s by_tool ]]
    done
}

@test "every verb has three examples" {
    local tool
    for tool in "${tools[@]}"; do
        run said "$tool" '.verbs[] | select((.examples | length) != 3) | .name'
        refute_output
    done
}

@test "pages of tools promise: guaranteed, not guaranteed, side effects, limits" {
    local tool section
    for tool in "${tools[@]}"; do
        facts "$tool.1" >by_page
        for section in GUARANTEED 'NOT GUARANTEED' 'SIDE EFFECTS' LIMITS; do
            grep -qx "section $section [1-9][0-9]*" by_page || { echo "$tool.1: $section is missing or empty"; return 1; }
        done
    done
}

@test "ENVIRONMENT names the variables of the source, and no others" {
    local tool
    for tool in "${tools[@]}"; do
        grep -rhoE '"MOREIPC_[A-Z_]+' "$root/common" "$root/tools/$tool" | grep -oE 'MOREIPC_[A-Z_]+' | sort -u >by_tool || :
        facts "$tool.1" | sed -n 's/^variable MOREIPC/MOREIPC/p' | sort -u >by_page
        [[ ! -s by_tool && ! -s by_page ]] || same "variables of $tool"
    done
}

@test "moreipc(7) names every tool, and its own name is in every page" {
    local tool
    for tool in "${tools[@]}"; do
        grep -qE "^\.It (Xr|Li) $tool\b" "$root/man/moreipc.7" || { echo "moreipc.7 does not list $tool"; return 1; }
        grep -qE '^\.Xr moreipc 7' "$root/man/$tool.1" || { echo "$tool.1 does not refer to moreipc(7)"; return 1; }
    done
}

@test "man finds a verb: man mq send is the page of mq" {
    need man
    # Staged by the configure step, as they will be installed.
    [[ -d $build/staged/man1 ]] || skip "needs a build directory with staged pages"
    local tool verb
    for tool in "${tools[@]}"; do
        for verb in $(said "$tool" '.verbs[].name'); do
            t man -M "$build/staged" -w "$tool" "$verb"
            assert_success
            # One page: that of the verb, which refers to that of the tool.
            assert_output --regexp "^$build/staged/man1/$tool(-$verb)?\\.1\$"
        done
        MANPAGER=cat MANWIDTH=80 timeout 20 man -M "$build/staged" "$tool" "$verb" >shown
        grep -q '^EXIT STATUS' shown
    done
}

@test "what a page lacks or has too much is caught" {
    cp "$root/tests/drift/page.awk" .
    sed -e '/^\.It Fl n , Fl -nonblock$/d' -e 's/^\.It Fl -rescue Ar FILE$/.It Fl -rescue Ar PATH/' "$root/man/template.1" >page.1
    awk -f page.awk "$root/man/template.1" >by_tool
    awk -f page.awk page.1 >by_page
    run same template
    assert_failure 1
    assert_line -- '+option send -n --nonblock -'
    assert_line -- '-option send - --rescue PATH'
    sed 's/^\.It Fl p , Fl -priority Ar NUMBER$/.It Fl p Fl -priority/' "$root/man/template.1" >page.1
    run awk -f page.awk page.1
    assert_failure 1
    assert_line --partial 'not the form of an option'
}
