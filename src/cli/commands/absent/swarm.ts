/** `docker swarm`: flags and help. */
import { exactArgs, group, noArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, duration, int, list, text, uint } from '../../flag/flag.ts';
import { swarmCommand } from './absent.ts';

export const swarm = group(
  'swarm',
  'Manage Swarm',
  [
    swarmCommand(
      {
        use: 'ca [OPTIONS]',
        short: 'Display and rotate the root CA',
        args: noArgs,
        complete: nothing,
        flags: {
          'ca-cert': list('Path to the PEM-formatted root CA certificate to use for the new cluster', {
            kind: 'pem-file',
          }),
          'ca-key': list('Path to the PEM-formatted root CA key to use for the new cluster', { kind: 'pem-file' }),
          'cert-expiry': duration('Validity period for node certificates (ns|us|ms|s|m|h)', {
            shownDefault: '2160h0m0s',
          }),
          detach: bool('Exit immediately instead of waiting for the root rotation to converge', { shorthand: 'd' }),
          'external-ca': list('Specifications of one or more certificate signing endpoints', { kind: 'external-ca' }),
          quiet: bool('Suppress progress output', { shorthand: 'q' }),
          rotate: bool('Rotate the swarm CA - if no certificate or key are provided, new ones will be generated'),
        },
      },
      { swarm: 'manager' },
    ),
    swarmCommand({
      use: 'init [OPTIONS]',
      short: 'Initialize a swarm',
      args: noArgs,
      complete: nothing,
      flags: {
        'advertise-addr': text('Advertised address (format: "<ip|interface>[:port]")'),
        autolock: bool('Enable manager autolocking (requiring an unlock key to start a stopped manager)'),
        availability: text('Availability of the node ("active", "pause", "drain")', { initial: 'active' }),
        'cert-expiry': duration('Validity period for node certificates (ns|us|ms|s|m|h)', {
          shownDefault: '2160h0m0s',
        }),
        'data-path-addr': text('Address or interface to use for data path traffic (format: "<ip|interface>")'),
        'data-path-port': uint(
          'Port number to use for data path traffic (1024 - 49151). If no value is set or is set to 0, the default port (4789) is used.',
          32,
        ),
        'default-addr-pool': list('default address pool in CIDR format', { kind: 'ipNetSlice', shownDefault: '[]' }),
        'default-addr-pool-mask-length': uint('default address pool subnet mask length', 32, { shownDefault: '24' }),
        'dispatcher-heartbeat': duration('Dispatcher heartbeat period (ns|us|ms|s|m|h)', { shownDefault: '5s' }),
        'external-ca': list('Specifications of one or more certificate signing endpoints', { kind: 'external-ca' }),
        'force-new-cluster': bool('Force create a new cluster from current state'),
        'listen-addr': list('Listen address (format: "<ip|interface>[:port]")', {
          kind: 'node-addr',
          shownDefault: '0.0.0.0:2377',
        }),
        'max-snapshots': uint('Number of additional Raft snapshots to retain', 64),
        'snapshot-interval': uint('Number of log entries between Raft snapshots', 64, { shownDefault: '10000' }),
        'task-history-limit': int('Task history retention limit', { initial: 5 }),
      },
    }),
    swarmCommand({
      use: 'join [OPTIONS] HOST:PORT',
      short: 'Join a swarm as a node and/or manager',
      args: exactArgs(1),
      flags: {
        'advertise-addr': text('Advertised address (format: "<ip|interface>[:port]")'),
        availability: text('Availability of the node ("active", "pause", "drain")', { initial: 'active' }),
        'data-path-addr': text('Address or interface to use for data path traffic (format: "<ip|interface>")'),
        'listen-addr': list('Listen address (format: "<ip|interface>[:port]")', {
          kind: 'node-addr',
          shownDefault: '0.0.0.0:2377',
        }),
        token: text('Token for entry into the swarm'),
      },
    }),
    swarmCommand(
      {
        use: 'join-token [OPTIONS] (worker|manager)',
        short: 'Manage join tokens',
        args: exactArgs(1),
        flags: {
          quiet: bool('Only display token', { shorthand: 'q' }),
          rotate: bool('Rotate join token'),
        },
      },
      { swarm: 'manager' },
    ),
    swarmCommand(
      {
        use: 'leave [OPTIONS]',
        short: 'Leave the swarm',
        args: noArgs,
        complete: nothing,
        flags: {
          force: bool('Force this node to leave the swarm, ignoring warnings', { shorthand: 'f' }),
        },
      },
      { swarm: 'active' },
    ),
    swarmCommand(
      {
        use: 'unlock',
        short: 'Unlock swarm',
        args: noArgs,
        complete: nothing,
      },
      { swarm: 'manager' },
    ),
    swarmCommand(
      {
        use: 'unlock-key [OPTIONS]',
        short: 'Manage the unlock key',
        args: noArgs,
        complete: nothing,
        flags: {
          quiet: bool('Only display token', { shorthand: 'q' }),
          rotate: bool('Rotate unlock key'),
        },
      },
      { swarm: 'manager' },
    ),
    swarmCommand(
      {
        use: 'update [OPTIONS]',
        short: 'Update the swarm',
        args: noArgs,
        complete: nothing,
        flags: {
          autolock: bool('Change manager autolocking setting (true|false)'),
          'cert-expiry': duration('Validity period for node certificates (ns|us|ms|s|m|h)', {
            shownDefault: '2160h0m0s',
          }),
          'dispatcher-heartbeat': duration('Dispatcher heartbeat period (ns|us|ms|s|m|h)', { shownDefault: '5s' }),
          'external-ca': list('Specifications of one or more certificate signing endpoints', { kind: 'external-ca' }),
          'max-snapshots': uint('Number of additional Raft snapshots to retain', 64),
          'snapshot-interval': uint('Number of log entries between Raft snapshots', 64, { shownDefault: '10000' }),
          'task-history-limit': int('Task history retention limit', { initial: 5 }),
        },
      },
      { swarm: 'manager' },
    ),
  ],
  { section: 'swarm', swarm: '' },
);
