/** `docker trust`: flags and help. */
import { exactArgs, group, minArgs } from '../../command.ts';
import { bool, list, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

const reason = 'there is no content trust';

const key = group('key', 'Manage keys for signing Docker images', [
  absent(reason, {
    use: 'generate NAME',
    short: 'Generate and load a signing key-pair',
    args: exactArgs(1),
    flags: {
      dir: text('Directory to generate key in, defaults to current directory'),
    },
  }),
  absent(reason, {
    use: 'load [OPTIONS] KEYFILE',
    short: 'Load a private key file for signing',
    args: exactArgs(1),
    flags: {
      name: text('Name for the loaded key', { initial: 'signer' }),
    },
  }),
]);

const signer = group('signer', 'Manage entities who can sign Docker images', [
  absent(reason, {
    use: 'add OPTIONS NAME REPOSITORY [REPOSITORY...] ',
    short: 'Add a signer',
    args: minArgs(2),
    flags: {
      key: list("Path to the signer's public key file"),
    },
  }),
  absent(reason, {
    use: 'remove [OPTIONS] NAME REPOSITORY [REPOSITORY...]',
    short: 'Remove a signer',
    args: minArgs(2),
    flags: {
      force: bool('Do not prompt for confirmation before removing the most recent signer', { shorthand: 'f' }),
    },
  }),
]);

export const trust = group('trust', 'Manage trust on Docker images', [
  key,
  signer,
  absent(reason, {
    use: 'inspect IMAGE[:TAG] [IMAGE[:TAG]...]',
    short: 'Return low-level information about keys and signatures',
    args: minArgs(1),
    flags: {
      pretty: bool('Print the information in a human friendly format'),
    },
  }),
  absent(reason, {
    use: 'revoke [OPTIONS] IMAGE[:TAG]',
    short: 'Remove trust for an image',
    args: exactArgs(1),
    flags: {
      yes: bool('Do not prompt for confirmation', { shorthand: 'y' }),
    },
  }),
  absent(reason, {
    use: 'sign IMAGE:TAG',
    short: 'Sign an image',
    args: exactArgs(1),
    flags: {
      local: bool('Sign a locally tagged image'),
    },
  }),
]);
