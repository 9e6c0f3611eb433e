// What older versions of the API say of images (moby's api/server/router/image).

import { goContainerConfig } from '../../api/go-container-config.ts';
import type { ImageInspect, ImageSummary } from '../../api/image.ts';
import { zeroTime } from '../../lib/timestamp.ts';
import { apiAtLeast, type ApiContext } from '../context.ts';

/** Go leaves out a size of nothing. */
export const withVirtualSize = (image: ImageSummary): ImageSummary => ({
  ...image,
  VirtualSize: image.Size || undefined,
});

/** A row of the list: before 1.43 an image without names is called `<none>`, from then on it has empty lists of them. */
export function imageSummaryFor(c: ApiContext, image: ImageSummary): ImageSummary {
  const { RepoTags, RepoDigests } = image;
  const named = apiAtLeast(c, '1.43')
    ? { RepoDigests: RepoDigests ?? [], RepoTags: RepoTags ?? [] }
    : RepoTags || RepoDigests
      ? {}
      : { RepoDigests: ['<none>@<none>'], RepoTags: ['<none>:<none>'] };
  const row = { ...image, ...named };
  return apiAtLeast(c, '1.44') ? row : withVirtualSize(row);
}

/** `Container` and `ContainerConfig` went with 1.45, the fields of containers in `Config` with 1.50. */
export function imageInspectFor(c: ApiContext, image: ImageInspect): object {
  const { Container, ContainerConfig, Config, Created, Size, ...rest } = image;
  const { Id, RepoTags, RepoDigests, Parent, Comment, DockerVersion, Author, Architecture, Variant, Os, ...last } =
    rest;
  return {
    Id,
    RepoTags,
    RepoDigests,
    Parent,
    Comment,
    Created: Created ?? (apiAtLeast(c, '1.44') ? undefined : zeroTime),
    ...(!apiAtLeast(c, '1.45') && { Container, ContainerConfig }),
    DockerVersion,
    Author,
    Config: apiAtLeast(c, '1.50') ? Config : goContainerConfig(Config ?? {}),
    Architecture,
    Variant,
    Os,
    Size,
    ...(!apiAtLeast(c, '1.44') && { VirtualSize: Size || undefined }),
    ...last,
  };
}
