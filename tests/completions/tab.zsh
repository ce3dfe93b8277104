# SPDX-License-Identifier: MIT
# tab.zsh FOLDER LINE: type LINE and TAB into an interactive zsh (through zsh/zpty) that finds _moreipc in FOLDER
#
# Prints the line that stands there then, and below it what was listed.
zmodload zsh/zpty
local out text
zpty shell zsh -f -i
expect() { zpty -r shell out "*$1*" || { print -r -- "no answer: $out" >&2; exit 1 } }
zpty -w shell "PS1='ready> ' PS2='' fpath=(${(q)1} \$fpath) HISTFILE= LISTMAX=9999; stty columns 200 rows 50 -echo"
zpty -w shell "autoload -Uz compinit && compinit -u -D; zstyle ':completion:*' list-separator --; unsetopt beep"
# What a wrapped command completes with its own.
zpty -w shell "wrapped() { :; }; _wrapped() { compadd -- --probe-one /own }; compdef _wrapped wrapped"
# ^G tells what the line is: no need to guess when zle is done.
zpty -w shell "tell() { print; print -r -- \"<<\$BUFFER>>\"; BUFFER='' }; zle -N tell; bindkey '^G' tell; bindkey '^I' complete-word"
zpty -w shell "print set'-up' done"
expect "set-up done*ready> "
zpty -w -n shell "$2"$'\t\a'
expect "<<*>>"
zpty -d shell
text=${out//$'\r'/}
text=${text//$'\e['[0-9;?]#[a-zA-Z]/}
print -r -- "${${text##*<<}%%>>*}"
print -r -- "${text%<<*}"
