/* The hello-world image: this program and nothing else. Without a C library, so that what a trace shows of it is
   exactly what it does: one write, one exit. */
static const char text[] =
"Hello from Docker!\n"
"If you can read this, everything works: an image was found and a container ran.\n"
"\n"
"What just happened:\n"
" 1. The Docker client turned your command into HTTP requests to the Docker\n"
"    Engine.\n"
" 2. The engine looked for the image \"hello-world\". If it was not here yet, the\n"
"    engine pulled it from a registry: a manifest, a configuration and a layer,\n"
"    each checked against its SHA-256 digest.\n"
" 3. The engine made a container from the image: a root directory (the image's\n"
"    layer, with a writable one on top), namespaces that hide the rest of the\n"
"    machine, a cgroup that limits and counts what it uses, and a network\n"
"    interface of its own.\n"
" 4. In there the engine started /hello, this program. It makes two system\n"
"    calls: one writes this text, the other ends it.\n"
" 5. The engine carried the text back to the client, and the client to your\n"
"    terminal. The container has stopped, but it is still there: docker ps -a\n"
"\n"
"For something more ambitious, try a whole Debian with a shell:\n"
" $ docker run -it debian bash\n"
"\n"
"To see what the steps above are made of, system call by system call:\n"
" $ xray last\n";

enum { SYS_EXIT = 1, SYS_WRITE = 4 };

static int system_call(int number, int first, const void *second, unsigned third)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
	return result;
}

void _start(void)
{
	const char *at = text;
	unsigned left = sizeof text - 1;

	while (left > 0) {
		int written = system_call(SYS_WRITE, 1, at, left);

		if (written < 0)
			system_call(SYS_EXIT, 1, 0, 0);
		at += written;
		left -= (unsigned)written;
	}
	for (;;)
		system_call(SYS_EXIT, 0, 0, 0);
}
