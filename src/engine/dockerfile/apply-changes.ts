/**
 * `--change` of commit and import: Dockerfile instructions that alter a container configuration (moby's BuildFromConfig).
 */
import type { ContainerConfig, HealthConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import { parseDuration } from '../../lib/go-duration.ts';
import { cleanPath } from '../container/mounts.ts';
import { parseSignal } from '../container/signals.ts';
import { expandWord, expandWords } from './expand.ts';
import { exposedPorts } from './exposed-ports.ts';
import { type Instruction, parseDockerfile } from './parser.ts';

/** Returns the configuration with the changes made; errors are the client's. */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  try {
    const { instructions, escape } = parseDockerfile(changes.join('\n'));
    for (const { name } of instructions) {
      if (!(name.toUpperCase() in handlers)) throw new Error(`${name} is not a valid change command`);
    }
    const change = new Change(config, escape);
    for (const instruction of instructions) change.parse(instruction);
    for (const instruction of instructions) change.apply(instruction);
    return change.config;
  } catch (cause) {
    throw new DockerError('invalid-parameter', (cause as Error).message, { cause });
  }
}

const handlers = {
  CMD: (change, instruction) => change.command(instruction),
  ENTRYPOINT: (change, instruction) => change.entrypoint(instruction),
  ENV: (change, instruction) => change.environment(instruction),
  EXPOSE: (change, instruction) => change.expose(instruction),
  HEALTHCHECK: (change, instruction) => void (change.config.Healthcheck = healthcheckOf(instruction)),
  LABEL: (change, instruction) => change.label(instruction),
  ONBUILD: (change, instruction) => change.onBuild(instruction),
  STOPSIGNAL: (change, instruction) => change.stopSignal(instruction),
  USER: (change, { args }) => void (change.config.User = change.expand(args[0]!)),
  VOLUME: (change, instruction) => change.volume(instruction),
  WORKDIR: (change, { args }) => change.workDir(change.expand(args[0]!)),
} satisfies Record<string, (change: Change, instruction: Instruction) => void>;

type Name = keyof typeof handlers;

const nameOf = ({ name }: Instruction): Name => name.toUpperCase() as Name;

class Change {
  readonly config: ContainerConfig;
  readonly #escape: string;
  #hasCommand = false;

  constructor(config: ContainerConfig, escape: string) {
    this.config = structuredClone(config);
    this.#escape = escape;
  }

  /** What is wrong with an instruction, before any is done. */
  parse(instruction: Instruction): void {
    const { args, flags } = instruction;
    const name = nameOf(instruction);
    if (['USER', 'WORKDIR', 'STOPSIGNAL'].includes(name) && args.length !== 1) {
      throw new Error(`${name} requires exactly one argument`);
    }
    if (!['CMD', 'ENTRYPOINT'].includes(name) && args.length === 0) {
      throw new Error(`${name} requires at least one argument`);
    }
    if (name === 'HEALTHCHECK') healthcheckOf(instruction);
    else if (flags.length > 0) throw new Error(`unknown flag: ${flags[0]!.split('=', 1)[0]}`);
    const isPair = name === 'ENV' || name === 'LABEL';
    if (isPair && args.some((key, at) => at % 2 === 0 && key === '')) throw new Error(`${name} names can not be blank`);
    if (name === 'VOLUME' && args.some((path) => path.trim() === '')) {
      throw new Error('VOLUME specified can not be an empty string');
    }
    if (name === 'ONBUILD') checkTrigger(args[0]!.toUpperCase());
  }

  apply(instruction: Instruction): void {
    handlers[nameOf(instruction)](this, instruction);
  }

