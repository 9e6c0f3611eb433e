import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alias, bool, duration, filter, int, list, map, strings, text } from './flag.ts';
import { parseFlags } from './parse-flags.ts';

const host = { env: {}, cwd: '/' };
const timeout = int('', { shorthand: 'n' });
const flags = {
  all: bool('', { shorthand: 'a' }),
  tty: bool('', { shorthand: 't' }),
  interactive: bool('', { shorthand: 'i' }),
  env: list('', { shorthand: 'e' }),
  name: text(''),
  last: timeout,
  old: alias(timeout, 'last', { deprecated: 'use --last instead' }),
  wait: duration(''),
  sysctl: map(''),
  filter: filter('', { shorthand: 'f' }),
  platform: strings(''),
};
const parse = (...argv: string[]) => parseFlags(flags, argv, { host });

describe('pflag', () => {
  test('shorthands cluster, and the last may take the rest of the word or the next one', () => {
    expect(parse('-it').values).toMatchObject({ interactive: true, tty: true, all: false });
    expect(parse('-aeA=1', '-ae', 'B').values).toMatchObject({ all: true, env: ['A=1', 'B'] });
    expect(parse('-n5').values.last).toBe(5);
    expect(parse('-n=7').values.last).toBe(7);
  });

  test('a long flag takes its value after = or from the next word, a boolean only after =', () => {
    expect(parse('--name=x', '--last', '3', '--all=false', 'y')).toMatchObject({
      values: { name: 'x', last: 3, all: false },
      args: ['y'],
    });
    expect(parse('--all', 'false').args).toEqual(['false']);
    expect(parse('--name=', 'z').values.name).toBe('');
  });

  test('arguments may stand between flags unless told otherwise, and -- ends the flags', () => {
    expect(parse('x', '-a', 'y', '--', '-t', '-').args).toEqual(['x', 'y', '-t', '-']);
    const { values, args } = parseFlags(flags, ['-a', 'x', '-t'], { host, interspersed: false });
    expect([values.all, values.tty, args]).toEqual([true, false, ['x', '-t']]);
  });

  test('an alias sets the flag it stands for, and tells that it is old', () => {
    const { values, changed, notices } = parse('--old', '4');
    expect([values.last, [...changed], notices]).toEqual([
      4,
      ['old'],
      ['Flag --old has been deprecated, use --last instead'],
    ]);
  });

  test('kinds', () => {
    expect(parse('--wait', '1m30.5s').values.wait).toBe(90.5e9);
    expect(parse('--sysctl', 'a=b=c', '--sysctl', 'd').values.sysctl).toEqual({ a: 'b=c', d: '' });
    expect(parse('--platform', 'a,b', '--platform', 'c').values.platform).toEqual(['a', 'b', 'c']);
    expect(parse('-f', 'Name= x', '-f', 'name=y').values.filter).toEqual(new Map([['name', new Set(['x', 'y'])]]));
    expect(parse('-n', '0x1f').values.last).toBe(31);
  });

  test.each([
    [['--nope'], 'unknown flag: --nope'],
    [['-z'], "unknown shorthand flag: 'z' in -z"],
    [['-az'], "unknown shorthand flag: 'z' in -z"],
    [['--name'], 'flag needs an argument: --name'],
    [['-ae'], "flag needs an argument: 'e' in -e"],
    [['--=x'], 'bad flag syntax: --=x'],
    [['---x'], 'bad flag syntax: ---x'],
    [['--last', 'x'], 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [
      ['--last', '9223372036854775808'],
      'invalid argument "9223372036854775808" for "-n, --last" flag: strconv.ParseInt: parsing "9223372036854775808": value out of range',
    ],
    [['--all=x'], 'invalid argument "x" for "-a, --all" flag: strconv.ParseBool: parsing "x": invalid syntax'],
    [['--wait', '5'], 'invalid argument "5" for "--wait" flag: time: missing unit in duration "5"'],
    [['--wait', '5q'], 'invalid argument "5q" for "--wait" flag: time: unknown unit "q" in duration "5q"'],
    [['-f', 'x'], 'invalid argument "x" for "-f, --filter" flag: bad format of filter (expected name=value)'],
  ])('%j is an error', (argv, message) => {
    expect(() => parse(...argv)).toThrow(new Error(message));
  });

  test('names from Object.prototype are no flags', () => {
    expect(() => parse('--constructor')).toThrow('unknown flag: --constructor');
  });

  test('what follows -- is never read', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(parse('-a', '--', ...words).args).toEqual(words);
      }),
    );
  });
});
