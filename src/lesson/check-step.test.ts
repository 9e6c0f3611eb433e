import { expect, test } from 'vitest';
import { checkStep } from './check-step.ts';
import { conditionSchema } from './condition.ts';
import type { LessonWorld } from './world.ts';

const containers: Record<string, unknown> = {
  a: { State: { ExitCode: 137 }, Config: { Image: 'busybox', Labels: { 'a.b': 'c' } }, HostConfig: { Memory: 64 } },
  b: { State: { ExitCode: 0 }, Config: { Image: 'busybox:1' }, HostConfig: { Memory: 0 } },
};

const world: LessonWorld = {
  async get(path) {
    if (path === '/containers/json?all=1') {
      const listed = [
        { Id: 'a', Names: ['/one'], State: 'exited' },
        { Id: 'b', Names: ['/two'], State: 'running' },
        { Id: 'gone', Names: ['/three'], State: 'running' },
      ];
      return { status: 200, body: listed };
    }
    const [, id] = /^\/containers\/(.*)\/json$/.exec(path) ?? [];
    return id !== undefined && id in containers ? { status: 200, body: containers[id] } : { status: 404, body: {} };
  },
  run: async (command, container) =>
    container === undefined ? { exitCode: command === 'false' ? 1 : 0, output: `${command}\n` } : undefined,
  readFile: async (path) => (path === '/a' ? 'line 1\nline 2\n' : undefined),
  events: async (since) =>
    since > 5 ? [] : [{ Type: 'container', Action: 'exec_start: ls', Actor: { Attributes: { name: 'one' } } }],
  commands: (since) => (since > 5 ? [] : [{ argv: ['docker', '--debug', 'ps', '--no-trunc', '-a'], exitCode: 0 }]),
  requests: () => [{ method: 'GET', path: '/version', userAgent: 'curl/8.1', status: 200 }],
};

const holds = async (condition: object): Promise<boolean> => {
  const check = [conditionSchema.parse({ name: 'it', ...condition })];
  return (await checkStep({ check }, world, { step: 10, lesson: 0 })).length === 0;
};

test.each<[object, boolean]>([
  [{ container: { name: 'one' } }, true],
  [{ container: { name: 'three' } }, false],
  [{ container: { name: 'one', state: 'running' } }, false],
  [{ container: { state: ['running', 'exited'] }, count: 2 }, true],
  [{ container: { image: 'busybox:latest', exitCode: 137 } }, true],
  [{ container: { image: 'busybox', exitCode: 0 } }, false],
  [{ container: { where: [{ at: 'HostConfig.Memory', atLeast: 1, atMost: 64 }] }, count: { max: 1 } }, true],
  [{ container: { where: [{ at: 'Config.Labels["a.b"]', equals: 'c' }] } }, true],
  [{ container: { where: [{ at: 'Config.Labels[*]', equals: 'c', none: true }] }, count: 1 }, true],
  [{ container: { name: 'nobody' }, count: 0 }, true],
  [{ get: '/containers/a/json', expect: [{ at: 'Config.Image', matches: '^busy' }] }, true],
  [{ get: '/containers/x/json' }, false],
  [{ get: '/containers/x/json', status: 404 }, true],
  [{ get: '/containers/json?all=1', expect: [{ at: '[*].Names', contains: '/two' }] }, true],
  [{ get: '/containers/json?all=1', expect: [{ at: '[0].Names', contains: '/two' }] }, false],
  [{ run: 'true', stdout: { equals: 'true' } }, true],
  [{ run: 'false' }, false],
  [{ run: 'false', exitCode: 1 }, true],
  [{ run: 'true', in: 'nobody' }, false],
  [{ file: '/a', content: { matches: '^line 2$' } }, true],
  [{ file: '/a', exists: false }, false],
  [{ file: '/b', exists: false }, true],
  [{ file: '/b', content: { contains: '' } }, false],
  [{ event: { type: 'container', action: 'exec_start' } }, false],
  [{ event: { type: 'container', action: 'exec_start', attributes: { name: 'one' } }, since: 'lesson' }, true],
  [{ event: { type: 'container', action: 'exec_start', attributes: { name: 'two' } }, since: 'lesson' }, false],
  [{ docker: 'ps -a', since: 'lesson' }, true],
  [{ docker: ['images', 'ps --no-trunc'], exitCode: 0, since: 'lesson' }, true],
  [{ docker: 'ps', exitCode: 1, since: 'lesson' }, false],
  [{ docker: 'ps' }, false],
  [{ request: { path: '^/version$', client: 'curl', status: 200 } }, true],
  [{ request: { path: '^/version$', client: 'Docker' } }, false],
])('%j: %s', async (condition, expected) => {
  expect(await holds(condition)).toBe(expected);
});

test('what is missing is told in the conditions’ order', async () => {
  const check = ['x', 'one', 'y'].map((name) => conditionSchema.parse({ name, container: { name } }));
  expect(await checkStep({ check }, world, { step: 0, lesson: 0 })).toEqual(['x', 'y']);
});
