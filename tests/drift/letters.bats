#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# letters.bats: one letter means one thing in all tools, and help is where one looks for it

load ../lib

mapfile -t tools < <(cd "$build/bin" && printf '%s\n' *)

# The letters of all tools, as moreipc(7) has them; the last word is the placeholder, - for none. A letter that is not
# here may not be used. Of a tool or verb before the colon: its own meaning there, for users of a tool that it replaces.
letters='-h --help -
-V --version -
-n --nonblock -
-t --timeout DURATION
-0 --null -
-j --json -
-o --output COL,COL
-q --quiet -
-v --verbose -
-f --force -
-m --mode MODE
-x --exclusive -
-s --shared -
-S --size SIZE
-N --count NUMBER
-p --priority NUMBER
-E --conflict-exit-code NUMBER'
exceptions='lock run: -s -x -e -u -n -w -E -o -F -c
popen run: -r -w'

setup() { need jq; }

# options TOOL: VERB LETTER LONG PLACEHOLDER of each, - for what is missing.
options() {
    "$1" --dump-spec | jq -r '(.verbs[] | .name as $verb | .options[] | [$verb, .letter, .name, .placeholder]),
        (.common_options[] | ["-", .letter, .name, .placeholder]) | map(. // "-") | join(" ")'
}

# strangers TOOL: its options whose letter, long name or placeholder is not that of the table.
strangers() {
    local verb letter name placeholder
    while read -r verb letter name placeholder; do
        [[ $exceptions != *"$1 $verb:"*" ${letter}"* ]] || continue
        if [[ $letter != - ]]; then
            grep -qxF -- "$letter $name $placeholder" <<<"$letters" || echo "$1 $verb: $letter $name $placeholder"
        else
            # A long name of the table has its letter everywhere.
            grep -qE -- "^-. $name " <<<"$letters" && echo "$1 $verb: $name without its letter"
        fi
    done
}

# helps WORD...: status 0, something on stdout, nothing on stderr.
helps() {
    t "$@"
    assert_success
    [[ -n $output ]]
    [[ -z $stderr ]] || { echo "on stderr: $stderr"; return 1; }
}

@test "a letter has the same long name and value in every tool" {
    local tool
    for tool in "${tools[@]}"; do
        run strangers "$tool" < <(options "$tool")
        assert_success
        refute_output
    done
}

@test "a letter with another meaning is caught" {
    run strangers mq <<<'send -n --number NUMBER'
    assert_output 'mq send: -n --number NUMBER'
    run strangers mq <<<'send -z --zip -'
    assert_output 'mq send: -z --zip -'
    run strangers mq <<<'send - --nonblock -'
    assert_output 'mq send: --nonblock without its letter'
    run strangers mq <<<'send -t --timeout NUMBER'
    assert_output 'mq send: -t --timeout NUMBER'
    run strangers lock <<<'run -o --close -'
    refute_output
}

@test "every short option has a long name, and no verb has an option twice" {
    local tool
    for tool in "${tools[@]}"; do
        run jq -r '.common_options as $common | .verbs[] | .name as $verb | (.options + $common) as $all
            | ($all[] | select(.name | test("^--[a-z][a-z0-9-]+$") | not) | "\($verb): \(.)"),
              ($all | group_by(.name)[] | select(length > 1) | "\($verb): twice: \(.[0].name)"),
              ($all | map(select(.letter)) | group_by(.letter)[] | select(length > 1) | "\($verb): twice: \(.[0].letter)"),
              ($all[] | select(.letter and (.letter | test("^-[0-9A-Za-z]$") | not)) | "\($verb): \(.letter)")' < <("$tool" --dump-spec)
        assert_success
        refute_output
    done
}

# A limit for a command is no waiting of ours: such a verb may have -t alone.
@test "a verb that can wait has both -t and -n" {
    local tool
    for tool in "${tools[@]}"; do
        run jq -r '.verbs[] | [.options[].name] as $names
            | select(($names | index("--nonblock") | not | not) != ($names | index("--timeout") | not | not))
            | select(($names | index("--nonblock")) or (.runs_command | not)) | .name' \
            < <("$tool" --dump-spec)
        assert_success
        refute_output
    done
}

@test "moreipc(7) gives the letters the same meaning" {
    local letter name value
    while read -r _ _ letter _ _ name value; do
        value=${value#Ar }
        grep -qxF -- "-$letter -$name ${value:--}" <<<"$letters" || { echo "moreipc.7: -$letter -$name $value"; return 1; }
        seen+=" -$letter"
    done < <(grep -E '^\.It Fl [0-9A-Za-z] , Fl ' "$root/man/moreipc.7")
    for tool in "${tools[@]}"; do
        for letter in $(options "$tool" | awk '$2 != "-" { print $2 }' | sort -u); do
            [[ $seen == *" $letter"* || $exceptions == *" $letter"* ]] || { echo "moreipc.7 lacks $letter of $tool"; return 1; }
        done
    done
}

@test "short help has at most 25 lines of at most 100 characters and three examples" {
    local tool verb
    for tool in "${tools[@]}"; do
        for verb in '' $("$tool" --dump-spec | jq -r '.verbs[].name'); do
            helps "$tool" ${verb:+"$verb"} -h
            ((${#lines[@]} <= 25)) || { echo "$tool $verb -h: ${#lines[@]} lines"; return 1; }
            (($(wc -l <<<"$output") <= 25)) || { echo "$tool $verb -h: over 25 lines"; return 1; }
            ! grep -qE '^.{101}' <<<"$output" || { echo "$tool $verb -h: a line is too long"; return 1; }
            [[ $(sed -n '/^Examples:/,/^$/p' <<<"$output" | grep -c "$tool") == 3 ]] || { echo "$tool $verb -h: not three examples"; return 1; }
            assert_line --index 0 --partial "$tool${verb:+ $verb}: "
        done
    done
}

@test "help VERB is VERB --help, complete, and anywhere on the line" {
    local tool verb help option
    for tool in "${tools[@]}"; do
        helps "$tool" --help
        help=$output
        helps "$tool" help
        assert_output "$help"
        for verb in $("$tool" --dump-spec | jq -r '.verbs[].name'); do
            helps "$tool" "$verb" --help
            help=$output
            for option in $(options "$tool" | awk -v verb="$verb" '$1 == verb || $1 == "-" { print $3 }'); do
                assert_output --regexp "(^|[ ,])$option([ ,.=]|$)"
            done
            helps "$tool" help "$verb"
            assert_output "$help"
            # A command that needs no -- has its own words behind its first one.
            if "$tool" --dump-spec | jq -e ".verbs[] | select(.name == \"$verb\").command_leads | not" >/dev/null; then
                helps "$tool" "$verb" no such words --help
                assert_output "$help"
            fi
            [[ $help == "$tool $verb: "* ]]
        done
    done
}

@test "the version is the same, wherever it is asked for" {
    local tool verb version
    for tool in "${tools[@]}"; do
        helps "$tool" -V
        version=$output
        assert_line --index 0 "$tool (moreipc) $("$tool" --dump-spec | jq -r .version)"
        helps "$tool" --version
        assert_output "$version"
        for verb in $("$tool" --dump-spec | jq -r '.verbs[].name'); do
            helps "$tool" "$verb" --version
            assert_output "$version"
        done
    done
}
