import { DockerError } from '../../api/error.ts';

/** What dockerd says when runc refuses to create a container because of `reason`. */
export const runtimeCreateError = (reason: string): DockerError =>
  new DockerError(
    'system',
    'failed to create task for container: failed to create shim task: ' +
      `OCI runtime create failed: runc create failed: ${reason}: unknown`,
  );