  expand(word: string): string {
    return expandWord(word, this.#variables(), { escape: this.#escape });
  }

  #variables(): Map<string, string> {
    const split = (entry: string): [string, string] => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    };
    return new Map((this.config.Env ?? []).map(split));
  }

  command(instruction: Instruction): void {
    this.config.Cmd = this.#commandLine(instruction);
    this.#hasCommand = instruction.args.length > 0;
  }

  entrypoint(instruction: Instruction): void {
    this.config.Entrypoint = instruction.args.length === 0 ? null : this.#commandLine(instruction);
    if (!this.#hasCommand) this.config.Cmd = null;
  }

  /** What is no JSON array is a line for the shell. */
  #commandLine({ args, isJson }: Instruction): string[] {
    return isJson ? [...args] : [...(this.config.Shell ?? ['/bin/sh', '-c']), ...args];
  }

  environment({ args }: Instruction): void {
    for (const [name, value] of this.#pairs(args)) {
      const env = (this.config.Env ??= []);
      const at = env.findIndex((entry) => entry.split('=', 1)[0] === name);
      env[at < 0 ? env.length : at] = `${name}=${value}`;
    }
  }

  label({ args }: Instruction): void {
    this.config.Labels = { ...this.config.Labels, ...Object.fromEntries(this.#pairs(args)) };
  }

  /** All with the variables as they were before the instruction. */
  #pairs(args: readonly string[]): [string, string][] {
    const words = args.map((word) => this.expand(word));
    return words.flatMap((word, at): [string, string][] => (at % 2 === 0 ? [[word, words[at + 1]!]] : []));
  }

  expose({ args }: Instruction): void {
    const ports = [...args].sort().flatMap((word) => expandWords(word, this.#variables(), { escape: this.#escape }));
    const added = ports.flatMap(exposedPorts).map((port) => [port, {}] as const);
    this.config.ExposedPorts = { ...this.config.ExposedPorts, ...Object.fromEntries(added) };
  }

  onBuild({ line }: Instruction): void {
    this.config.OnBuild = [...(this.config.OnBuild ?? []), line.replace(/^\s*ONBUILD\s*/i, '')];
  }

  stopSignal({ args }: Instruction): void {
    const signal = this.expand(args[0]!);
    parseSignal(signal);
    this.config.StopSignal = signal;
  }

  volume({ args }: Instruction): void {
    const paths = args.map((path) => this.expand(path.trim()));
    if (paths.includes('')) throw new Error('VOLUME specified can not be an empty string');
    this.config.Volumes = { ...this.config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
  }

  workDir(path: string): void {
    if (path === '') throw new Error('cannot normalize nothing');
    this.config.WorkingDir = cleanPath(path.startsWith('/') ? path : `/${this.config.WorkingDir}/${path}`);
  }
}

function checkTrigger(trigger: string): void {
  if (trigger === 'ONBUILD') throw new Error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === 'MAINTAINER' || trigger === 'FROM') throw new Error(`${trigger} isn't allowed as an ONBUILD trigger`);
}

const healthFlags = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
  retries: 'Retries',
} as const;

function healthcheckOf({ args, flags, isJson }: Instruction): HealthConfig {
  const type = args[0]!.toUpperCase();
  const command = args.slice(1);
  if (type === 'NONE') {
    if (command.length > 0) throw new Error('HEALTHCHECK NONE takes no arguments');
    return { Test: ['NONE'] };
  }
  const values = new Map<string, string>();
  for (const flag of flags) {
    const [, name = '', value] = /^--([^=]*)(?:=([^]*))?$/.exec(flag)!;
    if (!(name in healthFlags)) throw new Error(`unknown flag: --${name}`);
    if (values.has(name)) throw new Error(`duplicate flag specified: --${name}`);
    if (value === undefined) throw new Error(`missing a value on flag: --${name}`);
    values.set(name, value);
  }
  if (type !== 'CMD') throw new Error(`Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`);
  if (command.length === 0) throw new Error('Missing command after HEALTHCHECK CMD');
  const health: HealthConfig = { Test: [isJson ? 'CMD' : 'CMD-SHELL', ...command] };
  for (const [name, field] of Object.entries(healthFlags)) {
    const value = values.get(name) ?? '';
    if (value !== '') health[field] = name === 'retries' ? retriesOf(value) : intervalOf(name, value);
  }
  return health;
}

function intervalOf(name: string, value: string): number {
  const nanoseconds = parseDuration(value);
  if (nanoseconds !== 0 && nanoseconds < 1e6) {
    // moby prints the flag's name in its field's place.
    throw new Error(`Interval ${JSON.stringify(name)} cannot be less than 1ms`);
  }
  return nanoseconds;
}

function retriesOf(value: string): number {
  if (!/^[+-]?\d+$/.test(value)) throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  const retries = Number(value);
  if (Math.abs(retries) > 0x7fffffff) {
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`);
  }
  if (retries < 0) throw new Error(`--retries cannot be negative (${retries})`);
  return retries;
}
