# SPDX-License-Identifier: MIT
# moreipc.fish: completion in fish for all moreipc tools; what there is to say is asked of the tool itself
#
# TOOL --complete-words -- WORD... CURRENT answers with one candidate a line, a TAB and a note behind it; the last line
# is a directive: :nofiles, :files (file names) or :command (the words behind -- are a command line of their own).

set -l moreipc_tools fifo mq pipe popen sock

function __moreipc_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --cut-at-cursor --current-token)
    # Nothing is expanded: a TAB must not run what stands in ( ).
    set -l current (string unescape -- "$typed")
    set -l tool (string replace --regex '^~/' "$HOME/" -- $words[1])
    command --query $tool; or return
    set -l answer (command $tool --complete-words -- $words[2..] "$current" </dev/null 2>/dev/null)
    switch "$answer[-1]"
        case :command
            set -l rest $words[(math (contains -i -- -- $words) + 1)..]
            complete --do-complete=(string join ' ' -- (string escape -- $rest) "$typed")
            return
        case :files
            if test (count $answer) -eq 1
                # Of --option=value only the value is a file.
                set -l before (string match --regex -- '^--[^=]*=' "$current")
                set -l value (string replace --regex -- '^--[^=]*=' '' "$current")
                for file in (__fish_complete_path "$value")
                    echo -- "$before$file"
                end
            end
        case :nofiles
        case '*' # another program of that name
            return
    end
    printf '%s\n' $answer[1..-2]
end

for tool in $moreipc_tools
    complete --command $tool --no-files --arguments '(__moreipc_complete)'
end
