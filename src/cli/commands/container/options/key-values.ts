/** Environment variables, labels and the files that hold them line by line. */
import type { FlagHost } from '../../../flag/flag.ts';
import { cut } from '../../../flag/flag.ts';
import { decodeUtf8 } from '../../../../lib/bytes.ts';
import { readHostFile } from '../../../host-file.ts';
import type { CliIo } from '../../../io.ts';

/** `-e NAME=value`; a bare `-e NAME` takes the caller's value, if there is one. */
export function checkEnv(text: string, { env }: FlagHost): string {
  const [name, value] = cut(text, '=');
  if (name === '') throw new Error(`invalid environment variable: ${text}`);
  const inherited = value === undefined ? env[name] : undefined;
  return inherited === undefined ? text : `${name}=${inherited}`;
}

/** `-l key=value`. */
export function checkLabel(text: string): string {
  const key = cut(text, '=')[0].replace(/^[ \t]+/, '');
  if (key === '') throw new Error(`invalid label '${text}': empty name`);
  if (/[ \t]/.test(key)) throw new Error(`label '${key}' contains whitespaces`);
  return text;
}

const sysctls = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** `--sysctl`: only what belongs to a namespace. */
export function checkSysctl(text: string): void {
  const [key, value] = cut(text, '=');
  const isAllowed = sysctls.has(key) || key.startsWith('net.') || key.startsWith('fs.mqueue.');
  if (value === undefined || !isAllowed) throw new Error(`sysctl '${text}' is not allowed`);
}

/** The pairs of the files, then those given one by one. With `env`, a bare name in a file takes its value from there. */
export async function readKeyValues(
  io: CliIo,
  files: readonly string[],
  given: readonly string[],
  env?: FlagHost['env'],
): Promise<string[]> {
  const pairs: string[] = [];
  for (const path of files) {
    const content = await readHostFile(io, path);
    try {
      pairs.push(...parseKeyValues(content, env));
    } catch (error) {
      throw new Error(`invalid env file (${path}): ${(error as Error).message}`);
    }
  }
  return [...pairs, ...given];
}

const newline = 0x0a;

/** Lines `KEY=value`; blank ones and those that start with `#` do not count. */
export function parseKeyValues(content: Uint8Array, env: FlagHost['env'] = {}): string[] {
  const pairs: string[] = [];
  for (const [at, raw] of decodeUtf8(content).split('\n').entries()) {
    // A byte that is no UTF-8 decodes to the replacement character.
    if (raw.includes('\uFFFD')) {
      throw new Error(`invalid utf8 bytes at line ${at + 1}: [${lineBytes(content, at).join(' ')}]`);
    }
    const line = raw
      .replace(/\r$/, '')
      .replace(/^\uFEFF/, '')
      .trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const [key, value] = cut(line, '=');
    if (key === '') throw new Error(`no variable name on line '${line}'`);
    if (/[ \t]/.test(key)) throw new Error(`variable '${key}' contains whitespaces`);
    if (value !== undefined) pairs.push(line);
    else if (env[key] !== undefined) pairs.push(`${key}=${env[key]}`);
  }
  return pairs;
}

/** A line as it is, without its end. */
function lineBytes(content: Uint8Array, line: number): Uint8Array {
  let start = 0;
  for (let passed = 0; passed < line; passed++) start = content.indexOf(newline, start) + 1;
  const end = content.indexOf(newline, start);
  return content.subarray(start, end < 0 ? content.length : end);
}

/** `key=value` pairs by key; the last of a key counts. */
export const toMap = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(pairs.map((pair) => cut(pair, '=')).map(([key, value]) => [key, value ?? '']));
