/** Marks a volume that got no name from anybody: `docker volume prune` takes no other. */
export const anonymousLabel = 'com.docker.volume.anonymous';
