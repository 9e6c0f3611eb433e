import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerConfig } from '../../api/container-config.ts';
import { applyChanges } from './apply-changes.ts';
import { expandWord } from './expand.ts';
import { parseDockerfile } from './parser.ts';

const base: ContainerConfig = {
  ...{ Hostname: 'h', Domainname: '', User: '', AttachStdin: false, AttachStdout: true, AttachStderr: true },
  ...{
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: ['PATH=/bin', 'HOME=/root'],
    Cmd: ['sh'],
    Image: 'busybox',
  },
  ...{ Volumes: null, WorkingDir: '', Entrypoint: null, OnBuild: null, Labels: null },
};

/** What a change alters. */
function changed(...changes: string[]): Partial<ContainerConfig> {
  const config = applyChanges(base, changes);
  const entries = Object.entries(config) as [keyof ContainerConfig, unknown][];
  return Object.fromEntries(entries.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(base[name])));
}

// As Docker 26.1 and 28.2 answered `docker commit -c`.
describe('a change', () => {
  test.each<[string, Partial<ContainerConfig>]>([
    ['CMD ["a", "b"]', { Cmd: ['a', 'b'] }],
    ['cmd echo $X "q"', { Cmd: ['/bin/sh', '-c', 'echo $X "q"'] }],
    ['CMD [a]', { Cmd: ['/bin/sh', '-c', '[a]'] }],
    ['CMD', { Cmd: ['/bin/sh', '-c'] }],
    ['CMD []', { Cmd: [] }],
    ['ENTRYPOINT x y', { Entrypoint: ['/bin/sh', '-c', 'x y'], Cmd: null }],
    ['ENTRYPOINT ["x"]\nCMD ["y"]', { Entrypoint: ['x'], Cmd: ['y'] }],
    ['CMD ["y"]\nENTRYPOINT ["x"]', { Entrypoint: ['x'], Cmd: ['y'] }],
    ['ENTRYPOINT []', { Cmd: null }],
    ['ENV A b  c', { Env: ['PATH=/bin', 'HOME=/root', 'A=b  c'] }],
    ['ENV HOME=/x A=$HOME', { Env: ['PATH=/bin', 'HOME=/x', 'A=/root'] }],
    [
      'ENV B=${PATH:-x} C=${NO:-"d e"} D=a\\ b E="x\\"y" F=\'$HOME\'',
      { Env: [...base.Env!, 'B=/bin', 'C=d e', 'D=a b', 'E=x"y', 'F=$HOME'] },
    ],
    ['EXPOSE 80 1-2/udp 8080:90', { ExposedPorts: { '1/udp': {}, '2/udp': {}, '80/tcp': {}, '90/tcp': {} } }],
    ['LABEL a=$PATH "b c"=d', { Labels: { a: '/bin', 'b c': 'd' } }],
    ['LABEL a b', { Labels: { a: 'b' } }],
    ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
    ['VOLUME ["/a b"]', { Volumes: { '/a b': {} } }],
    ['WORKDIR rel', { WorkingDir: '/rel' }],
    ['WORKDIR /a\nWORKDIR b/../c', { WorkingDir: '/a/c' }],
    ['USER $HOME', { User: '/root' }],
    ['STOPSIGNAL 9', { StopSignal: '9' }],
    ['ONBUILD RUN ls', { OnBuild: ['RUN ls'] }],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=5s --retries=3 CMD a b',
      { Healthcheck: { Test: ['CMD-SHELL', 'a b'], Interval: 5e9, Retries: 3 } },
    ],
    ['HEALTHCHECK CMD ["a"]', { Healthcheck: { Test: ['CMD', 'a'] } }],
    ['# comment\nUSER \\\n  me', { User: 'me' }],
    ['# escape=`\nENV A=a` b', { Env: [...base.Env!, 'A=a b'] }],
  ])('%s', (change, expected) => {
    expect(changed(change)).toEqual(expected);
  });

  test.each([
    ['FOO bar', 'FOO is not a valid change command'],
    ['RUN ls', 'RUN is not a valid change command'],
    ['', 'file with no instructions'],
    ['# foo', 'file with no instructions'],
    ['ENV', 'ENV requires at least one argument'],
    ['ENV A', 'ENV must have two arguments'],
    ['ENV =x', 'ENV names can not be blank'],
    ['ENV A=b C', 'Syntax error - can\'t find = in "C". Must be of the form: name=value'],
    ['ENV A=${B', 'failed to process "${B": unsupported modifier (\ufffd) in substitution'],
    ['EXPOSE', 'EXPOSE requires at least one argument'],
    ['EXPOSE x', 'invalid containerPort: x'],
    ['USER', 'USER requires exactly one argument'],
    ['WORKDIR', 'WORKDIR requires exactly one argument'],
    ['VOLUME', 'VOLUME requires at least one argument'],
    ['VOLUME [""]', 'VOLUME specified can not be an empty string'],
    ['STOPSIGNAL FOO', 'invalid signal: FOO'],
    ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'],
    ['HEALTHCHECK --foo=1 CMD a', 'unknown flag: --foo'],
    ['HEALTHCHECK --interval=1us CMD a', 'Interval "interval" cannot be less than 1ms'],
    ['HEALTHCHECK --retries=x CMD a', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['HEALTHCHECK xx', 'Unknown type "XX" in HEALTHCHECK (try CMD)'],
    ['LABEL a', 'LABEL must have two arguments'],
    ['ONBUILD', 'ONBUILD requires at least one argument'],
    ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
    ['CMD [1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
  ])('%s is refused', (change, message) => {
    expect(() => changed(change)).toThrow(message);
  });
});

test.each([
  ['${A#a*}', 'aaab', 'aab'],
  ['${A##a*}', 'aaab', ''],
  ['${A%.*}', 'x.y.z', 'x.y'],
  ['${A%%.*}', 'x.y.z', 'x'],
  ['${A/y/Q}', 'x.y.y', 'x.Q.y'],
  ['${A//y/Q}', 'x.y.y', 'x.Q.Q'],
  ['${A+set}', '', 'set'],
  ['${A:+set}', '', ''],
  ['$A_b$$.', 'x', '.'],
])('%s with %s is %s', (word, value, expanded) => {
  expect(expandWord(word, new Map([['A', value]]), { escape: '\\' })).toBe(expanded);
});

test('a word in single quotes is itself, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = `'${text.replaceAll("'", `'"'"'`)}'`;
      expect(expandWord(quoted, new Map(), { escape: '\\' })).toBe(text);
    }),
  );
});

test('any text is a Dockerfile or refused with an Error, and what was said plainly is found again', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...' \n\\"\'$={}[]#-ab:`\t') }), (text) => {
      for (const name of ['', 'ENV ', 'LABEL ', 'HEALTHCHECK ', 'CMD ', 'EXPOSE ', 'ONBUILD ']) {
        try {
          changed(name + text);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).not.toMatch(/undefined|not a function|Invalid regular/);
        }
      }
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
      const [instruction] = parseDockerfile(`CMD ${JSON.stringify(words)}`).instructions;
      expect(instruction).toMatchObject({ args: words, isJson: true });
    }),
  );
});
