/* Listeners, whose connections become streams, and watches, which tell of events on a descriptor. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "agent.h"

/* One of either kind. `opener` is set until the RESULT of the program that opened it is out. */
struct watch {
	struct source source;
	struct pending pending;
	struct watch *next;
	struct program *opener;
	uint32_t id;
	uint32_t credit; /* of a listener's streams */
	uint32_t events; /* a watch waits for */
	uint32_t happened;
};

static struct watch *listeners, *watches;

static struct watch *of_pending(struct pending *pending)
{
	return (struct watch *)((char *)pending - offsetof(struct watch, pending));
}

static struct watch **find(struct watch **list, uint32_t id)
{
	while (*list && (*list)->id != id)
		list = &(*list)->next;
	return list;
}

static void destroy(struct watch **link)
{
	struct watch *watch = *link;
	*link = watch->next;
	pending_remove(&watch->pending);
	source_close(&watch->source);
	bury(&watch->source);
}

static int32_t close_in(struct watch **list, uint32_t id)
{
	struct watch **link = find(list, id);
	if (!*link)
		return -ENOENT;
	destroy(link);
	return 0;
}

static int32_t open_in(struct watch **list, struct watch with, uint32_t epoll_events)
{
	if (*find(list, with.id))
		return -EEXIST;
	struct watch *watch = malloc(sizeof *watch);
	if (!watch)
		return -ENOMEM;
	*watch = with;
	int32_t error = source_add(&watch->source, epoll_events);
	if (error) {
		free(watch);
		return error;
	}
	watch->next = *list;
	*list = watch;
	return 0;
}

static void release_in(struct watch **list, struct program *program, bool keep)
{
	for (struct watch **link = list; *link;) {
		struct watch *watch = *link;
		if (watch->opener == program) {
			watch->opener = NULL;
			if (!keep) {
				destroy(link);
				continue;
			}
			if (list == &listeners || watch->happened)
				pending_queue(&watch->pending);
		}
		link = &watch->next;
	}
}

/* The program is over: what it opened comes to life, or is taken back when it failed. */
void watches_release(struct program *program, bool keep)
{
	release_in(&listeners, program, keep);
	release_in(&watches, program, keep);
}

/* Accepts one connection a turn. */
static void accept_one(struct pending *pending)
{
	struct watch *listener = of_pending(pending);
	if (listener->opener)
		return;
	int fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == EINTR || errno == ECONNABORTED)
			pending_queue(pending);
		else if (errno != EAGAIN && errno != EWOULDBLOCK)
			retry_later();
		return;
	}
	if (stream_accept(fd, listener->id, listener->credit) < 0)
		close(fd);
	pending_queue(pending);
}

static void listener_ready(struct source *source, uint32_t events)
{
	(void)events;
	pending_queue(&((struct watch *)source)->pending);
}

void listeners_retry(void)
{
	for (struct watch *listener = listeners; listener; listener = listener->next)
		pending_queue(&listener->pending);
}

int32_t listener_open(struct program *program, int fd, uint32_t id, uint32_t credit)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	struct watch listener = {
		.source = { .ready = listener_ready, .fd = fd },
		.pending = { .say = accept_one },
		.opener = program,
		.id = id,
		.credit = credit,
	};
	return open_in(&listeners, listener, EPOLLIN | EPOLLET);
}

int32_t listener_close(uint32_t id)
{
	return close_in(&listeners, id);
}

static void say_ready(struct pending *pending)
{
	struct watch *watch = of_pending(pending);
	if (watch->opener)
		return;
	uint8_t events[4];
	put_u32(events, watch->happened);
	watch->happened = 0;
	port_frame(FRAME_READY, watch->id, events, sizeof events);
}

static void watch_ready(struct source *source, uint32_t events)
{
	struct watch *watch = (struct watch *)source;
	watch->happened |= events;
	pending_queue(&watch->pending);
}

/* Says READY once, then waits to be armed again. */
int32_t watch_open(struct program *program, int fd, uint32_t id, uint32_t events)
{
	struct watch watch = {
		.source = { .ready = watch_ready, .fd = fd },
		.pending = { .say = say_ready },
		.opener = program,
		.id = id,
		.events = events & (EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP),
	};
	return open_in(&watches, watch, watch.events | EPOLLONESHOT);
}

/*
 * Reads what the descriptor has, then arms the watch again. Files of cgroupfs and procfs tell of changes since they were
 * last read, from their start.
 */
int32_t watch_again(uint32_t id, uint8_t *output, uint32_t max)
{
	struct watch *watch = *find(&watches, id);
	if (!watch)
		return -ENOENT;
	ssize_t n = 0;
	if (max > 0) {
		n = pread(watch->source.fd, output, max, 0);
		struct pollfd waits = { .fd = watch->source.fd, .events = POLLIN };
		if (n < 0 && errno == ESPIPE)
			n = poll(&waits, 1, 0) > 0 ? read(watch->source.fd, output, max) : 0;
	}
	int32_t result = n < 0 ? -errno : (int32_t)n;
	struct epoll_event event = { .events = watch->events | EPOLLONESHOT, .data.ptr = &watch->source };
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, watch->source.fd, &event) < 0)
		return -errno;
	return result;
}

int32_t watch_close(uint32_t id)
{
	return close_in(&watches, id);
}
