/** What fish reads: `docker completion fish | source`. */
export const fishScript = (
  request: string,
): string => String.raw`# fish completion for docker                               -*- shell-script -*-

function __docker_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (docker ${request} $words[2..-1] "$current" 2>/dev/null)
    set -l directive (string replace -r '^:' '' -- $lines[-1])
    string match -qr '^[0-9]+$' -- $directive; or return 1
    test (math "$directive % 2") -eq 1; and return 1

    test (math "floor($directive / 16) % 2") -eq 1; and __fish_complete_directories (commandline -ct) ''; and return

    # A flag's value is completed together with its flag.
    set -l flag (string match -r -- '^-.*?=' "$current")
    set -l prefix (string escape --style=regex -- "$current")
    set -l choices
    for line in $lines[1..-2]
        set -a choices "$flag$line"
    end
    set choices (string match -r -- "^$prefix.*" $choices)
    if test (count $choices) -gt 0
        printf '%s\n' $choices
    else if test (math "floor($directive / 4) % 2") -eq 0
        __fish_complete_path (string replace -- "$flag" '' "$current")
    end
end

complete -c docker -e
complete -c docker -f -k -a '(__docker_complete)'
`;
