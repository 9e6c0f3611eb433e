/* The op clone: children that run a program of their own, how they report, and how they are reaped. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"

/*
 * A child from clone to its EXIT. The pipe has its write end in the child only, closed by execve or the child's end, so
 * that its end of file says that the child got somewhere; the report says where.
 */
struct child {
	struct source pipe;
	struct pending pending; /* its EXIT */
	struct child *next;
	struct program *program; /* the one that started it, until its RESULT is out */
	struct report *report;
	uint32_t report_size;
	uint32_t results_limit;
	uint64_t started;
	pid_t pid;
	bool reaped;
	bool silent; /* no EXIT: it never became a process of its own */
	int status;
};

static struct child *children;
static int own_pid_namespace = -1;

static uint32_t elapsed(const struct child *child)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - child->started);
}

static void child_free(struct child *child)
{
	for (struct child **link = &children; *link; link = &(*link)->next) {
		if (*link != child)
			continue;
		*link = child->next;
		break;
	}
	pending_remove(&child->pending);
	source_close(&child->pipe);
	if (child->report)
		munmap(child->report, child->report_size);
	bury(&child->pipe);
}

static void say_exit(struct pending *pending)
{
	struct child *child = (struct child *)((char *)pending - offsetof(struct child, pending));
	uint8_t status[4];
	put_u32(status, (uint32_t)child->status);
	port_frame(FRAME_EXIT, (uint32_t)child->pid, status, sizeof status);
	child_free(child);
}

static void say_exit_if_due(struct child *child)
{
	if (!child->reaped || child->program)
		return;
	if (child->silent)
		child_free(child);
	else
		pending_queue(&child->pending);
}

/* The RESULT of the program is out: its children may be heard of. */
void children_release(struct program *program)
{
	for (struct child *child = children, *next; child; child = next) {
		next = child->next;
		if (child->program != program)
			continue;
		child->program = NULL;
		say_exit_if_due(child);
	}
}

/* Copies what the child recorded, trusting none of it to be in bounds, and returns its size. */
static uint32_t copy_results(const struct child *child, uint8_t *output)
{
	const uint8_t *results = child->report->results;
	uint32_t count = get_u32(results + 4), size = RESULTS_HEADER, last = 0, copied = 0;
	for (; copied < count && child->results_limit - size >= RECORD_HEADER; copied++) {
		uint32_t output_size = get_u32(results + size + 16);
		if (output_size > child->results_limit - size - RECORD_HEADER)
			break;
		last = size;
		size += RECORD_HEADER + output_size;
	}
	memcpy(output, results, size);
	put_u32(output + 4, copied);
	if (child->report->state == CHILD_EXECS && last)
		put_u32(output + last + 12, elapsed(child) - get_u32(output + last + 8));
	return size;
}

/* The result of the clone op, with the child's results as output. The child has called execve or is gone. */
static int32_t outcome(struct child *child, uint8_t *output, uint32_t *output_size)
{
	*output_size = copy_results(child, output);
	switch (child->report->state) {
	case CHILD_EXECS:
		return child->pid;
	case CHILD_ENDS:
		return child->pid;
	case CHILD_FAILED:
		return child->report->error < 0 ? child->report->error : -EIO;
	default:
		/* Killed before it got anywhere, for want of memory say. */
		return -ECHILD;
	}
}

/* The program that waits for the child goes on once the child has called execve, or else has ended. */
static void go_on(struct child *child)
{
	struct program *program = child->program;
	if (!program || program->waits_for != child || child->pipe.fd >= 0)
		return;
	child->silent = child->report->state != CHILD_EXECS;
	if (child->silent && !child->reaped)
		return;
	uint32_t output_size;
	int32_t result = outcome(child, program_output(program), &output_size);
	munmap(child->report, child->report_size);
	child->report = NULL;
	program->waits_for = NULL;
	program_op_done(program, result, output_size);
	program_run(program);
}

static void pipe_ready(struct source *source, uint32_t events)
{
	(void)events;
	source_close(source);
	go_on((struct child *)source);
}

