import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUntyped, GoNil, GoStruct } from './go-value.ts';
import { Template } from './template.ts';

const state = new GoStruct('container.State', {
  Status: 'running',
  Running: true,
  Pid: 42,
  Error: '',
  Health: new GoNil('*container.Health'),
}).toPointer();
const data = new GoStruct('container.InspectResponse', {
  Name: '/web',
  Path: 'sh',
  Args: ['-c', 'sleep 1'],
  State: state,
  Labels: { b: '2', a: '1' },
  Ports: { '80/tcp': [{ HostPort: '8080' }] },
  Nothing: [],
});
const render = (source: string): string => new Template(source).render(data);
const failure = (source: string, options = {}): string => {
  try {
    return new Template(source).render(data, options);
  } catch (error) {
    return (error as Error).message;
  }
};

// Each line as the real CLI 28.2 renders it on such a container.
describe('renders as Go does', () => {
  test.each([
    ['plain', 'plain'],
    ['{{.Name}} {{.State.Status}}', '/web running'],
    ['{{.State}}', '{running true 42  <nil>}'],
    ['{{printf "%v" .State}}', '&{running true 42  <nil>}'],
    ['{{.Labels}} {{.Args}}', 'map[a:1 b:2] [-c sleep 1]'],
    ['{{.Labels.nope}}', '<no value>'],
    ['{{index .Labels "nope"}}|{{index .Labels "a"}}', '|1'],
    ['{{index .Args 1}} {{(index (index .Ports "80/tcp") 0).HostPort}}', 'sleep 1 8080'],
    ['{{range $k, $v := .Labels}}{{$k}}={{$v}},{{end}}', 'a=1,b=2,'],
    ['{{range .Args}}[{{.}}]{{else}}none{{end}}{{range .Nothing}}x{{else}}none{{end}}', '[-c][sleep 1]none'],
    ['{{range $i, $e := .Args}}{{if $i}},{{end}}{{$e}}{{end}}', '-c,sleep 1'],
    ['{{range .Args}}{{break}}{{end}}{{range 3}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}', '02'],
    ['{{if .State.Running}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .State.Error}}a{{else if .Nothing}}b{{else}}c{{end}}', 'c'],
    ['{{with .State}}{{.Pid}}{{end}}{{with $x := .Path}}{{$x}}{{end}}', '42sh'],
    ['{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}', '2'],
    ['{{json .State.Status}} {{json .Labels}} {{json .Nothing}}', '"running" {"a":"1","b":"2"} []'],
    [
      '{{join .Args ","}} {{split .Name "/"}} {{upper .Path}} {{title "ab cd"}} {{pad .Path 1 2}}| {{truncate "abcdef" 3}}',
      '-c,sleep 1 [ web] SH Ab Cd  sh  | abc',
    ],
    [
      '{{.Name | printf "%s-%s" "b"}} {{.State.Pid | printf "%05d"}} {{printf "%6.2f|%-4s|%q|%x" 1.5 "a" "b\\n" 255}}',
      'b-/web 00042   1.50|a   |"b\\n"|ff',
    ],
    [
      '{{eq .State.Status "x" "running"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge "b" "a"}}',
      'true true true true false true',
    ],
    ['{{and .Name .Path}} {{or "" .Path}} {{not .Name}} {{len .Args}} {{len "é"}}', 'sh sh false 2 2'],
    ['a {{- .Name -}} b', 'a/webb'],
    ['{{/* a comment */}}x{{- /* another */ -}} y', 'xy'],
    ['{{define "t"}}[{{.}}]{{end}}{{template "t" .Name}}{{block "u" .Path}}<{{.}}>{{end}}', '[/web]<sh>'],
    ['{{print .Name 1 2 "x"}} {{println 1 2}}', '/web1 2x 1 2\n'],
    ['{{1}} {{1.5}} {{0x1f}} {{\'a\'}} {{true}} {{`raw`}} {{"\\u00e9"}}', '1 1.5 31 97 true raw é'],
    ['{{html "<a&b>"}} {{urlquery "a b&c"}} {{slice .Name 1 3}}', '&lt;a&amp;b&gt; a+b%26c we'],
    ['{{.State.Health}}', '<nil>'],
  ])('%s', (source, expected) => expect(render(source)).toBe(expected));
});

