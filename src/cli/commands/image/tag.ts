import { familiarName, isImageId, parseReference, withDefaultTag, type Reference } from '../../../lib/reference.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { imageNames } from '../../completion/names.ts';
import { messageOf } from '../../exit-error.ts';
import { goQuote } from '../../../lib/go-template/go-quote.ts';

export const tag: CommandSpec<{}> = {
  use: 'tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  short: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  aliasLine: 'docker image tag, docker tag',
  args: exactArgs(2),
  complete: imageNames(2),
  flags: {},
  async run(cli, { args: [source = '', target = ''] }) {
    if (!isImageId(source)) parse(source);
    const reference = parse(target);
    if (reference.digest !== undefined) throw new Error('refusing to create a tag with a digest reference');
    await cli.client.images.tag(source, familiarName(reference), withDefaultTag(reference).tag ?? '');
  },
};

function parse(name: string): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    throw new Error(`Error parsing reference: ${goQuote(name)} is not a valid repository/tag: ${messageOf(error)}`);
  }
}
