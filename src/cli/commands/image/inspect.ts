import { parsePlatform } from '../../../lib/platform.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { platformNames } from '../../completion/lists.ts';
import { imageNames } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { typedImage } from '../../inspect-types/image.ts';
import { inspectAll } from '../../inspector.ts';

const platformUsage = `Inspect a specific platform of the multi-platform image.
If the image or the server is not multi-platform capable, the command will error out if the platform does not match.
'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)`;

const flags = {
  format: text(inspectFormatUsage, { shorthand: 'f' }),
  platform: text(platformUsage, { requires: { apiVersion: '1.49' }, complete: platformNames }),
};

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] IMAGE [IMAGE...]',
  short: 'Display detailed information on one or more images',
  args: minArgs(1),
  complete: imageNames(),
  flags,
  run: (cli, { args, flags: { format, platform } }) => {
    const wanted = platform === '' ? undefined : platformJson(platform);
    return inspectAll(cli, args, format, async (name) => {
      const raw = await cli.client.images.inspectRaw(name, { platform: wanted });
      return { raw, typed: typedImage(raw) };
    });
  },
};

/** As the API wants it: an OCI platform. */
export function platformJson(given: string): string {
  const { os, architecture, variant } = parsePlatform(given);
  return JSON.stringify({ architecture, os, ...(variant !== '' && { variant }) });
}

/** `--platform` of commands that act without one too. */
export function platformOption(given: string): string | undefined {
  if (given === '') return undefined;
  try {
    return platformJson(given);
  } catch (error) {
    throw new Error(`invalid platform: ${(error as Error).message}`, { cause: error });
  }
}
