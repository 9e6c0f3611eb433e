// Signal names and numbers of Linux on x86 (moby's signal package): what `docker kill -s` and STOPSIGNAL accept.

import { DockerError } from '../../api/error.ts';

const names =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

const numbers = new Map<string, number>(names.map((name, index) => [name, index + 1]));
for (const [alias, name] of [
  ['CLD', 'CHLD'],
  ['IOT', 'ABRT'],
  ['POLL', 'IO'],
] as const) {
  numbers.set(alias, numbers.get(name)!);
}
numbers.set('RTMIN', 34);
numbers.set('RTMAX', 64);
for (let offset = 1; offset <= 15; offset++) numbers.set(`RTMIN+${offset}`, 34 + offset);
for (let offset = 1; offset <= 14; offset++) numbers.set(`RTMAX-${offset}`, 64 - offset);

export const SIGKILL = 9;
export const SIGTERM = 15;

const knownNumbers = new Set(numbers.values());

/** The number of `KILL`, `SIGKILL`, `kill` or `9`; undefined when Docker would not know it. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) === 0 ? undefined : Number(text);
  return numbers.get(text.toUpperCase().replace(/^SIG/, ''));
}

/** Like `signalNumber`, with the daemon's error for what is no signal. */
export function parseSignal(text: string): number {
  const signal = signalNumber(text);
  if (signal === undefined) throw new DockerError('invalid-parameter', `invalid signal: ${text}`);
  return signal;
}

export const isKnownSignal = (signal: number): boolean => knownNumbers.has(signal);
