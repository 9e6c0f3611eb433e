/* Frames to and from the host: one buffer each way, and a fair queue of those with something to send. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>
#include "agent.h"

enum { PAGE = 4096, IN_SIZE = MAX_PAYLOAD + 16 * PAGE, OUT_SIZE = PORT_LIMIT + MAX_PAYLOAD + 16 * PAGE };

static uint8_t in_buffer[IN_SIZE] __attribute__((aligned(PAGE)));
static uint8_t out_buffer[OUT_SIZE] __attribute__((aligned(PAGE)));
static uint32_t in_size, out_start, out_end;
static uint32_t skip; /* bytes of an oversized frame still to come */
static bool readable = true, ends_at_eof;
static struct pending queue = { &queue, &queue, NULL };

static void port_ready(struct source *source, uint32_t events)
{
	(void)source;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		readable = true;
}

static struct source port = { .ready = port_ready, .fd = -1 };

/* A socket (used by tests) ends the agent with its end of file; a virtio port has none worth heeding. */
void port_init(int fd, bool is_socket)
{
	port.fd = fd;
	ends_at_eof = is_socket;
	source_add(&port, EPOLLIN | EPOLLOUT | EPOLLET);
	/* Children never look at these buffers: spare every fork their pages and the agent the copies on write. */
	madvise(in_buffer, IN_SIZE, MADV_DONTFORK);
	madvise(out_buffer, OUT_SIZE, MADV_DONTFORK);
	uint8_t none = 0;
	port_frame(FRAME_HELLO, PROTOCOL_VERSION, &none, 0);
}

uint32_t port_waiting(void)
{
	return out_end - out_start;
}

bool port_blocked(void)
{
	return port_waiting() > 0;
}

/* Whether there is work that needs no event. */
bool port_busy(void)
{
	return port_waiting() < PORT_LIMIT && (queue.next != &queue || readable);
}

/* Where the payload of the next frame goes; room for a whole one as long as less than PORT_LIMIT waits. */
uint8_t *port_reserve(void)
{
	if (OUT_SIZE - out_end < FRAME_HEADER + MAX_PAYLOAD) {
		memmove(out_buffer, out_buffer + out_start, out_end - out_start);
		out_end -= out_start;
		out_start = 0;
	}
	return out_buffer + out_end + FRAME_HEADER;
}

/* Adds the frame whose payload was written where port_reserve said. */
void port_commit(enum frame_type type, uint32_t id, uint32_t size)
{
	put_u32(out_buffer + out_end, size);
	put_u32(out_buffer + out_end + 4, type);
	put_u32(out_buffer + out_end + 8, id);
	out_end += FRAME_HEADER + size;
}

void port_frame(enum frame_type type, uint32_t id, const void *payload, uint32_t size)
{
	memcpy(port_reserve(), payload, size);
	port_commit(type, id, size);
}

void pending_queue(struct pending *pending)
{
	if (pending->next)
		return;
	pending->next = &queue;
	pending->previous = queue.previous;
	queue.previous->next = pending;
	queue.previous = pending;
}

void pending_remove(struct pending *pending)
{
	if (!pending->next)
		return;
	pending->next->previous = pending->previous;
	pending->previous->next = pending->next;
	pending->next = pending->previous = NULL;
}

static void port_flush(void)
{
	while (out_start < out_end) {
		ssize_t n = write(port.fd, out_buffer + out_start, out_end - out_start);
		if (n > 0)
			out_start += n;
		else if (errno != EINTR)
			break;
	}
	if (out_start == out_end)
		out_start = out_end = 0;
}

static void dispatch(enum frame_type type, uint32_t id, const uint8_t *payload, uint32_t size)
{
	switch (type) {
	case FRAME_RUN:
		program_receive(id, payload, size);
		return;
	case FRAME_DATA:
	case FRAME_CREDIT:
	case FRAME_EOF:
	case FRAME_STOP:
		stream_frame(type, id, payload, size);
		return;
	default:
		say_to_log("skipped a frame of type %u", type);
	}
}

/* Handles the frames in the buffer while the port has room for their answers; returns whether one is left. */
static bool take_frames(void)
{
	uint32_t at = 0;
	bool left = false;
	while (in_size - at >= FRAME_HEADER) {
		uint32_t size = get_u32(in_buffer + at);
		if (size > MAX_PAYLOAD) {
			say_to_log("skipped a frame of %u bytes", size);
			skip = size;
			at += FRAME_HEADER;
			uint32_t here = in_size - at < skip ? in_size - at : skip;
			at += here;
			skip -= here;
			continue;
		}
		if (in_size - at < FRAME_HEADER + size)
			break;
		if (port_waiting() >= PORT_LIMIT) {
			left = true;
			break;
		}
		dispatch(get_u32(in_buffer + at + 4), get_u32(in_buffer + at + 8), in_buffer + at + FRAME_HEADER, size);
		at += FRAME_HEADER + size;
	}
	if (at > 0) {
		memmove(in_buffer, in_buffer + at, in_size - at);
		in_size -= at;
	}
	return left;
}

static void port_receive(void)
{
	if (take_frames())
		return;
	/* A bounded number of reads, so that streams get their turn. */
	for (int turns = 64; readable && turns > 0 && port_waiting() < PORT_LIMIT; turns--) {
		ssize_t n = read(port.fd, in_buffer + in_size, IN_SIZE - in_size);
		if (n == 0 && ends_at_eof)
			exit(0);
		if (n <= 0) {
			readable = n < 0 && errno == EINTR;
			continue;
		}
		uint32_t dropped = (uint32_t)n < skip ? (uint32_t)n : skip;
		if (dropped) {
			skip -= dropped;
			memmove(in_buffer + in_size, in_buffer + in_size + dropped, n - dropped);
		}
		in_size += n - dropped;
		if (take_frames())
			return;
	}
}

/* One turn: take what the host sent, let everybody say what there is room for, and send it. */
void port_pump(void)
{
	port_receive();
	while (queue.next != &queue && port_waiting() < PORT_LIMIT) {
		struct pending *first = queue.next;
		pending_remove(first);
		first->say(first);
	}
	port_flush();
}
