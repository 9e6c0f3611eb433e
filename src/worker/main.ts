import { expose } from 'comlink';
import { carryErrorKinds } from '../rpc/error-transfer.ts';
import { bootMachine } from './boot.ts';
import { WorkerHost } from './worker-host.ts';

carryErrorKinds();
expose(new WorkerHost(bootMachine));
