/* Ops that are more than one system call, or hand something to the agent. Their arguments match their signatures. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "agent.h"
#include "ops.h"

static int32_t two_fds(struct program *program, const struct op *op, int result, const int fds[2])
{
	if (result < 0)
		return -errno;
	own_fd(program, fds[0]);
	own_fd(program, fds[1]);
	program->registers[op->dst] = fds[0];
	program->registers[op->dst + 1] = fds[1];
	return fds[0];
}

static int32_t set_filter(const struct arg *filter, int flags)
{
	if (filter->size % sizeof(struct sock_filter) || filter->size / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return -EINVAL;
	struct sock_fprog program = {
		.len = filter->size / sizeof(struct sock_filter),
		.filter = (struct sock_filter *)(void *)filter->bytes,
	};
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0 ? -errno : 0;
}

/* Both take a union with pointers in it, which no op program can write. What is not used of it must be zero. */
static int32_t bpf_load(struct program *program, int type, const struct arg *instructions)
{
	if (instructions->size % sizeof(struct bpf_insn))
		return -EINVAL;
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.prog_type = (uint32_t)type;
	attr.insn_cnt = instructions->size / sizeof(struct bpf_insn);
	attr.insns = (uintptr_t)instructions->bytes;
	attr.license = (uintptr_t)"";
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
	if (fd < 0)
		return -errno;
	own_fd(program, fd);
	return fd;
}

static int32_t bpf_attach(int target, int program, int type, int flags)
{
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t)target;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = (uint32_t)type;
	attr.attach_flags = (uint32_t)flags;
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr) < 0 ? -errno : 0;
}

/* Gives a descriptor of the program to the agent, or lets the program keep it when `result` says that this failed. */
static int32_t handed_over(struct program *program, int fd, int32_t result)
{
	if (result < 0)
		own_fd(program, fd);
	else
		program->opens = true;
	return result;
}

static int32_t in_agent(struct program *program, const struct op *op, uint8_t *output, uint32_t *output_size)
{
	const struct arg *args = op->args;
	int fd = args[0].value;
	int32_t result;

	switch (op->code) {
	case OP_STREAM:
		if (!take_fd(program, fd))
			return -EBADF;
		return handed_over(program, fd,
				   stream_open(program, fd, (uint32_t)args[1].value, args[2].value, (uint32_t)args[3].value));
	case OP_LISTENER:
		if (!take_fd(program, fd))
			return -EBADF;
		return handed_over(program, fd, listener_open(program, fd, (uint32_t)args[1].value, (uint32_t)args[2].value));
	case OP_WATCH:
		if (!take_fd(program, fd))
			return -EBADF;
		return handed_over(program, fd, watch_open(program, fd, (uint32_t)args[1].value, (uint32_t)args[2].value));
	case OP_UNLISTEN:
		return listener_close((uint32_t)args[0].value);
	case OP_REWATCH:
		result = watch_again((uint32_t)args[0].value, output, args[1].size);
		*output_size = result > 0 ? (uint32_t)result : 0;
		return result;
	case OP_UNWATCH:
		return watch_close((uint32_t)args[0].value);
	default:
		return stream_fd((uint32_t)args[0].value);
	}
}

int32_t special_op(struct program *program, const struct op *op, uint8_t *output, uint32_t *output_size)
{
	const struct arg *args = op->args;
	int32_t result;
	int fds[2];

	switch (op->code) {
	case OP_PIPE:
		if (op->dst < 0 || op->dst + 1 >= REGISTERS)
			return -EINVAL;
		return two_fds(program, op, pipe2(fds, args[0].value), fds);
	case OP_SOCKETPAIR:
		if (op->dst < 0 || op->dst + 1 >= REGISTERS)
			return -EINVAL;
		return two_fds(program, op, socketpair(args[0].value, args[1].value, 0, fds), fds);
	case OP_READ_FILE:
		result = read_file((char *)args[0].bytes, output, args[1].size);
		*output_size = result > 0 ? (uint32_t)result : 0;
		return result;
	case OP_WRITE_FILE:
		return write_file((char *)args[0].bytes, args[1].bytes, args[1].size, args[2].value, args[3].value);
	case OP_MKDIR_ALL:
		return make_all((char *)args[0].bytes, args[1].value);
	case OP_REMOVE_ALL:
		return remove_all((char *)args[0].bytes);
	case OP_NETLINK:
		return netlink_exchange(args[0].value, args[1].bytes, args[1].size, output, args[2].size, output_size);
	case OP_SEND_FD:
		return send_fd(args[0].value, args[1].value);
	case OP_RECEIVE_FD:
		result = receive_fd(args[0].value);
		if (result >= 0)
			own_fd(program, result);
		return result;
	case OP_SECCOMP:
		return set_filter(&args[0], args[1].value);
	case OP_BPF_PROG_LOAD:
		return bpf_load(program, args[0].value, &args[1]);
	case OP_BPF_PROG_ATTACH:
		return bpf_attach(args[0].value, args[1].value, args[2].value, args[3].value);
	case OP_CLONE:
		return child_start(program, op, output, output_size);
	case OP_EXIT:
		return args[0].value;
	default:
		return program->in_child ? -EPERM : in_agent(program, op, output, output_size);
	}
}
