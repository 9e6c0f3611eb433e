/**
 * What bash reads: `source <(docker completion bash)`. It needs nothing but bash; `request` is the command that completes.
 */
export const bashScript = (
  request: string,
): string => String.raw`# bash completion for docker                               -*- shell-script -*-

# Sets words to those of the command line up to the cursor: bash cuts them at = and : too.
__docker_words()
{
    local rest=${'$'}{COMP_LINE:0:COMP_POINT} word i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${'$'}{COMP_WORDS[i]}
        if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then
            [[ $rest == "$word"* ]] || word=$rest
            words[${'$'}{#words[@]}-1]+=$word
        else
            rest=${'$'}{rest#"${'$'}{rest%%[![:space:]]*}"}
            [[ $rest == "$word"* ]] || word=$rest
            words+=("$word")
        fi
        rest=${'$'}{rest#"$word"}
    done
}

# Appends descriptions, as far as they fit beside the longest choice.
__docker_describe()
{
    local tab=$'\t' longest=0 choice description room i
    for choice in "${'$'}{COMPREPLY[@]}"; do
        choice=${'$'}{choice%%"$tab"*}
        ((${'$'}{#choice} > longest)) && longest=${'$'}{#choice}
    done
    for i in "${'$'}{!COMPREPLY[@]}"; do
        [[ ${'$'}{COMPREPLY[i]} == *"$tab"* ]] || continue
        choice=${'$'}{COMPREPLY[i]%%"$tab"*}
        description=${'$'}{COMPREPLY[i]#*"$tab"}
        room=$((COLUMNS - longest - 4))
        if ((room > 8)); then
            printf -v choice '%-*s' "$longest" "$choice"
        else
            room=$((COLUMNS - ${'$'}{#choice} - 4))
        fi
        if ((room > 0)); then
            ((${'$'}{#description} > room)) && description=${'$'}{description:0:room-1}…
            choice+="  ($description)"
        fi
        COMPREPLY[i]=$choice
    done
}

__start_docker()
{
    local words cur out directive choice char prefix i tab=$'\t'
    COMPREPLY=()
    __docker_words
    cur=${'$'}{words[${'$'}{#words[@]}-1]}
    out=$(docker ${request} "${'$'}{words[@]:1}" 2>/dev/null)
    directive=${'$'}{out##*:}
    out=${'$'}{out%:*}
    # An error: nothing can be completed.
    [[ $directive =~ ^[0-9]+$ ]] && ((!(directive & 1))) || return
    ((directive & 2)) && compopt -o nospace
    ((directive & 4)) && compopt +o default
    ((directive & 16)) && compopt +o default -o dirnames
    ((directive & 32)) && compopt -o nosort 2>/dev/null

    [[ $cur == -*=* ]] && cur=${'$'}{cur#*=}
    while IFS='' read -r choice; do
        [[ -n $choice && ${'$'}{choice%%"$tab"*} == "$cur"* ]] && COMPREPLY+=("$choice")
    done <<<"$out"
    # A choice alone, or one inserted at a keystroke, goes into the command line.
    if ((${'$'}{#COMPREPLY[@]} == 1)) || [[ $COMP_TYPE == 37 || $COMP_TYPE == 42 ]]; then
        for i in "${'$'}{!COMPREPLY[@]}"; do
            printf -v COMPREPLY[i] '%q' "${'$'}{COMPREPLY[i]%%"$tab"*}"
        done
    else
        __docker_describe
    fi
    # Bash completes what follows the last character it cuts at.
    for char in : =; do
        if [[ $cur == *"$char"* && $COMP_WORDBREAKS == *"$char"* ]]; then
            prefix=${'$'}{cur%"${'$'}{cur##*"$char"}"}
            for i in "${'$'}{!COMPREPLY[@]}"; do
                COMPREPLY[i]=${'$'}{COMPREPLY[i]#"$prefix"}
            done
        fi
    done
}

complete -o default -F __start_docker docker
`;