static void reap(struct source *source, uint32_t events)
{
	struct signalfd_siginfo ignored[8];
	(void)events;
	while (read(source->fd, ignored, sizeof ignored) > 0)
		;
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		struct child *child = children;
		while (child && (child->pid != pid || child->reaped))
			child = child->next;
		/* Others are orphans of containers, which only need reaping. */
		if (!child)
			continue;
		child->reaped = true;
		child->status = status;
		if (child->program)
			go_on(child);
		else
			say_exit_if_due(child);
	}
}

static struct source signals = { .ready = reap };

void children_init(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signals.fd = keep_high(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	source_add(&signals, EPOLLIN);
	own_pid_namespace = keep_high(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
}

/* The child's side, up to execve or its end. Everything it needs was allocated before. */
static void run_child(struct program *parent, struct report *report, struct arg *nested, int write_end)
{
	/* Out of the way of the numbers that the program hands on; execve closes it like everything else. */
	keep_high(write_end);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	struct program program = { .in_child = true, .report = report, .results = report->results };
	memcpy(program.registers, parent->registers, sizeof program.registers);
	program_start(&program, nested->bytes, nested->size);
	program_run(&program);
	if (program.failed != NOT_FAILED)
		report->error = program.error;
	report->state = program.failed == NOT_FAILED ? CHILD_ENDS : CHILD_FAILED;
	_exit(0);
}

static const uint64_t allowed_flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
				      CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME;

static pid_t clone_into(uint32_t flags, int cgroup, int pid_namespace)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	if (pid_namespace >= 0 && setns(pid_namespace, CLONE_NEWPID) < 0)
		return -errno;
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	int error = errno;
	if (pid != 0 && pid_namespace >= 0 && setns(own_pid_namespace, CLONE_NEWPID) < 0)
		say_to_log("cannot return to the own pid namespace: %d", errno);
	return pid < 0 ? -error : pid;
}

/* In a child, which has nothing else to do, the op waits for the grandchild. */
static int32_t await_grandchild(struct child *child, uint8_t *output, uint32_t *output_size)
{
	char byte;
	while (read(child->pipe.fd, &byte, 1) < 0 && errno == EINTR)
		;
	close(child->pipe.fd);
	while (child->report->state != CHILD_EXECS && waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	int32_t result = outcome(child, output, output_size);
	munmap(child->report, child->report_size);
	free(child);
	return result;
}

int32_t child_start(struct program *program, const struct op *op, uint8_t *output, uint32_t *output_size)
{
	uint32_t flags = (uint32_t)op->args[0].value, ops = 0;
	struct arg nested = op->args[3];
	if (flags & ~allowed_flags)
		return -EINVAL;
	uint64_t limit = 0;
	program_measure(nested.bytes, nested.size, 0, &limit, &ops);

	struct child *child = calloc(1, sizeof *child);
	if (!child)
		return -ENOMEM;
	child->report_size = sizeof *child->report + (uint32_t)limit + RECORD_HEADER + MAX_ARGS * SLACK;
	child->report = mmap(NULL, child->report_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ends[2];
	if (child->report == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0) {
		int32_t error = -errno;
		if (child->report != MAP_FAILED)
			munmap(child->report, child->report_size);
		free(child);
		return error;
	}
	/* Valid even if the child is killed at once. */
	put_u32(child->report->results, NOT_FAILED);
	child->results_limit = (uint32_t)limit;
	child->started = 0;
	child->started = elapsed(child);

	pid_t pid = clone_into(flags, op->args[1].value, op->args[2].value);
	if (pid == 0)
		run_child(program, child->report, &nested, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		munmap(child->report, child->report_size);
		free(child);
		return pid;
	}
	child->pid = pid;
	child->pipe = (struct source){ .ready = pipe_ready, .fd = ends[0] };
	if (program->in_child)
		return await_grandchild(child, output, output_size);
	child->pending.say = say_exit;
	child->program = program;
	child->next = children;
	children = child;
	program->waits_for = child;
	int32_t error = source_add(&child->pipe, EPOLLIN);
	if (error) {
		/* Nothing would tell when it has got somewhere. */
		kill(pid, SIGKILL);
		program->waits_for = NULL;
		child->program = NULL;
		child->silent = true;
		return error;
	}
	return RESULT_LATER;
}
