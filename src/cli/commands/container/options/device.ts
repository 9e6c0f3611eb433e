/** Devices, their rates and weights, ulimits, GPUs. */
import type { DeviceMapping, DeviceRequest, ThrottleDevice, Ulimit } from '../../../../api/container-config.ts';
import { cut } from '../../../flag/flag.ts';
import { parseInteger } from '../../../../lib/go-parse.ts';
import { ramInBytes } from '../../../format/units.ts';
import { cleanPath } from '../../../../lib/clean-path.ts';
import { parseCsvLine } from './csv.ts';
import { toMap } from './key-values.ts';

const isDeviceMode = (text: string): boolean => /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;

/** `--device vendor.com/class=name` names a device of the Container Device Interface. */
export const isCdiName = (text: string): boolean => /^[a-zA-Z][\w.-]*\/[a-zA-Z][\w-]*=[\w][\w.:-]*$/.test(text);

/** `--device host[:container][:rwm]`. */
export function parseDevice(text: string): DeviceMapping {
  const parts = text.split(':');
  if (parts.length > 3 || parts[0] === '') throw new Error(`bad format for path: ${text}`);
  const [host = '', second, third] = parts;
  if (third !== undefined && !isDeviceMode(third)) throw new Error(`bad mode specified: ${third}`);
  const inContainer = second === undefined || (third === undefined && isDeviceMode(second)) ? host : second;
  if (!inContainer.startsWith('/')) throw new Error(`${inContainer} is not an absolute path`);
  const mode = third ?? (second !== undefined && isDeviceMode(second) ? second : 'rwm');
  const onHost = second === undefined || (third === undefined && isDeviceMode(second)) ? cleanPath(host) : host;
  return {
    PathOnHost: onHost,
    PathInContainer: third === undefined ? cleanPath(inContainer) : inContainer,
    CgroupPermissions: mode,
  };
}

/** `--device-cgroup-rule "c 1:3 mr"`. */
export function checkCgroupRule(text: string): string {
  if (!/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text))
    throw new Error(`invalid device cgroup format '${text}'`);
  return text;
}

function deviceAndNumber(text: string): [string, string] {
  const [path, number] = cut(text, ':');
  if (number === undefined || path === '') throw new Error(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`);
  return [path, number];
}

/** `--device-read-bps /dev/sda:1mb`. */
export function parseBpsDevice(text: string): ThrottleDevice {
  const [path, number] = deviceAndNumber(text);
  try {
    return { Path: path, Rate: ramInBytes(number) };
  } catch {
    throw new Error(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    );
  }
}

/** `--device-read-iops /dev/sda:1000`. */
export function parseIopsDevice(text: string): ThrottleDevice {
  const [path, number] = deviceAndNumber(text);
  try {
    return { Path: path, Rate: parseInteger(number, false) };
  } catch {
    throw new Error(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
    );
  }
}

/** `--blkio-weight-device /dev/sda:100`. */
export function parseWeightDevice(text: string): { Path: string; Weight: number } {
  const [path, number] = deviceAndNumber(text);
  const weight = /^[0-9]+$/.test(number) ? Number(number) : NaN;
  if (!(weight === 0 || (weight >= 10 && weight <= 1000))) throw new Error(`invalid weight for device: ${text}`);
  return { Path: path, Weight: weight };
}

const ulimitNames = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

/** `--ulimit nofile=1024:2048`. */
export function parseUlimit(text: string): Ulimit {
  const [name, limits] = cut(text, '=');
  if (limits === undefined) throw new Error(`invalid ulimit argument: ${text}`);
  if (!ulimitNames.includes(name)) throw new Error(`invalid ulimit type: ${name}`);
  const parts = limits.split(':');
  if (parts.length > 2)
    throw new Error(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  const hardGiven = parts[1] === undefined ? undefined : parseInteger(parts[1], true);
  const soft = parseInteger(parts[0]!, true);
  const hard = hardGiven ?? soft;
  const demand = 'ulimit soft limit must be less than or equal to hard limit';
  if (hard !== -1 && soft === -1) throw new Error(`${demand}: soft: -1 (unlimited), hard: ${hard}`);
  if (hard !== -1 && soft > hard) throw new Error(`${demand}: ${soft} > ${hard}`);
  return { Name: name, Hard: hard, Soft: soft };
}

/** `--gpus all`, `--gpus count=2,capabilities=compute`. */
export function parseGpus(text: string): DeviceRequest {
  const request: DeviceRequest = { Driver: '', Count: 0, DeviceIDs: null, Capabilities: null, Options: null };
  const seen = new Set<string>();
  for (const field of parseCsvLine(text)) {
    const [key, value] = cut(field, '=');
    if (seen.has(key)) throw new Error(`gpu request key '${key}' can be specified only once`);
    seen.add(key);
    if (value === undefined) {
      seen.add('count');
      request.Count = parseGpuCount(key);
      continue;
    }
    switch (key) {
      case 'driver':
        request.Driver = value;
        break;
      case 'count':
        request.Count = parseGpuCount(value);
        break;
      case 'device':
        request.DeviceIDs = value.split(',');
        break;
      case 'capabilities':
        request.Capabilities = [[...value.split(','), 'gpu']];
        break;
      case 'options':
        request.Options = toMap(parseCsvLine(value));
        break;
      default:
        throw new Error(`unexpected key '${key}' in '${field}'`);
    }
  }
  if (!seen.has('count') && request.DeviceIDs === null) request.Count = 1;
  request.Options ??= {};
  request.Capabilities ??= [['gpu']];
  return request;
}

function parseGpuCount(text: string): number {
  if (text === 'all') return -1;
  try {
    return parseInteger(text, true);
  } catch (error) {
    const reason = (error as Error).message.split(': ').at(-1);
    throw new Error(`invalid count (${text}): value must be either "all" or an integer: ${reason}`);
  }
}
