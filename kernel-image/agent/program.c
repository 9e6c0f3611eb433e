/* Running op programs: one op after the other, and the record of how each went. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"
#include "ops.h"

enum { FLAG_CONTINUE = 1, FLAG_ALWAYS = 2 };
/* A system call that blocks the agent longer than this comes back with EINTR. */
enum { WATCHDOG_SECONDS = 5 };

/* The namespaces the agent was started in, to come back to after a program that left them. */
static struct {
	int flag;
	const char *path;
	int fd;
} own_namespaces[] = {
	/* The mount namespace comes last: leaving it may hide nothing that the others need. */
	{ CLONE_NEWNET, "/proc/self/ns/net", -1 },
	{ CLONE_NEWUTS, "/proc/self/ns/uts", -1 },
	{ CLONE_NEWIPC, "/proc/self/ns/ipc", -1 },
	{ CLONE_NEWPID, "/proc/self/ns/pid", -1 },
	{ CLONE_NEWCGROUP, "/proc/self/ns/cgroup", -1 },
	{ CLONE_NEWTIME, "/proc/self/ns/time", -1 },
	{ CLONE_NEWNS, "/proc/self/ns/mnt", -1 },
};

enum { NAMESPACES = sizeof own_namespaces / sizeof *own_namespaces };

void program_init(void)
{
	for (int i = 0; i < NAMESPACES; i++)
		own_namespaces[i].fd = keep_high(open(own_namespaces[i].path, O_RDONLY | O_CLOEXEC));
}

/* What a program changed of the agent itself does not outlast it, nor leak into others while it waits for a child. */
static void put_right(struct program *program)
{
	for (int i = 0; i < NAMESPACES; i++)
		if (program->left & own_namespaces[i].flag && setns(own_namespaces[i].fd, own_namespaces[i].flag) < 0)
			say_to_log("cannot leave a namespace: %s", strerror(errno));
	if (program->left & (LEFT_DIRECTORY | CLONE_NEWNS) && chdir("/") < 0)
		say_to_log("cannot go back to /: %s", strerror(errno));
	if (program->left & LEFT_UMASK)
		umask(0);
	program->left = 0;
}

