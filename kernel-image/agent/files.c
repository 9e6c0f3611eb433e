/* Ops on files that are more than one system call. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "agent.h"

/* The file's first `max` bytes; a pipe or device gives what it has at once. */
int32_t read_file(const char *path, uint8_t *output, uint32_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_LARGEFILE);
	if (fd < 0)
		return -errno;
	uint32_t size = 0;
	int32_t error = 0;
	while (size < max) {
		ssize_t n = read(fd, output + size, max - size);
		if (n < 0 && (errno != EAGAIN || size == 0))
			error = -errno;
		if (n <= 0)
			break;
		size += n;
	}
	close(fd);
	return error ? error : (int32_t)size;
}

int32_t write_file(const char *path, const uint8_t *bytes, uint32_t size, int flags, int mode)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_LARGEFILE, mode);
	if (fd < 0)
		return -errno;
	uint32_t written = 0;
	int32_t error = 0;
	do {
		ssize_t n = write(fd, bytes + written, size - written);
		if (n < 0)
			error = -errno;
		if (n <= 0)
			break;
		written += n;
	} while (written < size);
	if (close(fd) < 0 && !error)
		error = -errno;
	return error ? error : (int32_t)written;
}

/* mkdir -p. The path is changed while it is at work, and left as it was. */
int32_t make_all(char *path, int mode)
{
	for (char *slash = strchr(path + (*path == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int result = mkdir(path, mode);
		int error = errno;
		*slash = '/';
		/* A read-only or foreign parent that exists may answer otherwise than EEXIST; the end will tell. */
		if (result < 0 && error != EEXIST && error != EROFS && error != EACCES && error != EPERM)
			return -error;
	}
	if (mkdir(path, mode) == 0)
		return 0;
	int error = errno;
	struct stat status;
	if (stat(path, &status) < 0)
		return -error;
	return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

/*
 * Empties a directory of what goes at once, files and empty directories. Returns 0 when it is empty, a descriptor of a
 * directory in it that must be emptied first, or -errno.
 */
static int32_t empty_directory(int directory)
{
	uint8_t buffer[4096] __attribute__((aligned(8)));
	if (lseek(directory, 0, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		long size = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
		if (size <= 0)
			return size < 0 ? -errno : 0;
		for (long at = 0; at < size;) {
			struct entry *entry = (struct entry *)(void *)(buffer + at);
			at += entry->length;
			if (is_dots(entry->name))
				continue;
			int flags = entry->type == DT_DIR ? AT_REMOVEDIR : 0;
			if (unlinkat(directory, entry->name, flags) == 0 || errno == ENOENT)
				continue;
			if (errno == EISDIR && unlinkat(directory, entry->name, AT_REMOVEDIR) == 0)
				continue;
			if (errno != ENOTEMPTY && errno != EEXIST)
				return -errno;
			int inner = openat(directory, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			return inner < 0 ? -errno : inner;
		}
	}
}

/*
 * Removes a tree with one descriptor at a time, whatever its depth: down into the first directory that is not empty, up
 * again by "..". A mount point answers EBUSY before it would be entered.
 */
int32_t remove_all(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (rmdir(path) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	uint32_t depth = 0;
	for (;;) {
		int32_t result = empty_directory(directory);
		if (result < 0 || (result == 0 && depth == 0)) {
			close(directory);
			return result < 0 ? result : rmdir(path) < 0 ? -errno : 0;
		}
		int next = result > 0 ? result : openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int error = errno;
		depth += result > 0 ? 1 : -1;
		close(directory);
		if (next < 0)
			return -error;
		directory = next;
	}
}
