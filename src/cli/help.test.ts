import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeEngine } from '../client/testing/fake-engine.ts';
import { runInMemory } from './testing/cli-in-memory.ts';

// Of every command of docker 28.2.2, recorded without an engine to ask, so that what needs one is shown.
const recorded = readFileSync(new URL('testdata/help-28.2.2.golden', import.meta.url), 'utf8');
const [, ...parts] = recorded.split(/^\$ docker (.*--help)\n/m);
const texts = parts.flatMap((line, at) => (at % 2 === 0 ? [[line, parts[at + 1]!.trimEnd()] as const] : []));

test.each(texts)('docker %s', async (line, output) => {
  const { stdout, stderr, code } = await runInMemory(line.split(' '));
  expect(stdout.trimEnd()).toBe(output);
  expect([stderr, code]).toEqual(['', 0]);
});

describe('what a line of words means', () => {
  const cases: [string, string[], { code: number; stdout?: RegExp; stderr?: RegExp }][] = [
    ['docker alone prints its help as an error', [], { code: 0, stderr: /^Usage: {2}docker \[OPTIONS\] COMMAND\n/ }],
    ['a group alone does so too', ['container'], { code: 0, stderr: /^Usage: {2}docker container COMMAND\n/ }],
    [
      '-h stands for --help, and says so',
      ['ps', '-h'],
      { code: 0, stdout: /^Flag shorthand -h has been deprecated, use --help\nUsage: {2}docker ps/ },
    ],
    ['-h of run is the hostname', ['run', '-h'], { code: 125, stderr: /^flag needs an argument: 'h' in -h\n/ }],
    ['help COMMAND', ['help', 'container', 'ls'], { code: 0, stdout: /^Usage: {2}docker container ls \[OPTIONS\]\n/ }],
    ['help of nothing', ['help', 'foo'], { code: 1, stderr: /^unknown help topic: foo\n$/ }],
    ['-v', ['-v'], { code: 0, stdout: /^Docker version 28\.2\.2, build \S+\n$/ }],
    [
      'a wrong subcommand',
      ['container', 'foo'],
      { code: 1, stderr: /^docker: unknown command: docker container foo\n\nUsage: {2}docker container\n/ },
    ],
    [
      'a command that Docker has and we have not',
      ['build', '.'],
      { code: 1, stderr: /^docker: 'docker build' is not available in Drydock: images cannot be built yet\n$/ },
    ],
    [
      'an engine elsewhere',
      ['-H', 'tcp://x:1', 'ps'],
      {
        code: 1,
        stderr:
          /^docker: host "tcp:\/\/x:1": the only engine this CLI can reach is unix:\/\/\/var\/run\/docker.sock\n$/,
      },
    ],
    ['TLS', ['--tls', 'ps'], { code: 1, stderr: /^docker: --tls is not available in Drydock\n$/ }],
    ['a bad log level', ['-l', 'foo', 'ps'], { code: 1, stderr: /^Unable to parse logging level: foo\n$/ }],
    [
      'no engine',
      ['ps'],
      {
        code: 1,
        stderr:
          /^Cannot connect to the Docker daemon at unix:\/\/\/var\/run\/docker.sock. Is the docker daemon running\?\n$/,
      },
    ],
  ];
  test.each(cases)('%s', async (_name, argv, { code, stdout = /^$/, stderr = /^$/ }) => {
    const result = await runInMemory(argv);
    expect(result.stdout).toMatch(stdout);
    expect(result.stderr).toMatch(stderr);
    expect(result.code).toBe(code);
  });
});

test('flags that the engine cannot serve are hidden and refused', async () => {
  const { dial } = fakeEngine(() => ({ status: 200, json: [] }), '1.45');
  expect((await runInMemory(['images', '--help'], { dial })).stdout).not.toContain('--tree');
  expect((await runInMemory(['run', '--help'], { dial })).stdout).not.toContain('--cpu-count');
  expect((await runInMemory(['images', '--tree'], { dial })).stderr).toBe(
    '"--tree" requires API version 1.47, but the Docker daemon API version is 1.45\n',
  );
  expect((await runInMemory(['create', '--cpu-count', '2', 'x'], { dial })).stderr).toBe(
    '"--cpu-count" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux\n',
  );
});
