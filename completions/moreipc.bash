# SPDX-License-Identifier: MIT
# moreipc.bash: completion in bash for all moreipc tools; what there is to say is asked of the tool itself
# shellcheck shell=bash
#
# TOOL --complete-words -- WORD... CURRENT answers with one candidate a line, a TAB and a note behind it; the last line
# is a directive: :nofiles, :files (file names) or :command (the words behind -- are a command line of their own).

_moreipc_tools=(fifo mq pipe popen sock)

# What $1 says without its quotes, in _plain; the quote that is open at its end, in _quote. Nothing is expanded: a TAB
# must not run what stands in $( ).
_moreipc_unquote() {
    local rest=$1 char
    _plain='' _quote=''
    while [[ -n $rest ]]; do
        char=${rest:0:1} rest=${rest:1}
        if [[ $char == \\ && $_quote != \' ]] && { [[ -z $_quote ]] || [[ $rest == [\"\$\`\\]* ]]; }; then
            _plain+=${rest:0:1} rest=${rest:1}
        elif [[ $char == "$_quote" ]]; then
            _quote=''
        elif [[ -z $_quote && $char == [\"\'] ]]; then
            _quote=$char
        else
            _plain+=$char
        fi
    done
}

# The words behind the tool's name up to the cursor, in _words. Readline also breaks words at = : and @: they are joined
# again, and _before is what stands in the current word before the piece that readline replaces. Fails if the current
# word is the file of a redirection; other redirections are left out.
_moreipc_words() {
    local line=${COMP_LINE:0:COMP_POINT} rest piece i raw='' awaits=word
    local operator='^[<>&|]*[<>][<>&|]*$' number='^[0-9]+$'
    _words=() _before=''
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || piece=$rest
        if [[ $piece =~ $operator ]]; then
            [[ $awaits == file || ($rest == "$line" && $raw =~ $number) ]] || _words+=("$raw")
            raw='' awaits=file
        elif [[ -n $raw && $rest != "$line" ]]; then
            [[ $awaits == file ]] || _words+=("$raw")
            raw=$piece awaits=word _before=''
        else
            _before=$raw
            raw+=$piece
        fi
        [[ $piece != [=:@]* ]] || _before=$raw
        line=${rest#"$piece"}
    done
    [[ $awaits == word ]] || return
    _words=("${_words[@]:1}" "$raw")
}

# The command behind --: by bash-completion, which knows how to hand over; without it by name, then by file.
_moreipc_command() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] && break
    done
    ((++i))
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$i"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$i"
    elif ((i == COMP_CWORD)); then
        mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[i]}")
    else
        compopt -o default
    fi
}

_moreipc() {
    local _plain _quote _before _tool=${1/#\~\//$HOME/} _i _width=0
    local -a _words _answer _notes
    COMPREPLY=()
    _moreipc_words || { compopt -o default; return; }
    _moreipc_unquote "$_before"
    _before=$_plain
    for _i in "${!_words[@]}"; do
        _moreipc_unquote "${_words[_i]}"
        _words[_i]=$_plain
    done

    mapfile -t _answer < <(command -- "$_tool" --complete-words -- "${_words[@]}" </dev/null 2>/dev/null)
    ((${#_answer[@]})) || return 0
    case ${_answer[-1]} in
    :command) _moreipc_command; return ;;
    :files) ((${#_answer[@]} > 1)) || compopt -o default ;;
    :nofiles) ;;
    *) return 0 ;; # another program of that name
    esac
    unset '_answer[-1]'

    for _i in "${!_answer[@]}"; do
        _plain=${_answer[_i]%%$'\t'*}
        [[ ${_answer[_i]} == *$'\t'* ]] && _notes[_i]=${_answer[_i]#*$'\t'}
        ((${#_plain} > _width)) && _width=${#_plain}
        # Inside a quote readline closes it behind the word.
        COMPREPLY[_i]=${_plain#"$_before"}
        [[ -n $_quote ]] || printf -v 'COMPREPLY[_i]' %q "${COMPREPLY[_i]}"
        _answer[_i]=$_plain
    done
    # The second TAB only lists: there is room for the notes.
    if [[ ${COMP_TYPE-} == 63 ]] && ((${#_answer[@]} > 1)); then
        for _i in "${!_notes[@]}"; do
            printf -v 'COMPREPLY[_i]' '%-*s  %s' "$_width" "${_answer[_i]}" "${_notes[_i]}"
            COMPREPLY[_i]=${COMPREPLY[_i]:0:${COLUMNS:-80} - 2}
        done
    fi
}

complete -F _moreipc -- "${_moreipc_tools[@]}"
