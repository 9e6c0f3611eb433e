// Where the engine keeps things in the guest: Docker's own places, so that a look around the host agrees with
// `docker inspect`.

export const dockerRoot = '/var/lib/docker';

/** The 9P mount on which each image layer is a directory. */
export const layersRoot = `${dockerRoot}/layers`;

export const cgroupRoot = '/sys/fs/cgroup';

/** The directory of a container's own files (hostname, hosts, resolv.conf). */
export const containerDirectory = (id: string): string => `${dockerRoot}/containers/${id}`;

/** The directory of a container's writable layer. */
export const overlayDirectory = (mountId: string): string => `${dockerRoot}/overlay2/${mountId}`;

/** The layer between the image and a container's own: mount points every container needs. The same for all. */
export const initLayer = `${dockerRoot}/overlay2/init/diff`;

/** Where file systems are mounted for the time of one operation. */
export const temporaryMount = (name: string): string => `${dockerRoot}/tmp/${name}`;

/** The file a network namespace is pinned to, as libnetwork names it. */
export const sandboxKey = (sandboxId: string): string => `/var/run/docker/netns/${sandboxId.slice(0, 12)}`;

export const volumesRoot = `${dockerRoot}/volumes`;

export const volumeDirectory = (name: string): string => `${volumesRoot}/${name}`;

/** What a container sees of a volume. */
export const volumeData = (name: string): string => `${volumeDirectory(name)}/_data`;