describe('fails as Go does', () => {
  test.each([
    [
      '{{.Nope}}',
      'template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type container.InspectResponse',
    ],
    [
      'a\n {{.State.Nope}}',
      'template: :2:9: executing "" at <.State.Nope>: can\'t evaluate field Nope in type *container.State',
    ],
    [
      '{{.State.Health.Status}}',
      'template: :1:8: executing "" at <.State.Health.Status>: nil pointer evaluating *container.Health.Status',
    ],
    [
      '{{index .Args 5}}',
      'template: :1:2: executing "" at <index .Args 5>: error calling index: index out of range: 5',
    ],
    ['{{lower}}', 'template: :1:2: executing "" at <lower>: wrong number of args for lower: want 1 got 0'],
    [
      '{{upper .State.Pid}}',
      'template: :1:14: executing "" at <.State.Pid>: wrong type for value; expected string; got int',
    ],
    [
      '{{eq .State.Status 1}}',
      'template: :1:2: executing "" at <eq .State.Status 1>: error calling eq: incompatible types for comparison',
    ],
    ['{{template "b"}}', 'template: :1:11: executing "" at <{{template "b"}}>: template "b" not defined'],
    ['{{.Name "x"}}', 'template: :1:2: executing "" at <.Name>: Name has arguments but cannot be invoked as function'],
    ['{{nil}}', 'template: :1:2: executing "" at <nil>: nil is not a command'],
    ['{{foo}}', 'template: :1: function "foo" not defined'],
    ['{{.Name', 'template: :1: unclosed action'],
    ['{{if .Name}}', 'template: :1: unexpected EOF'],
    ['{{end}}', 'template: :1: unexpected {{end}}'],
    ['{{if}}x{{end}}', 'template: :1: missing value for if'],
    ['{{$y}}', 'template: :1: undefined variable "$y"'],
    ['{{break}}', 'template: :1: {{break}} outside {{range}}'],
    ['{{(.Name}}', 'template: :1: unclosed left paren'],
    ['{{"abc}}', 'template: :1: unterminated quoted string'],
    ['{{%}}', 'template: :1: unexpected "%" in command'],
  ])('%s', (source, expected) => expect(failure(source)).toBe(expected));

  test('a key that untyped JSON has not', () => {
    const untyped = decodeUntyped('{"A":{"N":1e3,"S":"x","Z":null}}');
    const strict = (source: string): string => {
      try {
        return new Template(source).render(untyped, { missingKey: 'error' });
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(strict('{{.A.N}} {{.A.Z}} {{json .A}}')).toBe('1000 <no value> {"N":1000,"S":"x","Z":null}');
    expect(strict('{{.A.B}}')).toBe('template: :1:4: executing "" at <.A.B>: map has no entry for key "B"');
    expect(strict('{{.A.S.B}}')).toBe(
      'template: :1:4: executing "" at <.A.S.B>: can\'t evaluate field B in type interface {}',
    );
  });
});

test('text without actions is itself', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('{{')),
      (text) => {
        expect(render(text)).toBe(text);
      },
    ),
  );
});

test('a string comes through a literal, json and %q unharmed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const template = (source: string) => new Template(source).render({ v: value });
      expect(template('{{.v}}')).toBe(value);
      expect(JSON.parse(template('{{json .v}}'))).toBe(value);
      const quoted = template('{{printf "%q" .v}}');
      expect(new Template(`{{${quoted}}}`).render(null)).toBe(value);
    }),
  );
});

test('whatever is written between the braces, it renders or says what is wrong', () => {
  const piece = fc.constantFrom(
    '.',
    '.Name',
    '$',
    '$x',
    ':=',
    '=',
    '|',
    '(',
    ')',
    'if ',
    'range ',
    'end',
    'else',
    'json',
    '"a"',
    '1',
    ' ',
    '{{',
    '}}',
    '{{-',
    '-}}',
    ',',
    'nil',
    'with ',
    'template ',
    '/*',
    '*/',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const outcome = failure(pieces.join(''));
      expect(typeof outcome).toBe('string');
    }),
    { numRuns: 500 },
  );
});
