/** An image in a list, a row a tag: the fields `docker images --format` knows (docker/cli's formatter.imageContext). */
import type { ImageSummary } from '../../../api/image.ts';
import { familiarName, parseReference } from '../../../lib/reference.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { tableRow } from '../../format/table.ts';
import { ago, goTime, humanSize } from '../../format/units.ts';
import { truncateId } from '../../truncate-id.ts';

export const imageHeaders = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
};

/** What `--format` stands for. */
export function imageFormat(format: string, quiet: boolean, digests: boolean): string {
  if (format === 'raw') {
    if (quiet) return 'image_id: {{.ID}}';
    const digest = digests ? 'digest: {{.Digest}}\n' : '';
    return `repository: {{ .Repository }}\ntag: {{.Tag}}\n${digest}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n`;
  }
  if (format !== '' && format !== 'table') {
    return format.startsWith('table') && digests && !format.includes('{{.Digest}}') ? `${format}\t{{.Digest}}` : format;
  }
  if (quiet) return '{{.ID}}';
  const created = '{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}';
  return `table {{.Repository}}\t{{.Tag}}\t${digests ? '{{.Digest}}\t' : ''}{{.ID}}\t${created}\t{{.Size}}`;
}

export interface RowOptions {
  readonly truncate: boolean;
  /** A row for each digest of a tag. */
  readonly needsDigest: boolean;
  /** Digests without a tag are rows of their own, rather than one row a repository. */
  readonly ownDigestRows: boolean;
}

export function imageRows(image: ImageSummary, { truncate, needsDigest, ownDigestRows }: RowOptions): GoStruct[] {
  const row = (repository: string, tag: string, digest: string): GoStruct =>
    imageRow(image, truncate, repository, tag, digest);
  if (isDangling(image)) return [row('<none>', '<none>', '<none>')];
  const tags = byRepository(image.RepoTags ?? [], 'tag');
  const digests = byRepository(image.RepoDigests ?? [], 'digest');
  const rows: GoStruct[] = [];
  for (const [repository, names] of tags) {
    const known = needsDigest ? (digests.get(repository) ?? []) : [];
    for (const tag of names)
      for (const digest of known.length > 0 ? known : ['<none>']) rows.push(row(repository, tag, digest));
    digests.delete(repository);
  }
  for (const [repository, known] of digests) {
    if (ownDigestRows) rows.push(...known.map((digest) => row(repository, '<none>', digest)));
    else rows.push(row(repository, '<none>', ''));
  }
  return rows;
}

/** Whether an image has no name. */
export function isDangling({ RepoTags: tags, RepoDigests: digests }: ImageSummary): boolean {
  const isNone = (list: string[] | null, none: string): boolean =>
    (list ?? []).length === 0 || (list!.length === 1 && list![0] === none);
  return isNone(tags, '<none>:<none>') && isNone(digests, '<none>@<none>');
}

/** Tags (or digests) by the repository's familiar name. */
function byRepository(names: readonly string[], part: 'tag' | 'digest'): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of names) {
    try {
      const reference = parseReference(name);
      const value = reference[part];
      if (value === undefined) continue;
      const repository = familiarName(reference);
      found.set(repository, [...(found.get(repository) ?? []), value]);
    } catch {
      // What is no reference has no row, as with the real CLI.
    }
  }
  return found;
}

const orUnknown = (size: number): string => (size < 0 ? 'N/A' : humanSize(size));

export function imageRow(
  image: ImageSummary,
  truncate: boolean,
  repository: string,
  tag: string,
  digest: string,
): GoStruct {
  return tableRow('*formatter.imageContext', {
    ID: () => (truncate ? truncateId(image.Id) : image.Id),
    Repository: () => repository,
    Tag: () => tag,
    Digest: () => digest,
    CreatedSince: () => ago(image.Created),
    CreatedAt: () => goTime(image.Created),
    Size: () => humanSize(image.Size, 3),
    Containers: () => (image.Containers === -1 ? 'N/A' : String(image.Containers)),
    VirtualSize: () => humanSize(image.Size),
    SharedSize: () => orUnknown(image.SharedSize),
    UniqueSize: () => (image.Size === -1 || image.SharedSize === -1 ? 'N/A' : humanSize(image.Size - image.SharedSize)),
  });
}
