/*
 * Runs the dom0 part of a trial, and halts it where a power cut is to be tried, so that somebody
 * outside of the machine has the time to see it: at each place a line on the console, and a pause.
 *
 *   halts CONSOLE SECONDS /usr/sbin/forestage trial run
 *
 *   halts: unit      before its first instruction
 *   halts: PHASE     a phase is on disk, and nothing of it was done
 *   halts: half      trial.json is half written, and that half on disk
 *   halts: result    trial.json has its name, and the end is not noted
 *
 * It follows its system calls (ptrace), and changes none but one: what is half written is written
 * in two calls. What it starts is not followed.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX 4096

static const char *console;
static unsigned seconds;
static pid_t child;
static bool halved; /* once is enough */

static int fail(const char *what)
{
        perror(what);
        return 125;
}

/* What the kernel says of the disk is of no matter here: the line must be there, and soon. */
static void halt(const char *place)
{
        int fd = open(console, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);

        if (fd >= 0) {
                dprintf(fd, "\r\nhalts: %s\r\n", place);
                close(fd);
        }
        sleep(seconds);
}

/* --- what the child has in its hands --- */

static void path_of(unsigned long long fd, char *ret_path, size_t size)
{
        char name[64];
        ssize_t length;

        snprintf(name, sizeof(name), "/proc/%d/fd/%llu", child, fd);
        length = readlink(name, ret_path, size - 1);
        ret_path[length > 0 ? length : 0] = '\0';
}

static size_t read_memory(unsigned long long from, void *to, size_t size)
{
        struct iovec own = { to, size }, its = { (void *)(uintptr_t)from, size };
        ssize_t got = process_vm_readv(child, &own, 1, &its, 1, 0);

        return got > 0 ? (size_t)got : 0;
}

static bool ends_with(const char *text, const char *end)
{
        size_t length = strlen(text), tail = strlen(end);

        return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool has_result(const struct user_regs_struct *call)
{
        static const char schema[] = "\"forestage-trial/1\"";
        char path[TEXT_MAX], text[TEXT_MAX];
        size_t size = call->rdx < sizeof(text) ? call->rdx : sizeof(text);

        path_of(call->rdi, path, sizeof(path));
        return strstr(path, "/trials/") && strstr(path, "/.forestage-") &&
               memmem(text, read_memory(call->rsi, text, size), schema, sizeof(schema) - 1);
}

/* --- before and behind a call --- */

static void before(struct user_regs_struct *call)
{
        if (call->orig_rax != SYS_write || halved || call->rdx < 2 || !has_result(call))
                return;
        halved = true;
        call->rdx /= 2;
        ptrace(PTRACE_SETREGS, child, NULL, call);
}

/* The last line is "SECONDS PHASE …". */
static void halt_at_phase(const char *path)
{
        char line[TEXT_MAX], phase[64] = "";
        FILE *from = fopen(path, "re");

        while (from && fgets(line, sizeof(line), from))
                sscanf(line, "%*u %63s", phase);
        if (from)
                fclose(from);
        halt(phase);
}

static void halt_at_half(unsigned long long fd)
{
        char name[64];
        int file;

        snprintf(name, sizeof(name), "/proc/%d/fd/%llu", child, fd);
        file = open(name, O_RDONLY | O_CLOEXEC);
        if (file < 0 || fsync(file) != 0)
                perror("halts: half of trial.json cannot be synced");
        if (file >= 0)
                close(file);
        halt("half");
}

static void behind(const struct user_regs_struct *call)
{
        static bool half_shown;
        char text[TEXT_MAX] = "";

        if ((long long)call->rax < 0)
                return;
        if (call->orig_rax == SYS_fsync) {
                path_of(call->rdi, text, sizeof(text));
                if (ends_with(text, "/phases"))
                        halt_at_phase(text);
        } else if (call->orig_rax == SYS_write && halved && !half_shown) {
                half_shown = true;
                halt_at_half(call->rdi);
        } else if (call->orig_rax == SYS_renameat) {
                read_memory(call->r10, text, sizeof("trial.json"));
                if (strcmp(text, "trial.json") == 0)
                        halt("result");
        }
}

static int follow(void)
{
        struct user_regs_struct call;
        bool within = false;
        int status, signal = 0;

        for (;;) {
                if (ptrace(PTRACE_SYSCALL, child, NULL, signal) != 0 ||
                        waitpid(child, &status, 0) != child)
                        return fail("ptrace");
                if (WIFEXITED(status) || WIFSIGNALED(status))
                        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                signal = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
                if (signal != 0)
                        continue;
                if (ptrace(PTRACE_GETREGS, child, NULL, &call) != 0)
                        return fail("PTRACE_GETREGS");
                within = !within;
                if (within)
                        before(&call);
                else
                        behind(&call);
        }
}

int main(int argc, char **argv)
{
        int status;

        if (argc < 4)
                return fputs("halts CONSOLE SECONDS COMMAND…\n", stderr), 125;
        console = argv[1];
        seconds = (unsigned)atoi(argv[2]);
        child = fork();
        if (child == 0) {
                ptrace(PTRACE_TRACEME, 0, NULL, NULL);
                execv(argv[3], argv + 3);
                _exit(126);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
                return fail(argv[3]);
        ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
        halt("unit");
        return follow();
}
