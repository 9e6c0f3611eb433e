/* Start-up and the main loop: one thread, epoll, edges. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "agent.h"

enum {
	EVENTS = 32,
	/* Milliseconds after which a port that refused bytes, or a listener without descriptors, is tried again. */
	BLOCKED_RETRY = 10,
	STARVED_RETRY = 100,
};

int epoll_fd;
static struct source *dead;
static bool starved;
static int log_fd = STDERR_FILENO;

void say_to_log(const char *format, ...)
{
	char line[256];
	int used = snprintf(line, sizeof line, "agent: ");
	va_list arguments;
	va_start(arguments, format);
	used += vsnprintf(line + used, sizeof line - used - 1, format, arguments);
	va_end(arguments);
	if (used > (int)sizeof line - 2)
		used = sizeof line - 2;
	line[used++] = '\n';
	if (write(log_fd, line, used) < 0)
		return;
}

/* Moves a descriptor of the agent's own (or -1) to where those are. It stays where it is when that cannot be. */
int keep_high(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, OWN_FDS);
	if (high < 0)
		return fd;
	close(fd);
	return high;
}

int source_add(struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0 ? -errno : 0;
}

/*
 * Closes the descriptor. It is taken out of the epoll set first: a child between clone and execve still holds the same
 * open file, which would keep the registration alive.
 */
void source_close(struct source *source)
{
	if (source->fd < 0)
		return;
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	close(source->fd);
	source->fd = -1;
}

/* Frees the source's memory once no event at hand can point to it. It is the first member of what was allocated. */
void bury(struct source *source)
{
	source->ready = NULL;
	source->next_dead = dead;
	dead = source;
}

/* Descriptors or memory ran out: listeners are tried again in a while. */
void retry_later(void)
{
	starved = true;
}

static void on_signal(int number)
{
	(void)number;
}

/* Handled rather than ignored, because execve resets handlers but hands on what is ignored. */
static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}

static void allow_many_fds(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void loop(void)
{
	for (;;) {
		port_pump();
		int timeout = port_busy() ? 0 : port_blocked() ? BLOCKED_RETRY : starved ? STARVED_RETRY : -1;
		struct epoll_event events[EVENTS];
		int count = epoll_wait(epoll_fd, events, EVENTS, timeout);
		for (int i = 0; i < count; i++) {
			struct source *source = events[i].data.ptr;
			if (source->ready)
				source->ready(source, events[i].events);
		}
		while (dead) {
			struct source *next = dead->next_dead;
			free(dead);
			dead = next;
		}
		if (count == 0 && starved) {
			starved = false;
			listeners_retry();
		}
	}
}

int main(int argc, char **argv)
{
	bool as_init = getpid() == 1;
	int fd = -1;
	if (argc == 3 && strcmp(argv[1], "--channel") == 0) {
		fd = atoi(argv[2]);
		as_init = false;
	}
	if (!as_init && fd < 0) {
		fprintf(stderr, "usage: agent (as PID 1), or agent --channel FD\n");
		return 2;
	}
	handle_signals();
	allow_many_fds();
	umask(0);
	if (as_init) {
		fd = boot();
		int kmsg = keep_high(open("/dev/kmsg", O_WRONLY | O_CLOEXEC));
		if (kmsg >= 0)
			log_fd = kmsg;
	}
	int port = keep_high(fd);
	epoll_fd = keep_high(epoll_create1(EPOLL_CLOEXEC));
	if (port < 0 || epoll_fd < 0) {
		say_to_log("cannot start: %s", strerror(errno));
		return 1;
	}
	fcntl(port, F_SETFL, fcntl(port, F_GETFL) | O_NONBLOCK);
	program_init();
	children_init();
	port_init(port, !as_init);
	loop();
}
