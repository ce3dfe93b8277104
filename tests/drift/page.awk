# SPDX-License-Identifier: MIT
# page.awk: what an mdoc page says of its tool, one fact a line; man/template.1 shows what is read
#
# synopsis VERB; synopsis-option VERB FLAG; verb VERB; option VERB LETTER LONG PLACEHOLDER (VERB is - for all verbs, a missing
# part is -); column VERB HEADING KEY; variable NAME; status NUMBER; section NAME LINES

function wrong(why) {
    printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0 >"/dev/stderr"
    failed = 1
}

# ".It Fl p , Fl -priority Ar NUMBER"; its letter, name and placeholder.
function option(verb,    line, letter, name, placeholder) {
    line = $0
    sub(/^\.It /, "", line)
    letter = name = placeholder = "-"
    if (match(line, /^Fl [0-9A-Za-z]( , |$|  *Ar )/)) {
        letter = "-" substr(line, 4, 1)
        line = substr(line, 5)
        sub(/^ , /, "", line)
    }
    if (match(line, /^Fl -[a-z][a-z0-9-]*/)) {
        name = "-" substr(line, 4, RLENGTH - 3)
        line = substr(line, RLENGTH + 1)
    }
    if (match(line, /^ *Ar [^ ]+$/)) {
        placeholder = line
        sub(/^ *Ar /, "", placeholder)
        line = ""
    }
    if (line != "" || (letter == "-" && name == "-")) return wrong("not the form of an option")
    print "option", verb, letter, name, placeholder
}

# Flags of the synopsis: "Fl n | t Ar DURATION", "Fl j0", "Fl N Ar NUMBER | Fl -all".
function synopsis_options(    i, j, is_flag) {
    for (i = 1; i <= NF; i++) {
        is_flag = $(i - 1) == "Fl" || ($(i - 1) == "|" && $i ~ /^[0-9A-Za-z]$/)
        if (!is_flag) continue
        if ($i ~ /^-/) print "synopsis-option", shown, "-" $i
        else for (j = 1; j <= length($i); j++) print "synopsis-option", shown, "-" substr($i, j, 1)
    }
}

function end_section() { if (section != "") print "section", section, lines }

/^\.\\"/ { next }
/^\.Sh / {
    end_section()
    section = substr($0, 5)
    verb = columns = shown = ""
    lines = 0
    next
}
{ lines++ }
/^\.Ss / && section == "VERBS" { verb = $2; print "verb", verb; next }

section == "SYNOPSIS" && /^\.Cm / && after_name { shown = $2; print "synopsis", shown }
section == "SYNOPSIS" && /^\.Op / { synopsis_options() }
{ after_name = $1 == ".Nm" }

section == "VERBS" && /^\.It Fl / && verb != "" { option(verb) }
section == "OPTIONS" && /^\.It Fl / { option("-") }

section == "OUTPUT" && columns == "next" && /^\.Cm / { columns = $2; next }
section == "OUTPUT" && /^Columns of$/ { columns = "next"; next }
section == "OUTPUT" && /^\.El/ { columns = "" }
section == "OUTPUT" && columns != "" && /^\.It / {
    if (NF == 6 && $2 == "Cm" && $4 == "Pq" && $5 == "Li") print "column", columns, $3, $6
    else wrong("not the form of a column")
}

section == "ENVIRONMENT" && /^\.It Ev / { print "variable", $3 }
section == "EXIT STATUS" && /^\.It / {
    if ($2 ~ /^[0-9]+$/ && NF == 2) print "status", $2
    else wrong("not the form of an exit status")
}
END { end_section(); exit failed }
