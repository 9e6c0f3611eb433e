/**
 * Transcripts: files of `$ docker …` lines, each followed by what a real Docker printed and its exit code, `[rc=0]`. One
 * file is one scenario, its commands run in order on one engine and start and end with nothing of their own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Step {
  readonly argv: readonly string[];
  /** The words as the file has them. */
  readonly command: string;
  readonly output: string;
}

export interface Scenario {
  readonly name: string;
  readonly path: string;
  readonly steps: readonly Step[];
}

const folder = fileURLToPath(new URL('transcripts/', import.meta.url));

/** All of them, by name: `container/rename`. */
export function readScenarios(): Scenario[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => {
      const path = `${folder}${name}`;
      return { name: name.replace(/\.txt$/, ''), path, steps: parse(readFileSync(path, 'utf8')) };
    });
}

const parse = (text: string): Step[] =>
  text
    .split(/^\$ docker /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const command = end < 0 ? part : part.slice(0, end);
      return { argv: splitWords(command), command, output: end < 0 ? '' : part.slice(end + 1) };
    });

/** Words as a shell splits them; quotes of both kinds keep blanks together. */
const splitWords = (command: string): string[] =>
  [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_whole, single?: string, double?: string) => single ?? double ?? ''),
  );

/** What a command printed, as the files keep it: stdout, stderr, exit code. */
export function outputOf({ stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number }): string {
  const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return `${ended(stdout)}${ended(stderr)}[rc=${exitCode}]\n`;
}
