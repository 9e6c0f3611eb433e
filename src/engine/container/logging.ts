import type { Channel } from '../../guest/channel.ts';
import { ContainerLog } from '../logs/container-log.ts';
import { logSettings, type LogSettings } from '../logs/log-options.ts';
import { containerDirectory } from '../runtime/paths.ts';
import type { Container } from './container.ts';

/** Where and how a container's log is kept; undefined when it keeps none. Throws what its log options have wrong. */
export const logSettingsOf = (container: Container): LogSettings | undefined =>
  logSettings(container.hostConfig.LogConfig, { ...container, directory: containerDirectory(container.id) });

/** A container's log; undefined when it keeps none. Throws what its log options have wrong. */
export function logOf(channel: Channel, container: Container): ContainerLog | undefined {
  if (!container.log) {
    const settings = logSettingsOf(container);
    if (settings) container.log = new ContainerLog(channel, settings);
  }
  return container.log;
}
