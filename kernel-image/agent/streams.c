/* Byte streams: descriptors whose bytes travel over the port, with credit both ways. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "agent.h"

enum { MODE_READ = 1, MODE_WRITE = 2, BUCKETS = 256, CREDIT_STEP = STREAM_WINDOW / 4 };

struct stream {
	struct source source;
	struct pending pending;
	struct stream *next; /* in its bucket */
	struct program *opener; /* until that program's RESULT is out, nothing is said */
	uint32_t id;

	/* Towards the host. */
	bool reading;
	bool readable;
	bool say_eof;
	uint32_t credit;

	/* Towards the descriptor: bytes that it did not take yet, and how the direction ends. */
	bool writing;
	bool host_ended;
	bool say_stop;
	int32_t stop_error;
	uint8_t *buffer;
	uint32_t buffer_start, buffer_end;
	uint32_t consumed; /* credit to return */

	/* A connection of a listener: announce it first. */
	bool say_accept;
	uint32_t listener;
	struct ucred peer;
};

static struct stream *buckets[BUCKETS];
static uint32_t next_accepted = 1;

static struct stream **find(uint32_t id)
{
	struct stream **link = &buckets[id % BUCKETS];
	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static struct stream *of_pending(struct pending *pending)
{
	return (struct stream *)((char *)pending - offsetof(struct stream, pending));
}

static void destroy(struct stream *stream)
{
	struct stream **link = find(stream->id);
	if (*link == stream)
		*link = stream->next;
	pending_remove(&stream->pending);
	source_close(&stream->source);
	free(stream->buffer);
	bury(&stream->source);
}

/* Ends the direction host to guest, for good when nothing of it is left to say. */
static void end_writing(struct stream *stream, int32_t stop_error)
{
	if (!stream->writing)
		return;
	stream->writing = false;
	if (stop_error) {
		stream->say_stop = true;
		stream->stop_error = stop_error;
		pending_queue(&stream->pending);
	} else if (stream->reading || stream->say_eof) {
		/* On a terminal this fails, and there is nothing it could mean. */
		shutdown(stream->source.fd, SHUT_WR);
	}
	free(stream->buffer);
	stream->buffer = NULL;
	stream->consumed = 0;
}

static void settle(struct stream *stream)
{
	if (!stream->reading && !stream->writing && !stream->say_eof && !stream->say_stop && !stream->say_accept)
		destroy(stream);
}

/* Writes what the descriptor takes; the error that ends the direction, or 0. */
static uint32_t write_some(struct stream *stream, const uint8_t *bytes, uint32_t size, int32_t *error)
{
	uint32_t written = 0;
	while (written < size) {
		ssize_t n = write(stream->source.fd, bytes + written, size - written);
		if (n > 0) {
			written += n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			*error = errno;
		break;
	}
	stream->consumed += written;
	if (stream->consumed >= CREDIT_STEP)
		pending_queue(&stream->pending);
	return written;
}

static void flush(struct stream *stream)
{
	int32_t error = 0;
	if (stream->buffer) {
		uint32_t size = stream->buffer_end - stream->buffer_start;
		stream->buffer_start += write_some(stream, stream->buffer + stream->buffer_start, size, &error);
		if (stream->buffer_start == stream->buffer_end) {
			free(stream->buffer);
			stream->buffer = NULL;
		}
	}
	if (error || (stream->host_ended && !stream->buffer))
		end_writing(stream, error);
}

static void receive(struct stream *stream, const uint8_t *bytes, uint32_t size)
{
	int32_t error = 0;
	if (!stream->writing || stream->host_ended)
		return;
	uint32_t waiting = stream->buffer ? stream->buffer_end - stream->buffer_start : 0;
	if (size > STREAM_WINDOW - waiting) {
		end_writing(stream, EPROTO);
		return;
	}
	if (!stream->buffer) {
		uint32_t written = write_some(stream, bytes, size, &error);
		bytes += written;
		size -= written;
	}
	if (size > 0 && !error && !stream->buffer) {
		stream->buffer = malloc(STREAM_WINDOW);
		stream->buffer_start = stream->buffer_end = 0;
		error = stream->buffer ? 0 : ENOMEM;
	}
	if (error) {
		end_writing(stream, error);
		return;
	}
	if (size == 0)
		return;
	if (STREAM_WINDOW - stream->buffer_end < size) {
		memmove(stream->buffer, stream->buffer + stream->buffer_start, waiting);
		stream->buffer_start = 0;
		stream->buffer_end = waiting;
	}
	memcpy(stream->buffer + stream->buffer_end, bytes, size);
	stream->buffer_end += size;
}

static void stop_reading(struct stream *stream)
{
	if (!stream->reading)
		return;
	stream->reading = false;
	if (stream->writing)
		shutdown(stream->source.fd, SHUT_RD);
}

/* A frame of the host's for a stream. */
void stream_frame(enum frame_type type, uint32_t id, const uint8_t *payload, uint32_t size)
{
	struct stream *stream = *find(id);
	if (!stream)
		return;
	switch (type) {
	case FRAME_DATA:
		receive(stream, payload, size);
		break;
	case FRAME_CREDIT:
		if (size != 4)
			return;
		uint32_t more = get_u32(payload);
		stream->credit = more > UINT32_MAX - stream->credit ? UINT32_MAX : stream->credit + more;
		if (stream->reading)
			pending_queue(&stream->pending);
		break;
	case FRAME_EOF:
		stream->host_ended = true;
		flush(stream);
		break;
	default:
		stop_reading(stream);
	}
	settle(stream);
}

static void stream_ready(struct source *source, uint32_t events)
{
	struct stream *stream = (struct stream *)source;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		stream->readable = true;
		if (stream->reading)
			pending_queue(&stream->pending);
	}
	if (stream->writing && events & (EPOLLERR | EPOLLHUP)) {
		/* Nobody will read what is written any more; the sender should know before it tries. */
		int error = 0;
		socklen_t size = sizeof error;
		if (getsockopt(source->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error == 0)
			error = EPIPE;
		end_writing(stream, error);
	} else if (stream->writing && events & EPOLLOUT) {
		flush(stream);
	}
	settle(stream);
}

/* Reads once into a DATA frame. */
static void read_once(struct stream *stream)
{
	uint32_t most = stream->credit < MAX_DATA ? stream->credit : MAX_DATA;
	ssize_t n = read(stream->source.fd, port_reserve(), most);
	if (n > 0) {
		port_commit(FRAME_DATA, stream->id, (uint32_t)n);
		stream->credit -= n;
	} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		stream->readable = false;
	} else if (n == 0 || errno != EINTR) {
		/* A terminal whose other side is closed answers EIO. */
		stream->reading = false;
		stream->say_eof = true;
	}
}

/* Says what there is to say, with one DATA frame a turn so that streams alternate. */
static void say(struct pending *pending)
{
	struct stream *stream = of_pending(pending);
	uint8_t words[16];
	if (stream->opener)
		return;
	if (stream->say_accept) {
		stream->say_accept = false;
		put_u32(words, stream->id);
		put_u32(words + 4, (uint32_t)stream->peer.pid);
		put_u32(words + 8, stream->peer.uid);
		put_u32(words + 12, stream->peer.gid);
		port_frame(FRAME_ACCEPT, stream->listener, words, 16);
	}
	if (stream->writing && stream->consumed >= CREDIT_STEP) {
		put_u32(words, stream->consumed);
		stream->consumed = 0;
		port_frame(FRAME_CREDIT, stream->id, words, 4);
	}
	if (stream->say_stop) {
		stream->say_stop = false;
		put_u32(words, (uint32_t)stream->stop_error);
		port_frame(FRAME_STOP, stream->id, words, 4);
	}
	if (stream->reading && stream->readable && stream->credit > 0)
		read_once(stream);
	if (stream->say_eof) {
		stream->say_eof = false;
		port_frame(FRAME_EOF, stream->id, words, 0);
	} else if (stream->reading && stream->readable && stream->credit > 0) {
		pending_queue(pending);
	}
	settle(stream);
}

static struct stream *create(int fd, uint32_t id, int mode, uint32_t credit, int32_t *error)
{
	struct stream **link = find(id);
	struct stream *stream = *link ? NULL : calloc(1, sizeof *stream);
	*error = *link ? -EEXIST : -ENOMEM;
	if (!stream)
		return NULL;
	stream->source = (struct source){ .ready = stream_ready, .fd = fd };
	stream->pending.say = say;
	stream->id = id;
	stream->reading = mode & MODE_READ;
	stream->writing = mode & MODE_WRITE;
	stream->readable = true;
	stream->credit = credit;
	*error = source_add(&stream->source, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	/* Files have no events, and need none: they are always ready. */
	if (*error == -EPERM)
		*error = 0;
	if (*error) {
		free(stream);
		return NULL;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	*link = stream;
	pending_queue(&stream->pending);
	return stream;
}

/* Takes the descriptor over; the host may use the stream once the program's RESULT is out. */
int32_t stream_open(struct program *program, int fd, uint32_t id, int mode, uint32_t credit)
{
	int32_t error;
	if (mode < 1 || mode > 3)
		return -EINVAL;
	struct stream *stream = create(fd, id, mode, credit, &error);
	if (!stream)
		return error;
	stream->opener = program;
	return 0;
}

int32_t stream_accept(int fd, uint32_t listener, uint32_t credit)
{
	int32_t error;
	while (*find(next_accepted))
		next_accepted += 2;
	struct stream *stream = create(fd, next_accepted, MODE_READ | MODE_WRITE, credit, &error);
	if (!stream)
		return error;
	next_accepted += 2;
	stream->say_accept = true;
	stream->listener = listener;
	socklen_t size = sizeof stream->peer;
	/* Sockets of other families have no credentials, and leave zeros. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &stream->peer, &size) < 0)
		memset(&stream->peer, 0, sizeof stream->peer);
	return 0;
}

/* The descriptor of a stream, for an ioctl or the like; it stays the stream's. */
int32_t stream_fd(uint32_t id)
{
	struct stream *stream = *find(id);
	return stream ? stream->source.fd : -ENOENT;
}

/* The program is over: its streams come to life, or are taken back when it failed. */
void streams_release(struct program *program, bool keep)
{
	for (int i = 0; i < BUCKETS; i++) {
		for (struct stream *stream = buckets[i], *next; stream; stream = next) {
			next = stream->next;
			if (stream->opener != program)
				continue;
			stream->opener = NULL;
			if (keep)
				pending_queue(&stream->pending);
			else
				destroy(stream);
		}
	}
}
