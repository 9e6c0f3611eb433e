/** `--security-opt`; profiles named by file are sent as their content. */
import { decodeUtf8 } from '../../../../lib/bytes.ts';
import { goJsonError } from '../../../../lib/go-json-error.ts';
import { cut } from '../../../flag/flag.ts';
import { goQuote } from '../../../../lib/go-template/go-quote.ts';
import { compactJson } from '../../../format/json-text.ts';
import { readHostFile } from '../../../host-file.ts';
import type { CliIo } from '../../../io.ts';

export interface SecurityOptions {
  readonly securityOpt: string[];
  /** Empty lists, rather than the engine's own, with `systempaths=unconfined`. */
  readonly paths: [] | null;
}

export async function parseSecurityOptions(io: CliIo, given: readonly string[]): Promise<SecurityOptions> {
  const options: string[] = [];
  for (const option of given) {
    let [key, value] = cut(option, '=');
    if (value === undefined && key !== 'no-new-privileges') [key, value] = cut(option, ':');
    if (!value && key !== 'no-new-privileges') throw new Error(`Invalid --security-opt: ${goQuote(option)}`);
    const isFile = key === 'seccomp' && value !== 'builtin' && value !== 'unconfined';
    options.push(isFile ? `seccomp=${await readProfile(io, value!)}` : option);
  }
  const isUnconfined = options.includes('systempaths=unconfined');
  return {
    securityOpt: options.filter((option) => option !== 'systempaths=unconfined'),
    paths: isUnconfined ? [] : null,
  };
}

async function readProfile(io: CliIo, path: string): Promise<string> {
  let content: string;
  try {
    content = decodeUtf8(await readHostFile(io, path));
  } catch (error) {
    throw new Error(`opening seccomp profile (${path}) failed: ${(error as Error).message}`);
  }
  try {
    JSON.parse(content);
  } catch {
    const reason = goJsonError(content).replace('invalid JSON: ', '');
    throw new Error(`compacting json for seccomp profile (${path}) failed: ${reason}`);
  }
  return compactJson(content);
}
