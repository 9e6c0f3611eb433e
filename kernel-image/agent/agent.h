/*
 * The agent: PID 1 of the guest. It carries out op programs that arrive on one port and multiplexes byte streams over
 * it; docs/guest-protocol.md is its contract. It holds no policy.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROTOCOL_VERSION = 1,
	FRAME_HEADER = 12,
	MAX_PAYLOAD = 1 << 20,
	MAX_DATA = 64 << 10,
	/* What a stream's sender may have under way towards the guest. */
	STREAM_WINDOW = 64 << 10,
	/* Nothing is read or answered while this much waits for the port. */
	PORT_LIMIT = 256 << 10,
	REGISTERS = 64,
	MAX_ARGS = 8,
	/* Sizes in results: the count and the index of the failed op; what precedes each output. */
	RESULTS_HEADER = 8,
	RECORD_HEADER = 20,
	/* The agent's own descriptors live from here on, away from those that programs deal with. */
	OWN_FDS = 512,
	/* How deep programs may be nested in clone ops. */
	MAX_DEPTH = 4,
	/* Room behind every buffer the kernel may fill, so that a caller's too small one does no harm. */
	SLACK = 512,
};

enum frame_type {
	FRAME_RUN = 1,
	FRAME_RESULT,
	FRAME_DATA,
	FRAME_CREDIT,
	FRAME_EOF,
	FRAME_STOP,
	FRAME_EXIT,
	FRAME_ACCEPT,
	FRAME_READY,
	FRAME_HELLO,
};

/* Something with frames to send once the port has room; `say` adds them and may queue itself again. */
struct pending {
	struct pending *next, *previous;
	void (*say)(struct pending *);
};

/* A descriptor the main loop waits for. Freed only after the events at hand are done with (see bury). */
struct source {
	void (*ready)(struct source *, uint32_t events);
	struct source *next_dead;
	int fd;
};

/* port.c: frames in and out, and the queue of those who want to send. */
void port_init(int fd, bool is_socket);
uint32_t port_waiting(void);
uint8_t *port_reserve(void);
void port_commit(enum frame_type, uint32_t id, uint32_t size);
void port_frame(enum frame_type, uint32_t id, const void *payload, uint32_t size);
void port_pump(void);
bool port_busy(void);
bool port_blocked(void);
void pending_queue(struct pending *);
void pending_remove(struct pending *);

/* main.c: the loop. */
extern int epoll_fd;
int keep_high(int fd);
int source_add(struct source *, uint32_t events);
void source_close(struct source *);
void bury(struct source *);
void retry_later(void);
void say_to_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* boot.c: PID 1's first steps. */
int boot(void);

/* Little-endian values at any address. */
static inline uint32_t get_u32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void put_u32(uint8_t *at, uint32_t value)
{
	at[0] = value;
	at[1] = value >> 8;
	at[2] = value >> 16;
	at[3] = value >> 24;
}

/* program.c: op programs. */
enum arg_kind { ARG_INT, ARG_REG, ARG_BYTES, ARG_OUT, ARG_NULL, ARG_VECTOR, ARG_PROGRAM };

struct arg {
	uint8_t kind;
	int32_t value; /* INT and, resolved, REG */
	uint8_t *bytes; /* BYTES, VECTOR (its first string's length), PROGRAM */
	uint32_t size; /* bytes, or the count of a VECTOR */
};

struct op {
	uint16_t code;
	uint8_t flags;
	uint8_t argc;
	int16_t dst;
	struct arg args[MAX_ARGS];
};

struct reader {
	uint8_t *at, *end;
};

struct program {
	struct pending pending; /* its RESULT */
	uint32_t request;
	uint8_t *bytes;
	struct reader reader;
	uint32_t count, index;
	uint8_t *results; /* as in a RESULT frame */
	uint32_t results_size, results_count;
	uint32_t failed;
	int32_t error; /* of the op that failed */
	uint64_t started; /* microseconds */
	uint32_t op_start;
	struct op op; /* the one under way */
	int32_t registers[REGISTERS];
	int *fds; /* to close in the end */
	uint32_t fd_count;
	uint32_t left; /* what of the agent must be put right: LEFT_… and CLONE_NEW… bits */
	struct child *waits_for;
	struct report *report; /* in a child: where its parent reads how it went */
	bool in_child;
	bool opens; /* it gave something to the agent, which is held back until its RESULT is out */
};

enum { LEFT_DIRECTORY = 1, LEFT_UMASK = 2 };
enum { NOT_FAILED = 0xffffffff };

/* A result that is not known yet: the op goes on when its child has started. */
#define RESULT_LATER INT32_MIN

/* read.c */
bool program_measure(uint8_t *bytes, uint32_t size, uint32_t depth, uint64_t *results, uint32_t *ops);
uint32_t read_count(struct reader *);
bool read_op(struct reader *, struct op *);

void program_init(void);
void program_receive(uint32_t request, const uint8_t *bytes, uint32_t size);
void program_start(struct program *, uint8_t *bytes, uint32_t size);
void program_run(struct program *);
void program_op_done(struct program *, int32_t result, uint32_t output_size);
uint8_t *program_output(struct program *);
bool take_fd(struct program *, int fd);
void own_fd(struct program *, int fd);
void about_to_exec(struct program *);
void watchdog(bool on);

/* call.c: one op that is a system call. */
bool args_match(const struct op *, const char *signature);
int32_t system_call(struct program *, const struct op *, long number, const char *signature, uint8_t *output, uint32_t *output_size);

/* special.c: one that is not. */
int32_t special_op(struct program *, const struct op *, uint8_t *output, uint32_t *output_size);

/* children.c */
enum report_state { CHILD_RUNS, CHILD_EXECS, CHILD_ENDS, CHILD_FAILED };

/* Shared between a child and its parent. */
struct report {
	volatile uint32_t state;
	volatile int32_t error;
	uint8_t results[];
};

void children_init(void);
int32_t child_start(struct program *, const struct op *, uint8_t *output, uint32_t *output_size);
void children_release(struct program *);

/* files.c */
int32_t read_file(const char *path, uint8_t *output, uint32_t max);
int32_t write_file(const char *path, const uint8_t *bytes, uint32_t size, int flags, int mode);
int32_t make_all(char *path, int mode);
int32_t remove_all(const char *path);

/* sockets.c */
int32_t netlink_exchange(int fd, const uint8_t *messages, uint32_t size, uint8_t *output, uint32_t max, uint32_t *used);
int32_t send_fd(int socket, int fd);
int32_t receive_fd(int socket);

/* streams.c */
int32_t stream_open(struct program *, int fd, uint32_t id, int mode, uint32_t credit);
int32_t stream_fd(uint32_t id);
void stream_frame(enum frame_type, uint32_t id, const uint8_t *payload, uint32_t size);
void streams_release(struct program *, bool keep);
/* A connection of a listener: both directions, announced by ACCEPT. */
int32_t stream_accept(int fd, uint32_t listener, uint32_t credit);

/* watches.c: listeners and watches */
int32_t listener_open(struct program *, int fd, uint32_t id, uint32_t credit);
int32_t listener_close(uint32_t id);
int32_t watch_open(struct program *, int fd, uint32_t id, uint32_t events);
int32_t watch_again(uint32_t id, uint8_t *output, uint32_t max);
int32_t watch_close(uint32_t id);
void watches_release(struct program *, bool keep);
void listeners_retry(void);

#endif
