/** What zsh reads: `source <(docker completion zsh)`. */
export const zshScript = (request: string): string => String.raw`#compdef docker
compdef _docker docker

# zsh completion for docker                                -*- shell-script -*-

_docker()
{
    local -a lines described options
    local line directive tab=$'\t'
    # What follows the cursor does not count.
    lines=("${'$'}{(@f)$(docker ${request} "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    directive=${'$'}{lines[-1]#:}
    [[ $directive == <-> ]] || return 1
    (( directive & 1 )) && return 1
    for line in "${'$'}{(@)lines[1,-2]}"; do
        [[ -n $line ]] || continue
        if [[ $line == *$tab* ]]; then
            described+=("${'$'}{${'$'}{line%%$tab*}//:/\\:}:${'$'}{line#*$tab}")
        else
            described+=("${'$'}{line//:/\\:}")
        fi
    done
    (( directive & 2 )) && options+=(-S '')
    (( directive & 32 )) && options+=(-V)
    compset -P '-*='
    (( directive & 16 )) && _files -/ && return 0
    (( ${'$'}{#described} )) && _describe 'completions' described "${'$'}{options[@]}" && return 0
    (( directive & 4 )) && return 1
    _files
}

# Called as a file of the function path it completes at once.
if [ "$funcstack[1]" = "_docker" ]; then
    _docker
fi
`;
