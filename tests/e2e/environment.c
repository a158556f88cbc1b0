/*
 * A program job that prints all that it finds around it: the same in a rehearsal, in a dom0 and in
 * the stage, whoever has called. What must differ from run to run, the folder's last letters, is
 * printed as a pattern.
 */
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_bytes(const void *left, const void *right)
{
        return strcmp(*(char *const *)left, *(char *const *)right);
}

/* "/tmp/forestage-run-k3jX9a" with an 'x' for each letter and digit behind the last '-'. */
static void make_pattern(char *text)
{
        char *last = strrchr(text, '-');

        for (char *c = last ? last + 1 : text; last && *c; c++)
                *c = 'x';
}

static void print_environment(void)
{
        size_t count = 0;

        while (environ[count])
                count++;
        qsort(environ, count, sizeof(*environ), by_bytes);
        for (size_t i = 0; i < count; i++) {
                if (strncmp(environ[i], "HOME=", 5) == 0)
                        make_pattern(environ[i]);
                puts(environ[i]);
        }
}

static void print_folder(void)
{
        char folder[PATH_MAX];
        struct stat status;

        if (!getcwd(folder, sizeof(folder)) || stat(".", &status) != 0)
                exit(2);
        make_pattern(folder);
        printf("folder %s mode %o\n", folder, (unsigned)status.st_mode & 07777);
        printf("its job file is %s\n", access("environment.conf", R_OK) == 0 ? "there" : "absent");
}

static void print_limits(void)
{
        static const struct {
                int resource;
                const char *name;
        } limits[] = { { RLIMIT_CORE, "core" }, { RLIMIT_STACK, "stack" },
                { RLIMIT_NOFILE, "files" }, { RLIMIT_CPU, "cpu" }, { RLIMIT_FSIZE, "size" },
                { RLIMIT_DATA, "data" }, { RLIMIT_AS, "memory" } };

        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                struct rlimit limit;

                if (getrlimit(limits[i].resource, &limit) != 0)
                        exit(2);
                printf("limit of %s ", limits[i].name);
                if (limit.rlim_cur == RLIM_INFINITY)
                        puts("none");
                else
                        printf("%llu\n", (unsigned long long)limit.rlim_cur);
        }
}

static void print_signals(void)
{
        struct sigaction action;
        sigset_t blocked;

        sigprocmask(SIG_BLOCK, NULL, &blocked);
        for (int i = 1; i < SIGRTMIN; i++) {
                if (sigismember(&blocked, i) == 1)
                        printf("signal %d is blocked\n", i);
                if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
                        printf("signal %d is ignored\n", i);
        }
}

/* What is open is what was left open for it. */
static void print_files(void)
{
        for (int i = 0; i < 256; i++) {
                struct stat status;

                if (fstat(i, &status) == 0)
                        printf("file %d is %s\n", i,
                                S_ISCHR(status.st_mode)    ? "a device"
                                : S_ISFIFO(status.st_mode) ? "a pipe"
                                                           : "something else");
        }
}

int main(int argc, char **argv)
{
        mode_t mask = umask(0);
        const char *locale = setlocale(LC_ALL, "");

        print_environment();
        print_folder();
        for (int i = 0; i < argc; i++)
                printf("argv[%d] %s\n", i, argv[i]);
        printf("mask %03o\n", (unsigned)mask);
        printf("locale %s, %s\n", locale ? locale : "none", nl_langinfo(CODESET));
        print_limits();
        print_signals();
        print_files();
        return fflush(stdout) == 0 ? 0 : 2;
}
