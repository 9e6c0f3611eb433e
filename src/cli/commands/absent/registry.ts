/** Commands that need a registry to talk to: flags and help. */
import { exactArgs } from '../../command.ts';
import { bool, filter, int, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

export const search = absent(
  'no registry can be searched yet',
  {
    use: 'search [OPTIONS] TERM',
    short: 'Search Docker Hub for images',
    args: exactArgs(1),
    flags: {
      filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
      format: text('Pretty-print search using a Go template'),
      limit: int('Max number of search results'),
      'no-trunc': bool("Don't truncate output"),
    },
  },
  { section: 'common' },
);
