/*
 * Verbs that change a stand-in for a host, several at once, killed, and beside verbs that only
 * look: what is left is whole, and nobody says what is not so.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/base/json.h"
#include "dom0/base/lock.h"
#include "dom0/base/verb.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/repeats.h"
#include "tests/unit/tap.h"

#define ESP  "/boot/efi/EFI/forestage"
#define MOST 6u /* verbs at once */

static int set_up(void **state)
{
        lock_patience = 30;
        if (stand_in_debian(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes");
}

static int set_up_grub(void **state)
{
        lock_patience = 30;
        if (stand_in_debian(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes --method grub");
}

static char *full(const struct stand_in *host, const char *path)
{
        char *joined = NULL;

        assert_true(asprintf(&joined, "%s%s", host->root, path) > 0);
        return joined;
}

/* --- several at once --- */

struct process {
        pid_t pid;
        unsigned number;
        int code; /* -1: it was killed */
        char *output, *errors;
};

static void give_back(struct stand_in *host, unsigned number, const char *name, const char *text)
{
        char path[64];

        snprintf(path, sizeof(path), "/results/%u.%s", number, name);
        stand_in_text(host, path, "%s", text);
}

static struct process start(
        struct stand_in *host, unsigned number, unsigned delay, const char *line)
{
        struct process process = { .number = number };

        fflush(NULL);
        process.pid = fork();
        assert_true(process.pid >= 0);
        if (process.pid > 0)
                return process;
        usleep(delay);
        stand_in_run(host, "%s", line);
        give_back(host, number, "output", host->output);
        give_back(host, number, "errors", host->errors);
        _exit(host->code);
}

static void finish(struct stand_in *host, struct process *process)
{
        char path[64];
        int status;

        assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
        process->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (process->code < 0)
                return;
        snprintf(path, sizeof(path), "/results/%u.output", process->number);
        process->output = stand_in_read(host, path);
        snprintf(path, sizeof(path), "/results/%u.errors", process->number);
        process->errors = stand_in_read(host, path);
        assert_non_null(process->output);
        assert_non_null(process->errors);
}

static void process_free(struct process *process)
{
        free(process->output);
        free(process->errors);
}

/* Runs all of them, each after a random delay. */
static void at_once(struct stand_in *host, const char *const lines[], struct process *ret_processes)
{
        size_t count = 0;

        for (; lines[count]; count++)
                ret_processes[count] =
                        start(host, (unsigned)count, (unsigned)rand() % 30000, lines[count]);
        for (size_t i = 0; i < count; i++)
                finish(host, &ret_processes[i]);
}

/* --- what must not be --- */

static char left_over[256]; /* nftw has no room for an argument */

static int look_for_leftover(
        const char *path, const struct stat *status, int type, struct FTW *walk)
{
        const char *name = path + walk->base;

        (void)status;
        (void)type;
        if (strncmp(name, ".forestage-", 11) == 0 || strcmp(name, "draft") == 0 ||
                strcmp(name, "old") == 0)
                snprintf(left_over, sizeof(left_over), "%.255s", path);
        return 0;
}

static void assert_tidy(const struct stand_in *host)
{
        *left_over = '\0';
        nftw(host->root, look_for_leftover, 16, FTW_PHYS);
        assert_string_equal(left_over, "");
}

static void assert_order_is_good(const struct stand_in *host)
{
        if (stand_in_has(host, ESP "/order"))
                assert_true(stand_in_bundle_is_whole(host));
}

static void assert_no_lie(const struct process *process, bool armed)
{
        if (armed && strstr(process->errors, "nothing is armed now"))
                fail_msg("beside an order: %s", process->errors);
}

static void two_arms_at_once(void **state)
{
        static const char *const lines[] = { "arm --yes", "arm --yes", NULL };
        struct stand_in *host = *state;
        struct process processes[MOST];

        for (unsigned round = 0; round < repeats(4, 12); round++) {
                at_once(host, lines, processes);
                assert_true(stand_in_has(host, ESP "/order"));
                assert_order_is_good(host);
                assert_tidy(host);
                for (size_t i = 0; i < 2; i++) {
                        assert_int_equal(processes[i].code, 0);
                        assert_no_lie(&processes[i], true);
                        process_free(&processes[i]);
                }
        }
}

/* Whatever the order in which they come: each does its whole work or none of it. */
static void everything_at_once(void **state)
{
        static const char *const rounds[][MOST + 1] = {
                { "arm --yes", "disarm", "arm --yes --every-boot", "collect --once", NULL },
                { "install --yes", "uninstall --yes", "arm --yes", "status", NULL },
                { "uninstall --yes", "uninstall --yes", "install --yes", "install --yes", NULL },
                { "install --yes", "arm --yes", "arm --yes", "collect --once", "disarm", NULL },
        };
        struct stand_in *host = *state;
        struct process processes[MOST];

        for (unsigned round = 0; round < repeats(4, 8); round++) {
                at_once(host, rounds[round % 4], processes);
                assert_order_is_good(host);
                assert_tidy(host);
                for (size_t i = 0; rounds[round % 4][i]; i++) {
                        assert_no_lie(&processes[i], stand_in_has(host, ESP "/order"));
                        process_free(&processes[i]);
                }
                /* The journal knows what is there, and nothing else is. */
                assert_int_equal(stand_in_has(host, ESP "/vmlinuz"),
                        stand_in_has(host, "/var/lib/forestage/backup/journal.json"));
                assert_int_equal(stand_in_run(host, "install --yes"), 0);
        }
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_false(stand_in_has(host, ESP));
        assert_false(stand_in_has(host, "/var/lib/forestage"));
}

/* --- verbs that only look --- */

static pid_t repeat_for_ever(struct stand_in *host, const char *const lines[])
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid > 0)
                return pid;
        for (size_t i = 0;; i = lines[i + 1] ? i + 1 : 0)
                if (stand_in_run(host, "%s", lines[i]) != 0)
                        _exit(1);
}

static void end(pid_t pid)
{
        int status;

        assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* every verb of it did its work */
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* Returns how often status said that the host is being changed. */
static unsigned watch_status(struct stand_in *host, const char *const allowed[])
{
        unsigned changing = 0, most = repeats(50, 150);

        for (unsigned i = 0; i < most || (changing == 0 && i < 150); i++) {
                int code = stand_in_run(host, "status --json");
                json_auto_t *object = json_loads(host->output, 0, NULL);
                const char *found = get_text(object, "state");
                bool busy = strcmp(found, "changing") == 0, good = busy;

                for (size_t at = 0; allowed[at]; at++)
                        good = good || strcmp(found, allowed[at]) == 0;
                if (!good)
                        fail_msg("status said %s", found);
                assert_int_equal(busy, code == EXIT_BUSY);
                assert_true(!busy || json_is_null(json_object_get(object, "installed")));
                assert_true(!busy || strstr(get_text(object, "note"), " is at work"));
                changing += busy;
                usleep(1000);
        }
        return changing;
}

/* At no time is there no order, for all that status can say. */
static void status_while_a_run_is_armed_again(void **state)
{
        static const char *const lines[] = { "arm --yes", NULL }, *const allowed[] = { "armed",
                NULL };
        struct stand_in *host = *state;
        pid_t other;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        other = repeat_for_ever(host, lines);
        assert_true(watch_status(host, allowed) > 0);
        end(other);
}

static void status_while_it_is_installed(void **state)
{
        static const char *const lines[] = { "uninstall --yes", "install --yes", NULL };
        static const char *const allowed[] = { "not-installed", "idle", NULL };
        struct stand_in *host = *state;
        pid_t other = repeat_for_ever(host, lines);

        assert_true(watch_status(host, allowed) > 0);
        end(other);
}

/* It neither waits nor fails for what is only half there. */
static void a_dry_run_beside_changes(void **state)
{
        static const char *const lines[] = { "install --yes --method grub", "arm --yes",
                "uninstall --yes", NULL };
        struct stand_in *host = *state;
        unsigned busy = 0, most = repeats(40, 100);
        pid_t other;

        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        other = repeat_for_ever(host, lines);
        for (unsigned i = 0; i < most || (busy == 0 && i < 100); i++) {
                int code = stand_in_run(host, "arm --dry-run");

                if (code == EXIT_BUSY)
                        assert_errors(host, "changing this host, or has just done so; nothing was");
                else if (code != 0)
                        assert_errors(host, "first: forestage install");
                busy += code == EXIT_BUSY;
        }
        end(other);
        assert_true(busy > 0);
}

/* --- who has it --- */

/* A process that has it, until a byte comes or it is killed. */
static pid_t hold(const struct stand_in *host, const char *verb, unsigned milliseconds)
{
        struct lock lock = LOCK_NONE;
        struct failure failure;
        int pipes[2];
        char byte;
        pid_t pid;

        assert_int_equal(pipe(pipes), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (!lock_take(&host->host, verb, &lock, &failure) || write(pipes[1], "x", 1) != 1)
                        _exit(1);
                usleep(milliseconds * 1000);
                lock_release(&lock);
                _exit(0);
        }
        assert_int_equal(read(pipes[0], &byte, 1), 1);
        close(pipes[0]);
        close(pipes[1]);
        return pid;
}

static void let_go(pid_t pid)
{
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const char *const changing[] = { "install --yes", "uninstall --yes", "arm --yes", "disarm",
        "collect --once", "collect --region 0x200000,0x40000" };

static void who_does_not_end(void **state)
{
        struct stand_in *host = *state;
        char *before, *after, who[96];
        pid_t other;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_text(host, "/usr/share/forestage/image/vmlinuz", "another");
        before = stand_in_snapshot(host);
        other = hold(host, "install", 60000);
        snprintf(who, sizeof(who),
                "forestage install (process %d) is changing this host, and has not ended within",
                (int)other);
        lock_patience = 0;
        for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++) {
                assert_int_equal(stand_in_run(host, "%s", changing[i]), EXIT_BUSY);
                assert_errors(host, who);
                assert_errors(host, "nothing was changed: try again when it has");
        }
        after = stand_in_snapshot(host);
        assert_string_equal(after, before);
        assert_int_equal(stand_in_run(host, "status"), EXIT_BUSY);
        snprintf(who, sizeof(who), "forestage install (process %d) is at work", (int)other);
        assert_output(host, who);
        assert_int_equal(stand_in_run(host, "doctor"), 1);
        assert_output(host, "is changing this host, or has");
        assert_int_equal(stand_in_run(host, "report 1234 --html %s/page", host->root), EXIT_BUSY);
        assert_int_equal(stand_in_run(host, "compare 1234 5678"), EXIT_BUSY);
        snprintf(who, sizeof(who), "1234 cannot be read while forestage install (process %d) is at",
                (int)other);
        assert_errors(host, who);
        let_go(other);
        free(after);
        free(before);
}

static void who_ends_in_time(void **state)
{
        struct stand_in *host = *state;
        pid_t other = hold(host, "collect", 2000);
        char who[96];

        snprintf(who, sizeof(who),
                "forestage: forestage collect (process %d) is changing this host; waiting up to 30",
                (int)other);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_errors(host, who);
        assert_int_equal(waitpid(other, NULL, 0), other);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_string_equal(host->errors, ""); /* nobody has it now */
}

static void a_killed_one_has_nothing(void **state)
{
        struct stand_in *host = *state;

        lock_patience = 0;
        for (unsigned i = 0; i < 3; i++) {
                let_go(hold(host, "arm", 60000));
                assert_int_equal(stand_in_run(host, "status"), 0);
                assert_int_equal(stand_in_run(host, i % 2 ? "disarm" : "arm --yes"), 0);
                assert_string_equal(host->errors, "");
        }
}

/* update-grub goes on when install is killed, and would write behind the back of the next one. */
static void what_a_killed_one_has_started_counts(void **state)
{
        struct stand_in *host = *state;
        pid_t other;

        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        stand_in_program(host, "update-grub",
                "echo >\"$root/var/started\"; sleep 4; echo >\"$root/var/ended\"");
        other = fork();
        if (other == 0) {
                stand_in_run(host, "install --yes --method grub");
                _exit(0);
        }
        for (unsigned i = 0; i < 1000 && !stand_in_has(host, "/var/started"); i++)
                usleep(10000);
        assert_true(stand_in_has(host, "/var/started"));
        let_go(other);
        assert_false(stand_in_has(host, "/var/ended"));
        stand_in_run(host, "uninstall --yes");
        assert_true(stand_in_has(host, "/var/ended"));
}

/* What it is locked by must be what the next one finds. */
static void run_is_tidied_up(void **state)
{
        struct stand_in *host = *state;
        struct lock lock = LOCK_NONE;
        struct failure failure;

        assert_true(lock_take(&host->host, "arm", &lock, &failure));
        stand_in_delete(host, "/run/forestage");
        lock_release(&lock);
        lock_patience = 0;
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_true(stand_in_has(host, "/run/forestage/lock"));
        let_go(hold(host, "arm", 60000));
        assert_int_equal(stand_in_run(host, "disarm"), 0);
}

static void both_exclude_each_other(struct stand_in *host)
{
        pid_t other = hold(host, "arm", 60000);

        lock_patience = 0;
        assert_int_equal(stand_in_run(host, "arm --yes"), EXIT_BUSY);
        assert_errors(host, "another forestage is changing this host");
        assert_int_equal(stand_in_run(host, "status"), EXIT_BUSY);
        let_go(other);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_string_equal(host->errors, "");
        assert_false(stand_in_has(host, "/run/forestage"));
}

static void there_is_no_run(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/run");
        both_exclude_each_other(host);
}

static void run_is_no_folder(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/run");
        stand_in_text(host, "/run", "x");
        both_exclude_each_other(host);
}

static void run_is_read_only(void **state)
{
        struct stand_in *host = *state;
        char *path = full(host, "/run");

        stand_in_delete(host, "/run/forestage");
        if (geteuid() != 0 || mount("tmpfs", path, "tmpfs", MS_RDONLY, "") != 0) {
                free(path);
                skip();
        }
        both_exclude_each_other(host);
        assert_int_equal(umount(path), 0);
        free(path);
}

/* --- what was agreed to --- */

/* The stand-in's gzip, which looks into Xen, changes something when it is called the first time. */
static void when_first_looked_at(struct stand_in *host, const char *script)
{
        char *text = NULL;

        assert_true(asprintf(&text,
                            "echo >>\"$root/var/gzip\"\n"
                            "[ \"$(wc -l <\"$root/var/gzip\")\" != 1 ] ||\n"
                            "( cd \"$root\" && %s ) || exit 9\n"
                            "PATH=/usr/bin:/bin exec gzip \"$@\"\n",
                            script) > 0);
        stand_in_text(host, "/var/gzip", "%s", "");
        stand_in_program(host, "gzip", text);
        free(text);
}

static void another_plan_than_was_shown(void **state)
{
        static const char *const scripts[] = {
                "printf '[Job]\\nType=program\\n[Program]\\nExec=./p\\n' "
                ">etc/forestage/jobs/b.conf; "
                "echo '#!/bin/sh' >etc/forestage/jobs/p",
                "rm etc/forestage/jobs/b.conf etc/forestage/jobs/p",
                "sed -i 's/ quiet/ quiet splash/' boot/grub/grub.cfg",
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                when_first_looked_at(host, scripts[i]);
                assert_int_equal(stand_in_run_answer(host, "y\n", "arm"), EXIT_BUSY);
                assert_errors(host, "what is shown above has changed meanwhile; nothing was "
                                    "changed: try again");
                assert_false(stand_in_has(host, ESP "/order"));
                assert_int_equal(stand_in_run_answer(host, "y\n", "arm"), 0);
                assert_int_equal(stand_in_run(host, "disarm"), 0);
        }
}

/* New files of the image under an order that lists the old ones: it could only fall back. */
static void a_new_image_under_an_order(void **state)
{
        static const char *const names[] = { "vmlinuz", "initramfs.img" };
        struct stand_in *host = *state;
        char path[96];

        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(stand_in_run(host, "arm --yes"), 0);
                snprintf(path, sizeof(path), "/usr/share/forestage/image/%s", names[i]);
                stand_in_text(host, path, "new");
                assert_int_equal(stand_in_run(host, "install --yes"), 0);
                assert_output(host, "  disarm the run that is armed: what it starts with is "
                                    "replaced; arm again");
                assert_output(host, "Installed. No run is armed");
                assert_false(stand_in_has(host, ESP "/order"));
        }
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_text(host, "/usr/share/forestage/image/forestage.efi", "new");
        assert_int_equal(stand_in_run(host, "install --yes"), 0); /* which no manifest lists */
        assert_output(host, " stays armed.");
        assert_true(stand_in_has(host, ESP "/order"));
        assert_order_is_good(host);
}

/* --- what a crash leaves --- */

static void killed_at_any_time(void **state)
{
        static const char *const lines[] = { "arm --yes", "install --yes", "disarm" };
        struct stand_in *host = *state;

        for (unsigned i = 0; i < repeats(12, 30); i++) {
                char text[16];
                pid_t pid;

                snprintf(text, sizeof(text), "image %u", i);
                stand_in_text(host, "/usr/share/forestage/image/vmlinuz", "%s", text);
                pid = start(host, 0, 0, lines[i % 3]).pid;
                usleep((useconds_t)rand() % 40000);
                kill(pid, SIGKILL);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                assert_order_is_good(host);
        }
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_order_is_good(host);
        assert_tidy(host);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_false(stand_in_has(host, ESP));
}

#define LEFT "/.forestage-0123456789ab"

/* A leftover of 600 KiB is room for what comes. */
static void leftovers_on_the_esp(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/large.bin", "%*d", 600 << 10, 1);
        for (stand_in_room = 1 << 20; stand_in_run(host, "arm --dry-run") != 0;)
                stand_in_room += 4 << 10;
        stand_in_text(host, ESP LEFT, "%*d", 600 << 10, 1);
        stand_in_room -= 500 << 10;
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_tidy(host);
        stand_in_text(host, "/usr/share/forestage/image/vmlinuz", "%*d", 600 << 10, 1);
        stand_in_room = (1 << 20) + (100 << 10);
        assert_int_equal(stand_in_run(host, "install --yes"), 1);
        assert_errors(host, "too full");
        stand_in_text(host, ESP LEFT, "%*d", 600 << 10, 1);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_tidy(host);
}

static void leftovers_elsewhere(void **state)
{
        static const char *const places[] = { "/etc/grub.d", "/var/lib/forestage/backup",
                "/boot/grub", "/boot/efi/EFI/forestage", "/var/lib/forestage" };
        struct stand_in *host = *state;
        char path[128];

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                snprintf(path, sizeof(path), "%s" LEFT, places[i]);
                stand_in_text(host, path, "half of it");
        }
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_tidy(host);
        assert_false(stand_in_has(host, "/var/lib/forestage"));
}

/* What somebody writes just now, and what only looks like a leftover, stays. */
static void what_is_no_leftover(void **state)
{
        static const char *const names[] = { ESP "/.forestage-notes",
                ESP "/.forestage-0123456789AB", ESP "/.forestage-0123456789abc",
                ESP "/forestage-0123456789ab" };
        struct stand_in *host = *state;
        char *path = full(host, ESP LEFT);
        int fd;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                stand_in_text(host, names[i], "x");
        stand_in_text(host, ESP LEFT, "x");
        fd = open(path, O_RDONLY);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                assert_true(stand_in_has(host, names[i]));
        assert_true(stand_in_has(host, ESP LEFT));
        close(fd);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_false(stand_in_has(host, ESP LEFT));
        free(path);
}

/* --- collect --- */

static void put_run(struct stand_in *host)
{
        struct sample sample;
        int fd;

        stand_in_text(host, "/cmdline",
                "quiet forestage.region=0x200000,0x40000 forestage.run=" SAMPLE_RUN "\n");
        stand_in_text(
                host, "/iomem", "00001000-001fffff : System RAM\n00200000-003fffff : Reserved\n");
        sample_passed(&sample);
        fd = open(host->memory, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, sample.base, sample.size, 0x200000), sample.size);
        assert_int_equal(ftruncate(fd, 0x400000), 0);
        close(fd);
        sample_free(&sample);
}

