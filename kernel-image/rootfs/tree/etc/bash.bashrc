# Read by interactive bash shells.
case $- in *i*) ;; *) return ;; esac
PS1='\u@\h:\w\$ '
HISTSIZE=1000 HISTFILESIZE=2000 HISTCONTROL=ignoreboth
shopt -s checkwinsize histappend
alias ls='ls --color=auto' ll='ls -l' la='ls -A' grep='grep --color=auto'

# Completions are read when the first one is asked for: bash-completion takes a second to load here.
_drydock_completions() {
  complete -r -D
  [ -r /usr/share/bash-completion/bash_completion ] || return 1
  . /usr/share/bash-completion/bash_completion
  _completion_loader "$@"
}
complete -D -F _drydock_completions -o bashdefault -o default
_drydock_docker() { . /usr/local/share/bash-completion/completions/docker && return 124; }
complete -o default -F _drydock_docker docker
