import { maxArgs, type CommandSpec } from '../../command.ts';
import { bool, filter, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { renderRows } from '../../format/table.ts';
import { goQuote } from '../../../lib/go-template/go-quote.ts';
import { imageFormat, imageHeaders, imageRows, isDangling } from './image-rows.ts';
import { imageTree } from './image-tree.ts';

const flags = {
  all: bool('Show all images (default hides intermediate images)', { shorthand: 'a' }),
  digests: bool('Show digests'),
  filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
  format: text(listFormatUsage),
  'no-trunc': bool("Don't truncate output"),
  quiet: bool('Only show image IDs', { shorthand: 'q' }),
  tree: bool('List multi-platform images as a tree (EXPERIMENTAL)', { requires: { apiVersion: '1.47' } }),
};

/** What people type for `docker image …`. */
const subcommands = [
  'build',
  'history',
  'import',
  'inspect',
  'list',
  'load',
  'ls',
  'prune',
  'pull',
  'push',
  'rm',
  'save',
  'tag',
];

export const images: CommandSpec<typeof flags> = {
  use: 'images [OPTIONS] [REPOSITORY[:TAG]]',
  short: 'List images',
  aliasLine: 'docker image ls, docker image list, docker images',
  args: maxArgs(1),
  flags,
  async run(cli, { args: [name = ''], flags: given, calledAs }) {
    const filters = new Map(given.filter);
    if (name !== '') filters.set('reference', new Set([...(filters.get('reference') ?? []), name]));
    if (given.tree) {
      checkTreeFlags(given);
      const found = await cli.client.images.list({ all: given.all, filters });
      await cli.print(
        imageTree(
          found.filter((image) => given.all || !isDangling(image)),
          cli.io,
        ),
      );
      return;
    }
    const list = await cli.client.images.list({ all: given.all, filters });
    const asked = given.format || (given.quiet ? '' : ((await cli.settings()).imagesFormat ?? ''));
    const format = imageFormat(asked, given.quiet, given.digests);
    const needsDigest = given.digests || format.includes('{{.Digest}}');
    const rows = list.flatMap((image) =>
      imageRows(image, { truncate: !given['no-trunc'], needsDigest, ownDigestRows: given.digests }),
    );
    await cli.print(renderRows(format, imageHeaders, rows));
    if (list.length === 0 && calledAs === 'images' && subcommands.includes(name)) {
      await cli.printError(`\nNo images found matching ${goQuote(name)}: did you mean "docker image ${name}"?\n`);
    }
  },
};

/** What a tree cannot be shown with yet, in docker/cli's words. */
function checkTreeFlags(given: { quiet: boolean; 'no-trunc': boolean; digests: boolean; format: string }): void {
  const refused = [
    given.quiet && '--quiet',
    given['no-trunc'] && '--no-trunc',
    given.digests && '--show-digest',
    given.format !== '' && '--format',
  ].find((flag) => flag !== false);
  if (refused) throw new Error(`${refused} is not yet supported with --tree`);
}