/* The last line of a file of metrics; it is written last. */
static void assert_metrics(const struct stand_in *host)
{
        char *text = stand_in_read(host, "/metrics/forestage.prom");

        assert_non_null(text);
        assert_int_equal(strncmp(text, "# HELP forestage_run_info ", 26), 0);
        assert_non_null(strstr(text, "\n# TYPE forestage_run_phase_seconds gauge\n"));
        assert_int_equal(text[strlen(text) - 1], '\n');
        free(text);
}

static void collections_at_once(struct stand_in *host, const char *options)
{
        char *line = NULL;
        const char *lines[5] = { NULL };
        struct process processes[MOST];

        assert_true(asprintf(&line, "collect %s --metrics %s/metrics/forestage.prom", options,
                            host->root) > 0);
        for (size_t i = 0; i < 4; i++)
                lines[i] = line;
        stand_in_text(host, "/metrics/other.prom", "x");
        for (unsigned round = 0; round < repeats(3, 8); round++) {
                at_once(host, lines, processes);
                for (size_t i = 0; i < 4; i++) {
                        if (processes[i].code != 0)
                                fail_msg("%d: %s", processes[i].code, processes[i].errors);
                        process_free(&processes[i]);
                }
                assert_metrics(host);
                assert_tidy(host);
        }
        free(line);
}