static uint64_t microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void watchdog(bool on)
{
	struct timeval period = { .tv_sec = on ? WATCHDOG_SECONDS : 0 };
	struct itimerval timer = { period, period };
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void results_update(struct program *program)
{
	put_u32(program->results, program->failed);
	put_u32(program->results + 4, program->results_count);
}

/* Where the op under way puts its output. */
uint8_t *program_output(struct program *program)
{
	return program->results + program->results_size + RECORD_HEADER;
}

static void record(struct program *program, int32_t result, uint32_t output_size)
{
	uint8_t *at = program->results + program->results_size;
	uint32_t now = (uint32_t)(microseconds() - program->started);
	put_u32(at, program->index);
	put_u32(at + 4, (uint32_t)result);
	put_u32(at + 8, program->op_start);
	put_u32(at + 12, now - program->op_start);
	put_u32(at + 16, output_size);
	program->op_start = now;
}

/*
 * In the agent itself a program may move about, but what it leaves is noted, to be put right; a child may do as it likes.
 * The agent must know which namespace a descriptor stands for, and cannot come back from another user namespace.
 */
static int32_t note_what_is_left(struct program *program, const struct op *op)
{
	const uint32_t namespaces = CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWCGROUP | CLONE_NEWTIME | CLONE_NEWNS;
	uint32_t flags = 0;
	switch (op->code) {
	case SYS_umask:
		program->left |= LEFT_UMASK;
		return 0;
	case SYS_unshare:
		flags = (uint32_t)op->args[0].value;
		break;
	case SYS_setns:
		flags = (uint32_t)op->args[1].value;
		if (flags == 0)
			return -EINVAL;
		break;
	default:
		program->left |= LEFT_DIRECTORY;
		return 0;
	}
	if (flags & CLONE_NEWUSER)
		return -EPERM;
	if (flags & ~namespaces)
		return -EINVAL;
	program->left |= flags;
	return 0;
}

static int by_opcode(const void *code, const void *spec)
{
	return *(const uint16_t *)code - ((const struct op_spec *)spec)->opcode;
}

static int32_t perform(struct program *program, struct op *op, uint8_t *output, uint32_t *output_size)
{
	const struct op_spec *spec =
		bsearch(&op->code, op_specs, sizeof op_specs / sizeof *op_specs, sizeof *op_specs, by_opcode);
	if (!spec)
		return -ENOSYS;
	for (int i = 0; i < op->argc; i++)
		if (op->args[i].kind == ARG_REG)
			op->args[i] = (struct arg){ .kind = ARG_INT, .value = program->registers[op->args[i].value] };
	if (!args_match(op, spec->signature))
		return -EINVAL;
	if (!program->in_child) {
		if (spec->flags & OP_CHILD_ONLY)
			return -EPERM;
		int32_t error = spec->flags & OP_DIRTY ? note_what_is_left(program, op) : 0;
		if (error < 0)
			return error;
	}
	if (spec->syscall < 0)
		return special_op(program, op, output, output_size);
	int32_t result = system_call(program, op, spec->syscall, spec->signature, output, output_size);
	if (spec->flags & OP_FD && result >= 0)
		own_fd(program, result);
	return result;
}

/* Records the op under way and steps to the next. */
void program_op_done(struct program *program, int32_t result, uint32_t output_size)
{
	struct op *op = &program->op;
	record(program, result, output_size);
	program->results_size += RECORD_HEADER + output_size;
	program->results_count++;
	if (result < 0 && !(op->flags & (FLAG_CONTINUE | FLAG_ALWAYS)) && program->failed == NOT_FAILED) {
		program->failed = program->index;
		program->error = result;
	}
	if (op->dst >= 0 && op->code != OP_PIPE && op->code != OP_SOCKETPAIR)
		program->registers[op->dst] = result;
	results_update(program);
	program->index++;
}

/*
 * Leaves the results as they must be if execve succeeds, since nobody can write them afterwards; the parent fills in how
 * long it took. If execve comes back, the record is written over.
 */
void about_to_exec(struct program *program)
{
	uint32_t start = program->op_start;
	record(program, 0, 0);
	program->op_start = start;
	put_u32(program->results + 4, program->results_count + 1);
}

static void say_results(struct pending *pending)
{
	struct program *program = (struct program *)pending;
	port_frame(FRAME_RESULT, program->request, program->results, program->results_size);
	children_release(program);
	if (program->opens) {
		streams_release(program, program->failed == NOT_FAILED);
		watches_release(program, program->failed == NOT_FAILED);
	}
	free(program->results);
	free(program->fds);
	free(program->bytes);
	free(program);
}

static void finish(struct program *program)
{
	for (uint32_t i = 0; i < program->fd_count; i++)
		close(program->fds[i]);
	program->fd_count = 0;
	if (!program->in_child)
		pending_queue(&program->pending);
}

/* Runs ops until the end, or until one has to wait for a child; child_done goes on then. */
void program_run(struct program *program)
{
	watchdog(true);
	program->op_start = (uint32_t)(microseconds() - program->started);
	while (program->index < program->count) {
		struct op *op = &program->op;
		read_op(&program->reader, op);
		if (program->failed != NOT_FAILED && !(op->flags & FLAG_ALWAYS)) {
			program->index++;
			continue;
		}
		uint32_t output_size = 0;
		int32_t result = perform(program, op, program_output(program), &output_size);
		if (result == RESULT_LATER)
			break;
		program_op_done(program, result, output_size);
		if (op->code == OP_EXIT && program->in_child)
			break;
	}
	watchdog(false);
	if (program->in_child)
		return;
	put_right(program);
	if (!program->waits_for)
		finish(program);
}

/* Points a zeroed program with its results buffer at a measured list of ops. */
void program_start(struct program *program, uint8_t *bytes, uint32_t size)
{
	program->reader = (struct reader){ bytes, bytes + size };
	program->count = read_count(&program->reader);
	program->failed = NOT_FAILED;
	program->results_size = RESULTS_HEADER;
	program->started = microseconds();
	results_update(program);
}

/* Answers a program that cannot run with one record. */
static void refuse(uint32_t request, int32_t error)
{
	uint8_t *at = port_reserve();
	memset(at, 0, RESULTS_HEADER + RECORD_HEADER);
	at[4] = 1;
	put_u32(at + RESULTS_HEADER + 4, (uint32_t)error);
	port_commit(FRAME_RESULT, request, RESULTS_HEADER + RECORD_HEADER);
}

void program_receive(uint32_t request, const uint8_t *bytes, uint32_t size)
{
	uint64_t results = 0;
	uint32_t ops = 0;
	/* Room behind the bytes, because the kernel takes the size of some structures for granted. */
	uint8_t *copy = malloc(size + SLACK);
	if (!copy) {
		refuse(request, -ENOMEM);
		return;
	}
	memcpy(copy, bytes, size);
	memset(copy + size, 0, SLACK);
	if (!program_measure(copy, size, 0, &results, &ops)) {
		refuse(request, -EBADMSG);
		free(copy);
		return;
	}
	if (results > MAX_PAYLOAD) {
		refuse(request, -EMSGSIZE);
		free(copy);
		return;
	}
	struct program *program = calloc(1, sizeof *program);
	uint8_t *buffer = malloc(results + RECORD_HEADER + MAX_ARGS * SLACK);
	int *fds = calloc(ops ? 2 * (size_t)ops : 1, sizeof *fds);
	if (!program || !buffer || !fds) {
		refuse(request, -ENOMEM);
		free(program);
		free(buffer);
		free(fds);
		free(copy);
		return;
	}
	program->pending.say = say_results;
	program->request = request;
	program->bytes = copy;
	program->results = buffer;
	program->fds = fds;
	memset(program->registers, 0xff, sizeof program->registers);
	program_start(program, copy, size);
	program_run(program);
}

/* Descriptors. */

void own_fd(struct program *program, int fd)
{
	if (!program->in_child)
		program->fds[program->fd_count++] = fd;
}

/* Takes a descriptor from those closed in the end. Only a program's own may be handed on or closed. */
bool take_fd(struct program *program, int fd)
{
	for (uint32_t i = 0; i < program->fd_count; i++) {
		if (program->fds[i] != fd)
			continue;
		program->fds[i] = program->fds[--program->fd_count];
		return true;
	}
	return false;
}
