// `systemctl` and `service`, as far as they concern Docker: the one service of this host is its engine.

import type { CliIo } from '../cli/io.ts';
import { encodeUtf8 } from '../lib/bytes.ts';

const usages = {
  systemctl: 'Usage: systemctl restart|reload|status|is-active docker\n',
  service: 'Usage: service docker restart|reload|status\n',
};

/** The service. Both reject when its configuration is wrong: it is down then, or goes on as it was. */
interface Service {
  restartEngine(): Promise<void>;
  reloadEngine(): Promise<void>;
}

export async function runService(
  io: CliIo,
  program: keyof typeof usages,
  argv: readonly string[],
  host: Service,
): Promise<number> {
  const [action, service] = program === 'systemctl' ? argv : [argv[1], argv[0]];
  const fail = async (message: string, exitCode: number): Promise<number> => {
    await io.stderr.write(encodeUtf8(message));
    return exitCode;
  };
  if (action === undefined || service === undefined || argv.length > 2) return fail(usages[program], 1);
  if (service !== 'docker' && service !== 'docker.service') {
    return fail(`${program}: ${service}: no such service: this host has only docker\n`, 5);
  }
  switch (action) {
    case 'restart':
    case 'reload':
      try {
        await (action === 'restart' ? host.restartEngine() : host.reloadEngine());
        return 0;
      } catch (error) {
        return fail(`${program}: ${action}ing docker: ${(error as Error).message}\n`, 1);
      }
    case 'status':
    case 'is-active':
      await io.stdout.write(encodeUtf8(action === 'status' ? 'docker is running\n' : 'active\n'));
      return 0;
    default:
      return fail(`${program}: ${action} docker: not possible here: the engine runs outside of this host\n`, 1);
  }
}
