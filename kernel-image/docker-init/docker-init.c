/*
 * PID 1 of containers started with --init, as tini is in Docker: `docker-init -- COMMAND [ARG…]` runs the command in a
 * process group of its own, passes signals on to it, reaps whatever becomes its child, and ends as the command does.
 * One difference: it sleeps until a signal comes, where tini looks once a second.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NOT_ENDED = -1,
	CANNOT_EXECUTE = 126,
	NOT_FOUND = 127,
	KILLED = 128, /* and the signal */
};

/* What the words are that people search the web for when they see them. */
static int fatal(const char *what, const char *detail, int error)
{
	fprintf(stderr, "[FATAL tini (%d)] %s%s failed: %s\n", (int)getpid(), what, detail, strerror(error));
	return EXIT_FAILURE;
}

/* The command alone gets the terminal's signals and its input. Without a terminal there is nothing to take. */
static int take_terminal(void)
{
	if (setpgid(0, 0) < 0)
		return fatal("setpgid", "", errno);
	if (tcsetpgrp(STDIN_FILENO, getpgrp()) < 0 && errno != ENOTTY && errno != ENXIO)
		return fatal("tcsetpgrp", "", errno);
	return 0;
}

static int run(char *command[], const sigset_t *signals)
{
	if (take_terminal() != 0)
		return EXIT_FAILURE;
	signal(SIGTTIN, SIG_DFL);
	signal(SIGTTOU, SIG_DFL);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(command[0], command);
	int error = errno;
	fatal("exec ", command[0], error);
	return error == ENOENT ? NOT_FOUND : error == EACCES ? CANNOT_EXECUTE : EXIT_FAILURE;
}

/* Reaps all that have ended; returns how the command ended, or NOT_ENDED. */
static int reap(pid_t command)
{
	int status, code = NOT_ENDED;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == command)
			code = WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
	return code;
}

int main(int argc, char *argv[])
{
	char **command = argv + 1;
	if (argc > 1 && strcmp(*command, "--") == 0)
		command++;
	if (argc < 2 || !*command) {
		fprintf(stderr, "usage: %s -- COMMAND [ARG...]\n", argv[0]);
		return EXIT_FAILURE;
	}

	/* All but those that tell of a fault of this program's own. */
	sigset_t waited, original;
	sigfillset(&waited);
	static const int own[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sigdelset(&waited, own[i]);
	/* It is in the background of the terminal it hands over. */
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	sigprocmask(SIG_SETMASK, &waited, &original);

	pid_t pid = fork();
	if (pid < 0)
		return fatal("fork", "", errno);
	if (pid == 0)
		return run(command, &original);

	for (;;) {
		int received = sigwaitinfo(&waited, NULL);
		if (received == SIGCHLD) {
			int code = reap(pid);
			if (code != NOT_ENDED)
				return code;
		} else if (received > 0) {
			/* It may have ended without being reaped yet. */
			kill(pid, received);
		}
	}
}
