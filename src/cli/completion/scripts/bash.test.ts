import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bashScript } from './bash.ts';

interface Case {
  /** The command line; `|` is the cursor. */
  readonly line: string;
  /** As readline cuts it, up to the cursor's word. */
  readonly words: readonly string[];
  readonly answer: string;
}

/** What bash is told to ask docker, the options it sets, and what it offers. */
function complete({ line, words, answer }: Case): { asked: string[]; options: string[]; offered: string[] } {
  const script = `
    docker() { printf '%s\\n' "asked:$#" "\${@/#/asked:}" >&3; printf '%b' "$ANSWER"; }
    compopt() { printf 'option:%s\\n' "$*"; }
    ${bashScript('__complete')}
    COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:' COMP_CWORD=$(($# - 1)) COMP_WORDS=("$@") COLUMNS=40 COMP_TYPE=63
    COMP_LINE=\${LINE/|/} COMP_POINT=\${#LINE}
    [[ $LINE == *'|'* ]] && COMP_POINT=$(expr index "$LINE" '|' - 1)
    { __start_docker; } 3>&1
    printf 'offered:%s\\n' "\${COMPREPLY[@]}"
  `;
  const output = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], {
    env: { ...process.env, LINE: line, ANSWER: answer },
    encoding: 'utf8',
  });
  const of = (kind: string): string[] =>
    output.split('\n').flatMap((row) => (row.startsWith(`${kind}:`) ? [row.slice(kind.length + 1)] : []));
  return { asked: of('asked').slice(1), options: of('option'), offered: of('offered').filter((row) => row !== '') };
}

test('several choices show what they are, cut to the terminal', () => {
  const answer = 'rm\tRemove one or more containers\nrmi\tRemove one or more images\nps\tList\n:4\n';
  expect(complete({ line: 'docker r', words: ['docker', 'r'], answer })).toEqual({
    asked: ['__complete', 'r'],
    options: ['+o default'],
    offered: ['rm   (Remove one or more containers)', 'rmi  (Remove one or more images)'],
  });
  expect(
    complete({ line: 'docker r', words: ['docker', 'r'], answer: answer.replaceAll('e or', 'e, two or') }),
  ).toMatchObject({
    offered: ['rm   (Remove one, two or more containe…)', 'rmi  (Remove one, two or more images)'],
  });
});

test('a single choice goes into the line, quoted, without its description', () => {
  const answer = 'a b\tX\n:2\n';
  const { options, offered } = complete({ line: 'docker start ', words: ['docker', 'start', ''], answer });
  expect([options, offered]).toEqual([['-o nospace'], ['a\\ b']]);
});

test('bash cuts words at = and :, docker gets them whole', () => {
  const platform = { line: 'docker run --platform=linux/a', words: ['docker', 'run', '--platform', '=', 'linux/a'] };
  expect(complete({ ...platform, answer: 'linux/amd64\nlinux/386\n:4\n' })).toMatchObject({
    asked: ['__complete', 'run', '--platform=linux/a'],
    offered: ['linux/amd64'],
  });
  const image = { line: 'docker run x:', words: ['docker', 'run', 'x', ':'] };
  expect(complete({ ...image, answer: 'x:1\nx:2\ny:1\n:4\n' })).toMatchObject({
    asked: ['__complete', 'run', 'x:'],
    offered: ['1', '2'],
  });
});

test('what follows the cursor does not count', () => {
  const answer = 'busybox:latest\n:4\n';
  const { asked, offered } = complete({ line: 'docker run bu|sy', words: ['docker', 'run', 'busy'], answer });
  expect([asked, offered]).toEqual([['__complete', 'run', 'bu'], ['busybox:latest']]);
});

test('an error offers nothing, and no answer neither', () => {
  expect(complete({ line: 'docker rm ', words: ['docker', 'rm', ''], answer: 'x\n:1\n' }).offered).toEqual([]);
  expect(complete({ line: 'docker rm ', words: ['docker', 'rm', ''], answer: '' }).offered).toEqual([]);
});
