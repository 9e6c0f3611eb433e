/** Writes the agent's table of ops (ops.h) from src/guest/syscalls.ts: `npx tsx kernel-image/agent/generate-ops.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type OpName, type OpSpec, ops, paramsOf, signatureOf } from '../../src/guest/syscalls.ts';

/** The text ops.h must have. */
export function opsHeader(): string {
  const names = (Object.keys(ops) as OpName[]).sort((a, b) => ops[a].opcode - ops[b].opcode);
  const rows = names.map((name) => {
    const spec: OpSpec = ops[name];
    const flags = [spec.fd && 'OP_FD', spec.childOnly && 'OP_CHILD_ONLY', spec.dirty && 'OP_DIRTY'].filter(Boolean);
    const opcode = `0x${spec.opcode.toString(16).padStart(4, '0')}`;
    return `\t{ ${opcode}, ${spec.syscall ?? -1}, ${flags.join(' | ') || '0'}, "${signatureOf(name)}" }, /* ${name}(${paramsOf(
      name,
    )
      .map((param) => param.name)
      .join(', ')}) */`;
  });
  // The codes of the agent's own: the kernel's are in its headers, as SYS_….
  const codes = names
    .filter((name) => ops[name].opcode >= 0x1000)
    .map((name) => `\tOP_${name.replace(/[A-Z]/g, '_$&').toUpperCase()} = 0x${ops[name].opcode.toString(16)},`);
  return `/* Written by generate-ops.ts from src/guest/syscalls.ts; edit that. */
#ifndef OPS_H
#define OPS_H

#include <stdint.h>

enum {
${codes.join('\n')}
};

enum { OP_FD = 1, OP_CHILD_ONLY = 2, OP_DIRTY = 4 };

/* One op: its number on the wire, the system call it is (or -1), and one character an argument. */
struct op_spec {
	uint16_t opcode;
	int16_t syscall;
	uint8_t flags;
	char signature[9];
};

/* By opcode, for a binary search. */
static const struct op_spec op_specs[] = {
${rows.join('\n')}
};

#endif
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('ops.h', import.meta.url), opsHeader());
}
