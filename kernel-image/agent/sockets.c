/* Ops on sockets that need structures with pointers inside: netlink exchanges and passing descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "agent.h"

enum { RECEIVE_TIMEOUT = 1000 };

/* The number of answers (an ACK, an error or the end of a dump) the messages ask for, or -1 when they are malformed. */
static int answers_wanted(const uint8_t *messages, uint32_t size)
{
	int wanted = 0;
	while (size > 0) {
		struct nlmsghdr header;
		if (size < sizeof header)
			return -1;
		memcpy(&header, messages, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
			return -1;
		wanted += header.nlmsg_flags & NLM_F_ACK || (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
		uint32_t step = NLMSG_ALIGN(header.nlmsg_len);
		if (step > size)
			step = size;
		messages += step;
		size -= step;
	}
	return wanted;
}

/* Counts the answers in one datagram and keeps the first error. */
static int answers_in(const uint8_t *bytes, uint32_t size, int32_t *error)
{
	int answers = 0;
	while (size >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr header;
		memcpy(&header, bytes, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
			break;
		if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) {
			int32_t code = 0;
			if (header.nlmsg_len >= sizeof header + sizeof code)
				memcpy(&code, bytes + sizeof header, sizeof code);
			answers++;
			if (code < 0 && *error == 0)
				*error = code;
		}
		uint32_t step = NLMSG_ALIGN(header.nlmsg_len);
		if (step > size)
			step = size;
		bytes += step;
		size -= step;
	}
	return answers;
}

/*
 * The kernel works on netlink requests while they are sent and continues a dump while it is received, so whatever will
 * be answered can be read at once.
 */
int32_t netlink_exchange(int fd, const uint8_t *messages, uint32_t size, uint8_t *output, uint32_t max, uint32_t *used)
{
	static uint8_t datagram[32 << 10];
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int wanted = answers_wanted(messages, size);
	if (wanted < 0)
		return -EBADMSG;
	if (sendto(fd, messages, size, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
		return -errno;
	int32_t error = 0;
	bool overflow = false;
	*used = 0;
	for (;;) {
		ssize_t n = recv(fd, datagram, sizeof datagram, MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0)
			return -errno;
		if (n > (ssize_t)sizeof datagram) {
			overflow = true;
			continue;
		}
		wanted -= answers_in(datagram, n, &error);
		if ((uint32_t)n > max - *used) {
			overflow = true;
			continue;
		}
		memcpy(output + *used, datagram, n);
		*used += n;
	}
	if (error)
		return error;
	return overflow ? -ENOBUFS : wanted > 0 ? -EPROTO : (int32_t)*used;
}

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int32_t send_fd(int socket, int fd)
{
	char byte = 0;
	struct iovec content = { &byte, 1 };
	union control control = { .header = { .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct msghdr message = { .msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int32_t receive_fd(int socket)
{
	struct pollfd waits = { .fd = socket, .events = POLLIN };
	int ready = poll(&waits, 1, RECEIVE_TIMEOUT);
	if (ready <= 0)
		return ready < 0 ? -errno : -EAGAIN;
	char byte;
	struct iovec content = { &byte, 1 };
	union control control;
	struct msghdr message = { .msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < CMSG_LEN(sizeof(int)))
		return n == 0 ? -EPIPE : -ENOMSG;
	int fd;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}
