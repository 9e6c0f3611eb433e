/*
 * What the guest's shell runs as `docker` and `xray`: it connects the terminal, pipes and signals at hand to the command
 * line in the worker and ends with its code. The protocol is in docs/guest-protocol.md, "The docker stub". It is started
 * for every docker command, so it needs no allocator, no stdio and few pages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/* Tests have another. */
#ifndef ENGINE_SOCKET
#define ENGINE_SOCKET "/run/drydock/cli.sock"
#endif

enum {
	START = 1,
	STDIN,
	SIGNAL,
	RESIZE,
	STDOUT,
	STDERR,
	EXIT,
	RAW,
	READ,
};

enum {
	FRAME_HEADER = 5,
	/* At most this much is written at once to what is known to have room: a pipe takes it whole, so that nothing blocks. */
	WRITE_SIZE = PIPE_BUF,
	BUFFER_SIZE = 16 << 10,
};

static int engine;
static bool raw;
static struct termios cooked;

static uint8_t buffer[BUFFER_SIZE];
static uint32_t start, end; /* what of it is not yet handled */
static uint8_t type; /* of the frame being read */
static uint32_t left; /* of its payload */
static uint32_t wanted; /* bytes of stdin the engine asked for */

static void set_raw(bool on)
{
	if (on == raw || (on && tcgetattr(STDIN_FILENO, &cooked) < 0))
		return;
	struct termios mode = cooked;
	if (on)
		cfmakeraw(&mode);
	raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) == 0 && on;
}

static _Noreturn void finish(int code)
{
	set_raw(false);
	_exit(code);
}

static _Noreturn void fail(const char *message)
{
	set_raw(false);
	if (write(STDERR_FILENO, message, strlen(message)) < 0)
		_exit(2);
	_exit(1);
}

/* Nobody reads the output: end as every program in a pipeline does. */
static _Noreturn void broken_pipe(void)
{
	set_raw(false);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + SIGPIPE);
}

static void lost(void)
{
	fail("error during connect: the connection to the Docker daemon was closed\n");
}

static void send_all(const void *bytes, size_t size)
{
	for (const char *at = bytes; size > 0;) {
		ssize_t n = send(engine, at, size, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			lost();
		at += n;
		size -= n;
	}
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		*at++ = value >> 8 * i;
	return at;
}

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
	*at++ = value;
	*at++ = value >> 8;
	return at;
}

static void send_frame(uint8_t frame, const uint8_t *payload, uint32_t size)
{
	uint8_t small[FRAME_HEADER + 8];
	put_u32(small, size)[0] = frame;
	if (size <= sizeof small - FRAME_HEADER) {
		memcpy(small + FRAME_HEADER, payload, size);
		send_all(small, FRAME_HEADER + size);
		return;
	}
	send_all(small, FRAME_HEADER);
	send_all(payload, size);
}

/* Rows and columns of the first terminal among the standard descriptors, zeros when there is none. */
static uint8_t *put_window_size(uint8_t *at)
{
	struct winsize size = { 0 };
	for (int fd = 0; fd <= 2 && ioctl(fd, TIOCGWINSZ, &size) < 0; fd++)
		;
	return put_u16(put_u16(at, size.ws_row), size.ws_col);
}

static uint8_t *put_bytes(uint8_t *at, const char *text)
{
	size_t size = strlen(text);
	memcpy(put_u32(at, size), text, size);
	return at + 4 + size;
}

static size_t strings_size(char **strings)
{
	size_t size = 4;
	for (; *strings; strings++)
		size += 4 + strlen(*strings);
	return size;
}

static uint8_t *put_strings(uint8_t *at, char **strings)
{
	uint8_t *count = at;
	uint32_t n = 0;
	at += 4;
	for (; strings[n]; n++)
		at = put_bytes(at, strings[n]);
	put_u32(count, n);
	return at;
}

