import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeGo, GoTypeError } from './go-decode.ts';
import { createRequest, updateRequest } from './schemas/container.ts';

// Values and messages as Docker Engine 26.1 answers them; it calls the outermost struct ContainerConfigWrapper.
test.each([
  ['[]', 'array into Go value of type container.CreateRequest'],
  ['"x"', 'string into Go value of type container.CreateRequest'],
  ['{"Image":1}', 'number into Go struct field CreateRequest.Config.Image of type string'],
  ['{"Tty":"true"}', 'string into Go struct field CreateRequest.Config.Tty of type bool'],
  ['{"Cmd":5}', 'number into Go struct field CreateRequest.Config.Cmd of type string'],
  ['{"Cmd":[1]}', 'array into Go struct field CreateRequest.Config.Cmd of type string'],
  ['{"Env":[1]}', 'number into Go struct field CreateRequest.Config.Env of type string'],
  ['{"Env":{}}', 'object into Go struct field CreateRequest.Config.Env of type []string'],
  ['{"Labels":[]}', 'array into Go struct field CreateRequest.Config.Labels of type map[string]string'],
  ['{"Volumes":{"a":1}}', 'number into Go struct field CreateRequest.Config.Volumes of type struct {}'],
  ['{"StopTimeout":"1"}', 'string into Go struct field CreateRequest.Config.StopTimeout of type int'],
  ['{"Healthcheck":[]}', 'array into Go struct field CreateRequest.Config.Healthcheck of type v1.HealthcheckConfig'],
  [
    '{"Healthcheck":{"Interval":"1s"}}',
    'string into Go struct field HealthcheckConfig.Config.Healthcheck.Interval of type time.Duration',
  ],
  ['{"HostConfig":1}', 'number into Go struct field CreateRequest.HostConfig of type container.HostConfig'],
  ['{"HostConfig":{"Binds":"x"}}', 'string into Go struct field HostConfig.HostConfig.Binds of type []string'],
  ['{"HostConfig":{"Memory":"1"}}', 'string into Go struct field HostConfig.HostConfig.Resources.Memory of type int64'],
  [
    '{"HostConfig":{"Memory":1.5}}',
    'number 1.5 into Go struct field HostConfig.HostConfig.Resources.Memory of type int64',
  ],
  [
    '{"HostConfig":{"BlkioWeight":70000}}',
    'number 70000 into Go struct field HostConfig.HostConfig.Resources.BlkioWeight of type uint16',
  ],
  [
    '{"HostConfig":{"RestartPolicy":[]}}',
    'array into Go struct field HostConfig.HostConfig.RestartPolicy of type container.RestartPolicy',
  ],
  [
    '{"HostConfig":{"RestartPolicy":{"Name":1}}}',
    'number into Go struct field RestartPolicy.HostConfig.RestartPolicy.Name of type container.RestartPolicyMode',
  ],
  [
    '{"HostConfig":{"NetworkMode":1}}',
    'number into Go struct field HostConfig.HostConfig.NetworkMode of type container.NetworkMode',
  ],
  [
    '{"HostConfig":{"ConsoleSize":"x"}}',
    'string into Go struct field HostConfig.HostConfig.ConsoleSize of type [2]uint',
  ],
  [
    '{"HostConfig":{"ConsoleSize":[1,"x"]}}',
    'string into Go struct field HostConfig.HostConfig.ConsoleSize of type uint',
  ],
  [
    '{"HostConfig":{"ConsoleSize":[-1]}}',
    'number -1 into Go struct field HostConfig.HostConfig.ConsoleSize of type uint',
  ],
  [
    '{"HostConfig":{"Ulimits":[{"Soft":"x"}]}}',
    'string into Go struct field Ulimit.HostConfig.Resources.Ulimits.Soft of type int64',
  ],
  [
    '{"HostConfig":{"DeviceRequests":[{"Capabilities":[1]}]}}',
    'number into Go struct field DeviceRequest.HostConfig.Resources.DeviceRequests.Capabilities of type []string',
  ],
  [
    '{"HostConfig":{"BlkioDeviceReadBps":[{"Rate":"x"}]}}',
    'string into Go struct field ThrottleDevice.HostConfig.Resources.BlkioDeviceReadBps.Rate of type uint64',
  ],
  [
    '{"HostConfig":{"Mounts":[{"TmpfsOptions":{"Mode":"x"}}]}}',
    'string into Go struct field TmpfsOptions.HostConfig.Mounts.TmpfsOptions.Mode of type fs.FileMode',
  ],
  [
    '{"HostConfig":{"PortBindings":{"80/tcp":{}}}}',
    'object into Go struct field HostConfig.HostConfig.PortBindings of type []nat.PortBinding',
  ],
  [
    '{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":80}]}}}',
    'number into Go struct field PortBinding.HostConfig.PortBindings.HostPort of type string',
  ],
  [
    '{"NetworkingConfig":{"EndpointsConfig":[]}}',
    'array into Go struct field NetworkingConfig.NetworkingConfig.EndpointsConfig of type map[string]*network.EndpointSettings',
  ],
  [
    '{"NetworkingConfig":{"EndpointsConfig":{"a":{"IPAMConfig":1}}}}',
    'number into Go struct field EndpointSettings.NetworkingConfig.EndpointsConfig.IPAMConfig of type network.EndpointIPAMConfig',
  ],
])('%s does not fit: %s', (body, message) => {
  expect(() => decodeGo(createRequest, JSON.parse(body))).toThrow(new GoTypeError(`json: cannot unmarshal ${message}`));
});

test('an update names its embedded struct too', () => {
  expect(() => decodeGo(updateRequest, { Memory: 'x' })).toThrow(
    'json: cannot unmarshal string into Go struct field UpdateConfig.Resources.Memory of type int64',
  );
});

test('names match whatever their case, the exact one too; what is unknown is dropped; arrays are made to fit', () => {
  const body = { image: 'a', CMD: 'true', Unknown: 1, hostconfig: { memory: 7, consolesize: [4, 5, 6] } };
  expect(decodeGo(createRequest, body)).toEqual({
    Image: 'a',
    Cmd: 'true',
    HostConfig: { Memory: 7, ConsoleSize: [4, 5] },
  });
});

test('any JSON is decoded or told not to fit', () => {
  const fields = fc.constantFrom(
    'Image',
    'cmd',
    'HostConfig',
    'Mounts',
    'Memory',
    'Labels',
    'ConsoleSize',
    '__proto__',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 60, '', 'x'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(fields, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  fc.assert(
    fc.property(value, (body) => {
      let decoded: unknown;
      try {
        decoded = decodeGo(createRequest, body);
      } catch (error) {
        expect(error).toBeInstanceOf(GoTypeError);
        return;
      }
      expect(createRequest.nullable().safeParse(decoded).success).toBe(true);
    }),
  );
});
