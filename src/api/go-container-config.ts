import { goMap } from '../lib/go-json.ts';
import type { ContainerConfig, HealthConfig } from './container-config.ts';

const orUndefined = <T extends object>(value: T | null | undefined): T | undefined =>
  value && Object.keys(value).length > 0 ? value : undefined;

/** moby's container.Config with all its fields, those of no value too but for the ones marked `omitempty`. */
export function goContainerConfig(config: Partial<ContainerConfig>): Record<string, unknown> {
  return {
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ExposedPorts: orUndefined(goMap(config.ExposedPorts)),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Healthcheck: config.Healthcheck && goHealthcheck(config.Healthcheck),
    ArgsEscaped: config.ArgsEscaped || undefined,
    Image: config.Image ?? '',
    Volumes: goMap(config.Volumes),
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    NetworkDisabled: config.NetworkDisabled || undefined,
    MacAddress: config.MacAddress || undefined,
    OnBuild: config.OnBuild ?? null,
    Labels: goMap(config.Labels),
    StopSignal: config.StopSignal || undefined,
    StopTimeout: config.StopTimeout,
    Shell: orUndefined(config.Shell),
  };
}

const goHealthcheck = (health: HealthConfig): HealthConfig => ({
  Test: orUndefined(health.Test),
  Interval: health.Interval || undefined,
  Timeout: health.Timeout || undefined,
  StartPeriod: health.StartPeriod || undefined,
  StartInterval: health.StartInterval || undefined,
  Retries: health.Retries || undefined,
});