static void send_start(char **argv, char **environment)
{
	char directory[PATH_MAX];
	if (!getcwd(directory, sizeof directory))
		directory[0] = 0;
	size_t size = strings_size(argv) + strings_size(environment) + 4 + strlen(directory) + 1 + 4;
	uint8_t *frame = mmap(NULL, FRAME_HEADER + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (frame == MAP_FAILED)
		fail("docker: out of memory\n");
	put_u32(frame, size)[0] = START;
	uint8_t *at = put_bytes(put_strings(put_strings(frame + FRAME_HEADER, argv), environment), directory);
	*at++ = (isatty(0) ? 1 : 0) | (isatty(1) ? 2 : 0) | (isatty(2) ? 4 : 0);
	put_window_size(at);
	send_all(frame, FRAME_HEADER + size);
	munmap(frame, FRAME_HEADER + size);
}

/* Signals that a command forwards. The terminal's stop signals keep their meaning: they are for the stub itself. */
static int catch_signals(void)
{
	static const uint8_t forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };
	sigset_t set;
	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof forwarded; i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void forward_signal(int fd)
{
	struct signalfd_siginfo info;
	uint8_t payload[4];
	if (read(fd, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGWINCH) {
		put_window_size(payload);
		send_frame(RESIZE, payload, 4);
		return;
	}
	payload[0] = info.ssi_signo;
	send_frame(SIGNAL, payload, 1);
}

static void forward_input(void)
{
	static uint8_t input[BUFFER_SIZE];
	ssize_t n = read(STDIN_FILENO, input, wanted < sizeof input ? wanted : sizeof input);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* An error, as of a terminal that has hung up, is the end as well. */
	send_frame(STDIN, input, n > 0 ? n : 0);
	wanted = n > 0 ? wanted - n : 0;
}

static bool output_waits(void)
{
	return left > 0 && end > start && (type == STDOUT || type == STDERR);
}

static void write_output(void)
{
	uint32_t size = end - start < left ? end - start : left;
	ssize_t n = write(type == STDOUT ? STDOUT_FILENO : STDERR_FILENO, buffer + start, size < WRITE_SIZE ? size : WRITE_SIZE);
	if (n < 0 && errno == EPIPE)
		broken_pipe();
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* A full disk or a closed descriptor: what cannot be written is dropped, the command goes on. */
	n = n < 0 ? (ssize_t)size : n;
	start += n;
	left -= n;
}

/* A frame of the engine's that is not output, and is all there. */
static void handle(const uint8_t *payload, uint32_t size)
{
	if (type == EXIT && size == 1)
		finish(payload[0]);
	if (type == RAW && size == 1)
		set_raw(payload[0]);
	if (type == READ && size == 4)
		wanted += payload[0] | payload[1] << 8 | payload[2] << 16 | (uint32_t)payload[3] << 24;
}

/* Goes through the frames in the buffer up to output, which has to wait for room, or until more bytes are needed. */
static void take_frames(void)
{
	while (!output_waits()) {
		if (left == 0) {
			if (end - start < FRAME_HEADER)
				return;
			const uint8_t *at = buffer + start;
			left = at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
			type = at[4];
			start += FRAME_HEADER;
			if (left > 0)
				continue;
		}
		if (type == STDOUT || type == STDERR) {
			if (left > 0)
				return;
			continue;
		}
		if (end - start < left) {
			/* No such frame is longer than a few bytes. */
			if (left > 64)
				fail("error during connect: the Docker daemon sent something else than frames\n");
			return;
		}
		handle(buffer + start, left);
		start += left;
		left = 0;
	}
}

static void receive(void)
{
	memmove(buffer, buffer + start, end - start);
	end -= start;
	start = 0;
	ssize_t n = recv(engine, buffer + end, sizeof buffer - end, 0);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		lost();
	end += n;
	take_frames();
}

int main(int argc, char **argv, char **environment)
{
	(void)argc;
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = ENGINE_SOCKET };
	engine = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (engine < 0 || connect(engine, (struct sockaddr *)&address, sizeof address) < 0)
		fail("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n");
	int signals = catch_signals();
	send_start(argv, environment);

	for (;;) {
		bool output = output_waits();
		struct pollfd polled[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = output ? -1 : engine, .events = POLLIN },
			{ .fd = wanted > 0 ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = !output ? -1 : type == STDOUT ? STDOUT_FILENO : STDERR_FILENO, .events = POLLOUT },
		};
		if (poll(polled, 4, -1) < 0)
			continue;
		if (polled[0].revents)
			forward_signal(signals);
		if (polled[1].revents)
			receive();
		if (polled[2].revents)
			forward_input();
		if (polled[3].revents) {
			write_output();
			take_frames();
		}
	}
}
