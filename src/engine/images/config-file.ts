/** Config files of images that are made here, written as Docker does: the same fields in the same order. */
import type { ContainerConfig, HealthConfig } from '../../api/container-config.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import type { Digest } from '../../lib/digest.ts';
import { goJson, goMap } from '../../lib/go-json.ts';
import type { Platform } from '../registry/manifest.ts';
import type { ImageConfigFile } from './image.ts';

type History = NonNullable<ImageConfigFile['history']>[number];

export interface NewImage {
  readonly platform: Platform;
  /** What its containers get. */
  readonly config: ContainerConfig;
  /** The container it was made of. */
  readonly container?: { readonly id: string; readonly config: ContainerConfig };
  readonly author?: string;
  readonly comment?: string;
  /** RFC 3339. */
  readonly created: string;
  readonly dockerVersion: string;
  readonly history: readonly History[];
  readonly diffIds: readonly Digest[];
}

/** The config file's bytes, whose digest is the image's ID. */
export function encodeConfigFile(image: NewImage): Uint8Array {
  const { platform, container } = image;
  const file = {
    architecture: platform.architecture,
    author: image.author || undefined,
    comment: image.comment || undefined,
    config: goContainerConfig(image.config),
    container: container?.id,
    container_config: goContainerConfig(container?.config ?? {}),
    created: image.created,
    docker_version: image.dockerVersion,
    history: image.history.map(goHistory),
    os: platform.os,
    rootfs: { type: 'layers', diff_ids: image.diffIds.length > 0 ? image.diffIds : undefined },
    variant: platform.variant || undefined,
  };
  return encodeUtf8(goJson(file));
}

const goHistory = (step: History): Record<string, unknown> => ({
  created: step.created ?? undefined,
  created_by: step.created_by || undefined,
  author: step.author || undefined,
  comment: step.comment || undefined,
  empty_layer: step.empty_layer || undefined,
});

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
