/* Reading op programs. Everything here fails by returning false; nothing is trusted. */
#include <string.h>
#include "agent.h"
#include "ops.h"

static bool take(struct reader *reader, uint32_t size, uint8_t **bytes)
{
	if ((size_t)(reader->end - reader->at) < size)
		return false;
	*bytes = reader->at;
	reader->at += size;
	return true;
}

static bool take_u32(struct reader *reader, uint32_t *value)
{
	uint8_t *bytes;
	if (!take(reader, 4, &bytes))
		return false;
	*value = get_u32(bytes);
	return true;
}

static bool read_arg(struct reader *reader, struct arg *arg)
{
	uint8_t *bytes;
	uint32_t value;
	*arg = (struct arg){ 0 };
	if (!take(reader, 1, &bytes))
		return false;
	arg->kind = *bytes;
	switch (arg->kind) {
	case ARG_INT:
		if (!take_u32(reader, &value))
			return false;
		arg->value = (int32_t)value;
		return true;
	case ARG_REG:
		if (!take(reader, 1, &bytes) || *bytes >= REGISTERS)
			return false;
		arg->value = *bytes;
		return true;
	case ARG_BYTES:
	case ARG_PROGRAM:
		return take_u32(reader, &arg->size) && take(reader, arg->size, &arg->bytes);
	case ARG_OUT:
		return take_u32(reader, &arg->size) && arg->size <= MAX_PAYLOAD;
	case ARG_NULL:
		return true;
	case ARG_VECTOR:
		if (!take_u32(reader, &arg->size))
			return false;
		arg->bytes = reader->at;
		for (uint32_t i = 0; i < arg->size; i++)
			if (!take_u32(reader, &value) || value == 0 || !take(reader, value, &bytes) ||
			    memchr(bytes, 0, value) != bytes + value - 1)
				return false;
		return true;
	default:
		return false;
	}
}

bool read_op(struct reader *reader, struct op *op)
{
	uint8_t *head;
	if (!take(reader, 6, &head))
		return false;
	op->code = head[0] | head[1] << 8;
	op->flags = head[2];
	op->argc = head[3];
	op->dst = (int16_t)(head[4] | head[5] << 8);
	if (op->argc > MAX_ARGS || op->dst < -1 || op->dst >= REGISTERS)
		return false;
	for (int i = 0; i < op->argc; i++)
		if (!read_arg(reader, &op->args[i]))
			return false;
	return true;
}

/* Whether the program is well formed, the most bytes its results can take, and how many ops it has. */
bool program_measure(uint8_t *bytes, uint32_t size, uint32_t depth, uint64_t *results, uint32_t *ops)
{
	struct reader reader = { bytes, bytes + size };
	if (depth > MAX_DEPTH || !take_u32(&reader, ops))
		return false;
	*results += RESULTS_HEADER;
	for (uint32_t i = 0; i < *ops; i++) {
		struct op op;
		if (!read_op(&reader, &op))
			return false;
		*results += RECORD_HEADER;
		for (int a = 0; a < op.argc; a++) {
			struct arg *arg = &op.args[a];
			uint32_t nested;
			if (arg->kind == ARG_OUT || (op.code == OP_IOCTL_IN_OUT && arg->kind == ARG_BYTES))
				*results += arg->size;
			if (arg->kind == ARG_PROGRAM && !program_measure(arg->bytes, arg->size, depth + 1, results, &nested))
				return false;
		}
	}
	return reader.at == reader.end;
}

/* The number of ops, with which a program starts. */
uint32_t read_count(struct reader *reader)
{
	uint32_t count = 0;
	take_u32(reader, &count);
	return count;
}
