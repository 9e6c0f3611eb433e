import { expect, test } from 'vitest';
import { parseDaemonConfig } from './daemon-config.ts';

const prefix = 'unable to configure the Docker daemon with file /etc/docker/daemon.json: ';

test.each(['', '  \n', 'null', '{}', '{"registry-mirrors":null}', '\u{feff}{}'])('%j says nothing', (text) => {
  expect(parseDaemonConfig(text)).toEqual({ mirrors: [], insecureRegistries: [] });
});

test('mirrors and insecure registries', () => {
  const text = '{"registry-mirrors": ["https://a", "http://b"], "insecure-registries": ["c:5000"]}';
  expect(parseDaemonConfig(text)).toEqual({ mirrors: ['https://a', 'http://b'], insecureRegistries: ['c:5000'] });
});

// What dockerd said to each (golden; the struct's path is that of the Go it was built with).
test.each([
  ['{', 'unexpected end of JSON input'],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ['"x"', 'json: cannot unmarshal string into Go value of type map[string]interface {}'],
  ['{"foo":1}', "the following directives don't match any configuration option: foo"],
  ['{"foo":1,"bar":2}', "the following directives don't match any configuration option: foo, bar"],
  ['{"foo":{"bar":2}}', "the following directives don't match any configuration option: bar"],
  ['{"Registry-Mirrors":["x"]}', "the following directives don't match any configuration option: Registry-Mirrors"],
  [
    '{"registry-mirrors":"x"}',
    'json: cannot unmarshal string into Go struct field Config.CommonConfig.ServiceOptions.registry-mirrors of type []string',
  ],
  [
    '{"registry-mirrors":[1]}',
    'json: cannot unmarshal number into Go struct field Config.CommonConfig.ServiceOptions.registry-mirrors of type string',
  ],
])('%s is refused', (text, message) => {
  expect(() => parseDaemonConfig(text)).toThrow(new Error(prefix + message));
});

test("options of dockerd's that are not here are named", () => {
  expect(() => parseDaemonConfig('{"log-driver":"local","log-opts":{"max-size":"1m"}}')).toThrow(
    new Error(
      `${prefix}Drydock's engine has no log-driver, log-opts; what it can be told here: registry-mirrors, insecure-registries`,
    ),
  );
});
