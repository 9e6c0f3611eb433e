/* Ops that are system calls: arguments become what the kernel expects, and no integer ever becomes a pointer. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "agent.h"

enum { MAX_CALL_ARGS = 6, MAX_OUTPUTS = 2 };

struct output {
	char kind;
	uint8_t *at;
	uint32_t size;
	uint32_t length; /* what the kernel makes of it (socklen_t) */
};

/* A string parameter ends in NUL and holds no other. */
static bool is_string(const struct arg *arg)
{
	return arg->kind == ARG_BYTES && arg->size > 0 && memchr(arg->bytes, 0, arg->size) == arg->bytes + arg->size - 1;
}

static bool arg_matches(const struct arg *arg, char kind)
{
	switch (kind) {
	case 'i':
		return arg->kind == ARG_INT;
	case 's':
		return is_string(arg);
	case 'S':
		return arg->kind == ARG_NULL || is_string(arg);
	case 'b':
	case 'x':
		return arg->kind == ARG_BYTES;
	case 'B':
		return arg->kind == ARG_NULL || arg->kind == ARG_BYTES;
	case 'o':
		return arg->kind == ARG_OUT;
	case 'O':
		return arg->kind == ARG_NULL || arg->kind == ARG_OUT;
	case 'v':
		return arg->kind == ARG_VECTOR;
	case 'P':
		return arg->kind == ARG_PROGRAM;
	default:
		return false;
	}
}

/* Whether the arguments are of the kinds the signature says, one by one; n and l are not among them. */
bool args_match(const struct op *op, const char *signature)
{
	int arg = 0;
	for (; *signature; signature++) {
		if (*signature == 'n' || *signature == 'l')
			continue;
		if (arg == op->argc || !arg_matches(&op->args[arg++], *signature))
			return false;
	}
	return arg == op->argc;
}

/* A NULL-terminated array of the vector's strings, to be freed; NULL when there is no memory. */
static char **make_vector(const struct arg *arg)
{
	char **vector = calloc((size_t)arg->size + 1, sizeof *vector);
	uint8_t *at = arg->bytes;
	for (uint32_t i = 0; vector && i < arg->size; i++) {
		uint32_t size = get_u32(at);
		vector[i] = (char *)at + 4;
		at += 4 + size;
	}
	return vector;
}

/* Moves the outputs together and says how many bytes of each the caller gets. */
static uint32_t collect(struct output *outputs, int count, int32_t result, uint8_t *target)
{
	uint32_t used = 0;
	for (int i = 0; i < count && result >= 0; i++) {
		struct output *output = &outputs[i];
		uint32_t size = output->kind == 'o' ? (uint32_t)result : output->length;
		if (size > output->size)
			size = output->size;
		memmove(target + used, output->at, size);
		used += size;
	}
	return used;
}

/* Makes the call. The op's arguments match the signature. */
int32_t system_call(struct program *program, const struct op *op, long number, const char *signature, uint8_t *output,
		    uint32_t *output_size)
{
	long values[MAX_CALL_ARGS] = { 0 };
	struct output outputs[MAX_OUTPUTS];
	char **vectors[2] = { NULL, NULL };
	int output_count = 0, vector_count = 0, arg_index = 0;
	uint8_t *free_space = output;
	const struct arg *arg = NULL;
	int32_t result = -ENOMEM;

	for (int i = 0; signature[i]; i++) {
		if (signature[i] == 'n') {
			values[i] = arg->kind == ARG_NULL ? 0 : arg->size;
			continue;
		}
		if (signature[i] == 'l') {
			values[i] = arg->kind == ARG_NULL ? 0 : (long)&outputs[output_count - 1].length;
			continue;
		}
		arg = &op->args[arg_index++];
		switch (arg->kind) {
		case ARG_INT:
			values[i] = arg->value;
			break;
		case ARG_BYTES:
			values[i] = (long)arg->bytes;
			if (signature[i] != 'x')
				break;
			memcpy(free_space, arg->bytes, arg->size);
			/* fall through */
		case ARG_OUT:
			if (arg->kind == ARG_OUT && signature[i] == 'O')
				memset(free_space, 0, arg->size);
			outputs[output_count++] = (struct output){ signature[i], free_space, arg->size, arg->size };
			values[i] = (long)free_space;
			free_space += arg->size + SLACK;
			break;
		case ARG_VECTOR:
			vectors[vector_count] = make_vector(arg);
			if (!vectors[vector_count])
				goto out;
			values[i] = (long)vectors[vector_count++];
			break;
		}
	}
	/* Descriptors of streams and of the agent itself are not a program's to close, nor to replace. */
	if (number == SYS_close && !program->in_child && !take_fd(program, (int)values[0])) {
		result = -EBADF;
		goto out;
	}
	if (number == SYS_dup3 && !program->in_child && !take_fd(program, (int)values[1]) &&
	    fcntl((int)values[1], F_GETFD) >= 0) {
		result = -EBUSY;
		goto out;
	}
	bool replaces = number == SYS_execve || number == SYS_execveat;
	if (replaces) {
		watchdog(false);
		about_to_exec(program);
		program->report->state = CHILD_EXECS;
	}
	result = syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
	if (result == -1)
		result = -errno;
	if (replaces) {
		program->report->state = CHILD_RUNS;
		watchdog(true);
	}
	*output_size = collect(outputs, output_count, result, output);
out:
	free(vectors[0]);
	free(vectors[1]);
	return result;
}
