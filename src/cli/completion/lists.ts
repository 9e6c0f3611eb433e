/** Completers of what is the same on every engine. */
import { directive, oneOf, type Completer } from './completer.ts';

/** Names only: values may be secret. */
export const environmentNames: Completer = ({ io }) => ({
  choices: Object.keys(io.env),
  directive: directive.noFiles,
});

export const platformNames: Completer = oneOf([
  'linux/386',
  'linux/amd64',
  'linux/arm',
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/arm64',
  'linux/arm64/v8',
  'linux/ppc64le',
  'linux/s390x',
  'linux/riscv64',
  'windows/amd64',
  'wasip1/wasm',
]);

export const restartPolicies: Completer = oneOf(['no', 'always', 'on-failure', 'unless-stopped']);

export const logLevels: Completer = oneOf(['debug', 'info', 'warn', 'error', 'fatal', 'panic']);

const realTime = Array.from({ length: 15 }, (_, at) => at + 1);

export const signals: Completer = oneOf([
  ...'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT'.split(' '),
  'RTMAX',
  ...realTime.slice(0, 14).map((number) => `RTMAX-${number}`),
  'RTMIN',
  ...realTime.map((number) => `RTMIN+${number}`),
  ...'SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ'.split(' '),
]);

/** In the order of their numbers. */
const capabilityNames =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE';

export const capabilities: Completer = oneOf(['ALL', ...capabilityNames.split(' ').map((name) => `CAP_${name}`)]);

export const pullPolicies: Completer = oneOf(['always', 'missing', 'never']);