static void collections_of_this_boot(void **state)
{
        struct stand_in *host = *state;

        put_run(host);
        collections_at_once(host, "");
        assert_true(stand_in_has(host, "/var/lib/forestage/runs/" SAMPLE_RUN "/run.json"));
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_output(host, "Verdict:    PASS");
}

/* No lock of the host: anybody may collect a file anywhere. */
static void collections_into_one_folder(void **state)
{
        struct stand_in *host = *state;
        char *options = NULL;
        struct sample sample;

        sample_passed(&sample);
        stand_in_write(host, "/region", sample.base, sample.size);
        sample_free(&sample);
        assert_true(
                asprintf(&options, "--region %s/region --out %s/out", host->root, host->root) > 0);
        collections_at_once(host, options);
        assert_true(stand_in_has(host, "/out/run.json"));
        assert_true(stand_in_has(host, "/out/events.jsonl"));
        assert_false(stand_in_has(host, "/run/forestage/lock.new"));
        free(options);
}

static void leftovers_among_the_runs(void **state)
{
        struct stand_in *host = *state;

        put_run(host);
        stand_in_text(host, "/var/lib/forestage/runs/.forestage-new-0123456789ab/jobs/a", "x");
        stand_in_text(host, "/var/lib/forestage/runs/.forestage-new-0123456789ac/run.json", "{}");
        assert_int_equal(stand_in_run(host, "collect"), 0);
        assert_false(stand_in_has(host, "/var/lib/forestage/runs/.forestage-new-0123456789ab"));
        assert_true(stand_in_has(host, "/var/lib/forestage/runs/.forestage-new-0123456789ac"));
}

