/** Transcripts of a terminal: `$ docker …`, what was printed, `[rc=0]`. */
export interface Transcript {
  /** The words after `docker`. */
  readonly argv: string[];
  /** stdout and stderr as they came, no line break at the end. */
  readonly output: string;
  /** Undefined where only output was recorded. */
  readonly code: number | undefined;
}

export function parseTranscripts(text: string): Transcript[] {
  return text
    .split(/^\$ docker ?/m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.replace(/\n+$/, '').split('\n');
      const last = /^\[rc=(\d+)\]$/.exec(lines.at(-1) ?? '');
      if (last !== null) lines.pop();
      return { argv: splitWords(command), output: lines.join('\n'), code: last === null ? undefined : Number(last[1]) };
    });
}

/** Words as a shell splits them, backslashes escaping one character. */
const splitWords = (command: string): string[] =>
  [...command.trim().matchAll(/(?:\\.|[^\\\s])+/g)].map(([word]) => word.replace(/\\(.)/g, '$1'));
