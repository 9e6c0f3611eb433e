import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fakeEngine, upgrade, type FakeEngine } from '../client/testing/fake-engine.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import { encodeStdFrame } from '../lib/stdcopy.ts';
import { runInMemory } from './testing/cli-in-memory.ts';
import { parseTranscripts, type Transcript } from './testing/transcripts.ts';

const transcripts = parseTranscripts(readFileSync(new URL('testdata/errors-28.2.2.golden', import.meta.url), 'utf8'));

/** An engine that fails as the recorded one did, or else does what was asked, with the recorded output and code. */
function engineOf({ argv, output, code = 0 }: Transcript): FakeEngine {
  const message = /Error response from daemon: ([^]*?)(?=\n\nRun 'docker|$)/.exec(output)?.[1];
  const notFound = output.startsWith('[]\nError: No such object') ? 'No such container: nosuch' : undefined;
  const refusal = message ?? notFound;
  const failure =
    refusal === undefined ? undefined : { status: /^No such/.test(refusal) ? 404 : 400, json: { message: refusal } };
  return fakeEngine(({ method, target }) => {
    if (
      /\/(attach|start)(\?|$)/.test(target) &&
      (target.startsWith('/exec') || target.includes('attach')) &&
      failure === undefined
    ) {
      return upgrade(async ({ writable }) => {
        const writer = writable.getWriter();
        if (output !== '') await writer.write(encodeStdFrame({ stream: 'stdout', data: encodeUtf8(`${output}\n`) }));
        await writer.close();
      });
    }
    // What is inspected first is there when it is the exec that fails.
    const isLookup = method === 'GET' && /^\/containers\/[^/]+\/json$/.test(target);
    if (failure !== undefined && !(isLookup && argv[0] === 'exec')) return failure;
    if (target.startsWith('/containers/json') || target.startsWith('/images/json')) return { status: 200, json: [] };
    if (target.includes('/wait'))
      return { status: 200, json: { StatusCode: argv[0] === 'wait' ? Number(output) : code } };
    if (target.startsWith('/exec/')) return { status: 200, json: { ExitCode: code } };
    if (method === 'GET') return { status: 200, json: { Id: 'c1', Config: { Tty: false }, State: { Running: true } } };
    return target.endsWith('/create') || target.includes('/create?') || target.endsWith('/exec')
      ? { status: 201, json: { Id: 'c1', Warnings: [] } }
      : { status: 204 };
  });
}

test.each(transcripts.map((transcript) => [transcript.argv.join(' '), transcript] as const))(
  'docker %s',
  async (_name, transcript) => {
    const { stdout, stderr, code } = await runInMemory(transcript.argv, { dial: engineOf(transcript).dial });
    expect((stdout + stderr).replace(/\n$/, '')).toBe(transcript.output);
    expect(code).toBe(transcript.code);
  },
);
