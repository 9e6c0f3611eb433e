/* PID 1's first steps: what it takes to find the port. Everything else comes from programs. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"

enum { TRY_EVERY_MS = 5, COMPLAIN_AFTER = 1000 };

static void mount_on(const char *type, const char *target)
{
	mkdir(target, 0755);
	if (mount(type, target, type, MS_NOSUID, NULL) < 0 && errno != EBUSY)
		say_to_log("cannot mount %s: %s", target, strerror(errno));
}

/*
 * pivot_root refuses to replace the initial ramfs, which has no parent mount. A bind mount of it on itself has one, and
 * looks the same.
 */
static void leave_initial_root(void)
{
	if (mount("/", "/", NULL, MS_BIND, NULL) < 0 || chdir("/..") < 0 || chroot(".") < 0 || chdir("/") < 0)
		say_to_log("cannot bind the root: %s", strerror(errno));
}

/* The standard descriptors exist, so that no other ever gets their numbers. */
static void open_standard_fds(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (fd >= 0 && fd != i)
			dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The first virtio port that can be opened: those that the kernel made consoles of refuse. */
static int open_port(void)
{
	DIR *ports = opendir("/sys/class/virtio-ports");
	if (!ports)
		return -1;
	char best[sizeof "/dev/" + 255] = "";
	int fd = -1;
	for (struct dirent *entry; (entry = readdir(ports));) {
		char path[sizeof best];
		snprintf(path, sizeof path, "/dev/%s", entry->d_name);
		if (entry->d_name[0] == '.' || (best[0] && strcmp(path, best) > 0))
			continue;
		int opened = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (opened < 0)
			continue;
		if (fd >= 0)
			close(fd);
		fd = opened;
		strcpy(best, path);
	}
	closedir(ports);
	return fd;
}

int boot(void)
{
	leave_initial_root();
	mount_on("devtmpfs", "/dev");
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	open_standard_fds();
	struct timespec pause = { .tv_nsec = TRY_EVERY_MS * 1000000 };
	for (int tries = 0;; tries++) {
		int fd = open_port();
		if (fd >= 0)
			return fd;
		if (tries == COMPLAIN_AFTER)
			say_to_log("no virtio port in /sys/class/virtio-ports yet");
		nanosleep(&pause, NULL);
	}
}
