#include "research/evidence/init/row.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "research/evidence/init/log.h"
#include "research/evidence/init/module.h"
#include "research/evidence/init/say.h"

#define DOCTOR     "/forestage"
#define LOG        "/kmsg"
#define ANSWER_MAX 65536

/* What dmaprobe has to know the addresses of. */
static const char *const functions[] = { "nv_alloc_pages", "nv_free_pages", "nv_dma_map_alloc",
        "nv_dma_unmap_alloc", "nv_set_dma_address_size", "nv_encode_caching",
        "nv_alloc_kernel_mapping", "nv_free_kernel_mapping", NULL };

/* All that a descriptor gives, on one line. */
static void read_line(int fd, char *ret_text, size_t size)
{
        size_t length = 0;
        ssize_t got;

        while (length < size - 1 && (got = read(fd, ret_text + length, size - 1 - length)) > 0)
                length += (size_t)got;
        ret_text[length] = '\0';
        for (size_t i = 0; i < length; i++)
                if (ret_text[i] == '\n')
                        ret_text[i] = ' ';
}

/* In the child: doctor's kernel log is this row's. */
static void become_doctor(int answer)
{
        dup2(answer, STDOUT_FILENO);
        if (unshare(CLONE_NEWNS) == 0 && mount(LOG, "/dev/kmsg", NULL, MS_BIND, NULL) == 0)
                execl(DOCTOR, "forestage", "doctor", "--json", (char *)NULL);
        _exit(127);
}

/* What `forestage doctor --json` makes of this system, and its exit code. */
static void say_doctor(void)
{
        static char answer[ANSWER_MAX];
        int pipes[2], status = 0;
        char code[16];
        pid_t pid;

        log_write(LOG);
        if (pipe2(pipes, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
                say("error", strerror(errno));
                return;
        }
        if (pid == 0)
                become_doctor(pipes[1]);
        close(pipes[1]);
        read_line(pipes[0], answer, sizeof(answer));
        close(pipes[0]);
        waitpid(pid, &status, 0);
        snprintf(code, sizeof(code), "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        say("doctor", answer);
        say("doctor_exit", code);
}

static void ask_driver(const char *driver)
{
        char folder[160];
        char *addresses = module_addresses("nvidia", functions);

        snprintf(folder, sizeof(folder), "/drivers/%s", driver);
        if (addresses && module_load(folder, "dmaprobe", addresses))
                module_unload("dmaprobe");
        free(addresses);
}

/* The kernel's modules that the driver stands on; an earlier row's are there still. */
static void load_needed(const char *driver)
{
        char path[160], folder[160], order[1024], *rest = order, *name;

        snprintf(folder, sizeof(folder), "/drivers/%s", driver);
        snprintf(path, sizeof(path), "/drivers/%s/order", driver);
        if (!read_text(path, order, sizeof(order)))
                return;
        while ((name = strsep(&rest, "\n")) != NULL)
                if (*name != '\0')
                        module_load(folder, name, "");
}

static void run(const char *driver, const char *module, const char *options, bool fresh)
{
        char folder[160];

        load_needed(driver);
        say_pat("pat_before");
        snprintf(folder, sizeof(folder), "/drivers/%s/%s", driver, module);
        if (module_load(folder, "nvidia", options)) {
                log_take();
                if (fresh)
                        say_doctor();
                ask_driver(driver);
                module_unload("nvidia");
        }
        say_pat("pat");
}

/* In a process of its own: what brings the kernel to kill it ends this row, not the boot. */
static void run_apart(const char *driver, const char *module, const char *options, bool fresh)
{
        int status = -1;
        char text[32];
        pid_t pid = fork();

        if (pid == 0) {
                run(driver, module, options, fresh);
                log_take();
                _exit(0);
        }
        if (pid > 0)
                waitpid(pid, &status, 0);
        log_take(); /* both read from one place on: this is what was said when the child died */
        snprintf(text, sizeof(text), "%s", pid > 0 && status == 0 ? "yes" : "died");
        say("row_end", text);
}

void rows_run(bool fresh)
{
        char *text = read_file("/rows"), *rest = text, *line;

        if (!text) {
                say("error", "the initramfs has no /rows");
                return;
        }
        while ((line = strsep(&rest, "\n")) != NULL) {
                char name[64], driver[64], module[64], options[256] = "";

                if (sscanf(line, "%63s %63s %63s %255[^\n]", name, driver, module, options) < 3)
                        continue;
                log_begin_row();
                say("state", fresh ? "fresh" : "ballooned");
                say("row", name);
                run_apart(driver, module, options, fresh);
        }
        free(text);
}