/* --- a report that cannot be printed --- */

static int run_into(struct stand_in *host, const char *file, const char *line)
{
        struct process process = { .pid = fork() };

        assert_true(process.pid >= 0);
        if (process.pid == 0) {
                char words[128], *argv[8] = { NULL }, *errors = full(host, "/errors");
                int argc = 0, code;

                if (!freopen(errors, "w", stderr) || !freopen(file, "w", stdout))
                        _exit(99);
                strcpy(words, line);
                for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
                        argv[argc++] = word;
                code = verb_find(argv[0])->run(&host->host, argc, argv);
                fflush(stderr);
                _exit(code);
        }
        assert_int_equal(waitpid(process.pid, &process.code, 0), process.pid);
        return WIFEXITED(process.code) ? WEXITSTATUS(process.code) : -1;
}

/* What is done is done. */
static void the_report_cannot_be_printed(void **state)
{
        static const char *const lines[][2] = {
                { "arm --yes", "the run is armed" },
                { "disarm", "nothing is armed" },
                { "disarm", "nothing is armed" },
                { "install --yes", "nothing was to be done" },
                { "uninstall --yes", "Forestage is uninstalled" },
                { "install --yes", "Forestage is installed" },
        };
        struct stand_in *host = *state;
        char *errors, warning[128];

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                assert_int_equal(run_into(host, "/dev/full", lines[i][0]), 0);
                errors = stand_in_read(host, "/errors");
                snprintf(warning, sizeof(warning),
                        "forestage: warning: %s, but that could not be written to standard output: "
                        "No space left on device\n",
                        lines[i][1]);
                assert_string_equal(errors, warning);
                free(errors);
        }
        assert_int_equal(run_into(host, "/dev/full", "arm --dry-run"), EXIT_INCOMPLETE);
        assert_int_equal(run_into(host, "/dev/full", "arm"), EXIT_FAIL); /* cannot even ask */
        assert_false(stand_in_has(host, ESP "/order"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)
#define GRUB(name) cmocka_unit_test_setup_teardown(name, set_up_grub, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(two_arms_at_once),
                TEST(everything_at_once),
                GRUB(everything_at_once),
                TEST(status_while_a_run_is_armed_again),
                TEST(status_while_it_is_installed),
                TEST(a_dry_run_beside_changes),
                TEST(who_does_not_end),
                TEST(who_ends_in_time),
                TEST(a_killed_one_has_nothing),
                TEST(what_a_killed_one_has_started_counts),
                TEST(run_is_tidied_up),
                TEST(there_is_no_run),
                TEST(run_is_no_folder),
                TEST(run_is_read_only),
                TEST(another_plan_than_was_shown),
                TEST(a_new_image_under_an_order),
                TEST(killed_at_any_time),
                TEST(leftovers_on_the_esp),
                GRUB(leftovers_elsewhere),
                TEST(what_is_no_leftover),
                TEST(collections_of_this_boot),
                TEST(collections_into_one_folder),
                TEST(leftovers_among_the_runs),
                TEST(the_report_cannot_be_printed),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
