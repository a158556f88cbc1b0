/*
 * Another user at work while root runs the real commands: in a folder that all can write to, names
 * are exchanged for links and other folders, as soon as inotify tells of them or all the time. What
 * is root's must be the same after every round. ROUNDS= says how many for each attack (60, LONG=yes
 * 200); FORESTAGE= and RUNNER= name other programs than those of this build.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/beneath.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/repeats.h"
#include "tests/unit/tap.h"

#define OTHER        65534u
#define VICTIM_LIMIT 60u /* seconds for one command of root's */

static char base[64];
static int root;            /* base, open */
static atomic_uint *tricks; /* names that were exchanged; shared with the attacker */
static unsigned rounds;

static const char *at(const char *name)
{
        static char path[8][512];
        static unsigned next;

        next = (next + 1) % 8;
        snprintf(path[next], sizeof(path[next]), "%s/%s", base, name);
        return path[next];
}

static void put(const char *name, const void *data, size_t length, mode_t mode)
{
        int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, length), length);
        assert_int_equal(fchmod(fd, mode), 0);
        close(fd);
}

static void make(const char *name, mode_t mode)
{
        assert_int_equal(mkdir(at(name), 0700), 0);
        assert_int_equal(chmod(at(name), mode), 0);
}

static void clear(const char *name)
{
        int fd = open(at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

        assert_true(fd >= 0);
        assert_true(beneath_clear(fd));
        close(fd);
}

static unsigned entries;

static int count_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)path;
        (void)status;
        (void)type;
        (void)walk;
        entries++;
        return 0;
}

static unsigned count(const char *path)
{
        entries = 0;
        nftw(path, count_one, 16, FTW_PHYS);
        return entries;
}

/* --- root's commands --- */

static const char *program(const char *variable, const char *path)
{
        static char full[256];
        const char *build = getenv("BUILD");

        if (getenv(variable))
                return getenv(variable);
        snprintf(full, sizeof(full), "%s/%s", build ? build : "build", path);
        return full;
}

static void execute(char *const argv[])
{
        int nothing = open("/dev/null", O_RDWR);

        if (!getenv("VERBOSE")) {
                dup2(nothing, STDOUT_FILENO);
                dup2(nothing, STDERR_FILENO);
        }
        alarm(VICTIM_LIMIT);
        execv(argv[0], argv);
        _exit(127);
}

/* vfork copies no page tables, which thousands of commands would pay for. */
static void run(char *const argv[])
{
        pid_t child = vfork();
        int status;

        if (child == 0)
                execute(argv);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status)); /* it neither crashed nor hung */
        assert_int_not_equal(WEXITSTATUS(status), 127);
}

static void collect(const char *option, const char *name)
{
        run((char *[]){ (char *)program("FORESTAGE", "dom0/forestage"), "collect", "--region",
                (char *)at("private/region"), (char *)option, (char *)at(name), NULL });
}

static void run_jobs(const char *jobs, const char *region)
{
        run((char *[]){ (char *)program("RUNNER", "runner/forestage-run"), "--jobs",
                (char *)at(jobs), "--region", (char *)at(region), "--region-size", "64K",
                "--serial", NULL });
}

/* --- the attacker --- */

struct attack {
        const char *name;
        void (*prepare)(void); /* before each round, the attacker stopped */
        void (*act)(void);     /* root's command */
        bool (*has_harmed)(void);
        void (*attack)(void); /* in the attacker's process, without end */
        mode_t mode;          /* of base/shared */
        bool theirs;          /* it is the attacker's */
};

static pid_t start(const struct attack *attack)
{
        pid_t child = fork();

        if (child == 0) {
                if (setgid(OTHER) != 0 || setuid(OTHER) != 0)
                        _exit(1);
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                umask(0);
                attack->attack();
                _exit(2);
        }
        assert_true(child > 0);
        return child;
}

static void pause_attacker(pid_t attacker)
{
        int status;

        kill(attacker, SIGSTOP);
        assert_int_equal(waitpid(attacker, &status, WUNTRACED), attacker);
        assert_true(WIFSTOPPED(status));
}

static void run_attack(const struct attack *attack)
{
        unsigned successes = 0;
        pid_t attacker;
        int status;

        make("shared", attack->mode);
        if (attack->theirs)
                assert_int_equal(chown(at("shared"), OTHER, OTHER), 0);
        *tricks = 0;
        attacker = start(attack);
        for (unsigned i = 0; i < rounds; i++) {
                pause_attacker(attacker);
                attack->prepare();
                kill(attacker, SIGCONT);
                sched_yield();
                attack->act();
                if (attack->has_harmed())
                        successes++;
        }
        kill(attacker, SIGCONT);
        kill(attacker, SIGKILL);
        waitpid(attacker, &status, 0);
        printf("# %s: %u rounds, %u names exchanged, %u successes\n", attack->name, rounds,
                (unsigned)*tricks, successes);
        fflush(stdout);
        assert_true(WIFSIGNALED(status)); /* it was at work until the end */
        assert_true(*tricks > 0);
        assert_int_equal(successes, 0);
}

/* Puts in the place of `name` a link to one of `targets`, or one of the folders beside it. */
static void swap(const char *name, const char *const targets[], unsigned number)
{
        static unsigned stashed;
        const char *target;
        char stash[64];
        unsigned count;

        for (count = 0; targets[count]; count++)
                ;
        target = targets[number % count];
        snprintf(stash, sizeof(stash), "shared/stash%u", stashed++);
        if (rename(at(name), at(stash)) != 0)
                return;
        if (strncmp(target, "shared/", 7) == 0)
                rename(at(target), at(name));
        else
                symlink(at(target), at(name));
        (*tricks)++;
}

static bool is_ours(const char *name)
{
        return strncmp(name, ".forestage-", 11) == 0 || strncmp(name, "forestage-run-", 14) == 0;
}

/* Once for each name of the programs' that inotify tells of. */
static void swap_when(uint32_t mask, const char *const targets[])
{
        char buffer[4096] __attribute__((aligned(8))), name[300], last[300] = "";
        int fd = inotify_init1(IN_CLOEXEC);
        unsigned number = 0;
        ssize_t got;

        inotify_add_watch(fd, at("shared"), mask);
        while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
                for (char *next = buffer; next < buffer + got;) {
                        const struct inotify_event *event = (const struct inotify_event *)next;

                        next += sizeof(*event) + event->len;
                        snprintf(name, sizeof(name), "shared/%s", event->len ? event->name : "");
                        if (!event->len || strcmp(name, last) == 0 || !is_ours(event->name))
                                continue;
                        strcpy(last, name); /* what comes next is our own doing */
                        swap(name, targets, number++);
                }
        }
}

/* --- what is root's --- */

static const char *const run_files[] = { "run.json", "events.jsonl", "stage/runner.log",
        "stage/empty.log", "jobs/vecadd/0/noise.bin", "jobs/vecadd/0/hello.txt",
        "jobs/wave/0/noise.bin" };

/* A folder like an earlier collection of the sample's run: its names are what is removed. */
static void put_collection(const char *name, const char *run)
{
        char text[128];

        snprintf(text, sizeof(text), "{\"run_id\": \"%s\", \"complete\": false}", run);
        for (size_t i = 0; i < sizeof(run_files) / sizeof(run_files[0]); i++) {
                char path[256];
                int fd;

                snprintf(path, sizeof(path), "%s/%s", name, run_files[i]);
                fd = beneath_create(root, path, 0600);
                assert_true(fd >= 0);
                assert_int_equal(write(fd, text, strlen(text)), strlen(text));
                close(fd);
        }
}

static unsigned full; /* entries of such a folder */

static void prepare_removal(void)
{
        clear("shared");
        clear("precious");
        put_collection("precious", "mine");
        put_collection("shared/run", SAMPLE_RUN);
        put_collection("shared/twin", "mine");
        full = count(at("precious"));
}

/* The twin may have been moved anywhere in the shared folder; all of it must be there. */
static bool has_removed(void)
{
        DIR *list = opendir(at("shared"));
        struct dirent *entry;
        char path[300], text[128];
        bool found = false;

        while (list && (entry = readdir(list)) && !found) {
                int fd;
                ssize_t length;

                snprintf(path, sizeof(path), "shared/%s/run.json", entry->d_name);
                fd = open(at(path), O_RDONLY | O_NOFOLLOW);
                length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
                text[length > 0 ? length : 0] = '\0';
                if (fd >= 0)
                        close(fd);
                snprintf(path, sizeof(path), "shared/%s", entry->d_name);
                found = strstr(text, "mine") && count(at(path)) == full;
        }
        if (list)
                closedir(list);
        return !found || count(at("precious")) != full;
}

static void collect_run(void)
{
        collect("--out", "shared/run");
}

/* A link to a folder with the same names, and such a folder itself. */
static void swap_replaced(void)
{
        static const char *const targets[] = { "precious", "shared/twin", NULL };

        swap_when(IN_MOVED_TO, targets);
}

static void removes_nothing_else(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "what --out replaced becomes another", prepare_removal,
                collect_run, has_removed, swap_replaced, 0777, false });
}

static void removes_nothing_else_of_theirs(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "the same in a folder of the attacker's", prepare_removal,
                collect_run, has_removed, swap_replaced, 0755, true });
}

/* --- a run folder elsewhere --- */

static void prepare_elsewhere(void)
{
        clear("shared");
        clear("elsewhere");
        clear("precious");
        put_collection("precious", "mine");
        full = count(at("precious"));
}

static bool has_written(void)
{
        return count(at("elsewhere")) != 1 || count(at("precious")) != full;
}

static void swap_new(void)
{
        static const char *const targets[] = { "elsewhere", "precious", NULL };

        swap_when(IN_CREATE, targets);
}

static void writes_no_run_folder_elsewhere(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "a new run folder becomes a link", prepare_elsewhere,
                collect_run, has_written, swap_new, 0777, false });
}

/* One of these after the other under one name, without a pause. */
static void toggle(const char *name, const char *const targets[])
{
        for (unsigned i = 0;; i++) {
                const char *target = targets[i % 4];

                if (unlink(at(name)) != 0 && errno != ENOENT)
                        rmdir(at(name));
                if (strcmp(target, "FOLDER") == 0)
                        mkdir(at(name), 0777);
                else if (strcmp(target, "FIFO") == 0)
                        mkfifo(at(name), 0666);
                else if (strcmp(target, "FILE") == 0)
                        close(open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0666));
                else
                        symlink(at(target), at(name));
                (*tricks)++;
                usleep(10);
        }
}

static void toggle_parent(void)
{
        /* A folder with something in it cannot be removed: it is moved aside. */
        for (unsigned i = 0;; i++) {
                char aside[64];

                snprintf(aside, sizeof(aside), "shared/aside%u", i);
                mkdir(at("shared/sub"), 0777);
                if (rename(at("shared/sub"), at(aside)) != 0)
                        continue;
                symlink(at("elsewhere"), at("shared/sub"));
                (*tricks)++;
                unlink(at("shared/sub"));
                rmdir(at(aside)); /* stays when something is in it */
                usleep(10);
        }
}

static void collect_below(void)
{
        static bool second;

        second = !second;
        if (second)
                collect("--out", "shared/sub/run");
        else
                collect("--metrics", "shared/sub/metrics");
}

static void writes_nothing_through_a_part_of_the_path(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "a folder on the way becomes a link", prepare_elsewhere,
                collect_below, has_written, toggle_parent, 01777, false });
}

/* --- an empty folder --- */

static struct stat empty_before;

static void prepare_empty(void)
{
        clear("shared");
        clear("bait");
        make("bait/empty", 0700);
        assert_int_equal(stat(at("bait/empty"), &empty_before), 0);
}

static bool has_replaced_empty(void)
{
        struct stat now;

        return stat(at("bait/empty"), &now) != 0 || now.st_ino != empty_before.st_ino ||
               count(at("bait/empty")) != 1;
}

static void toggle_run(void)
{
        static const char *const targets[] = { "FOLDER", "bait/empty", "FILE", "private/empty" };

        toggle("shared/run", targets);
}

static void replaces_no_empty_folder(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "an empty folder through a link", prepare_empty, collect_run,
                has_replaced_empty, toggle_run, 0777, false });
}

/* --- files --- */

static struct stat secret_before, device_before;

static void prepare_files(void)
{
        clear("shared");
        assert_int_equal(stat(at("private/secret"), &secret_before), 0);
        assert_int_equal(stat(at("private/null"), &device_before), 0);
}

static bool has_changed(const char *name, const struct stat *before)
{
        struct stat now;

        return stat(at(name), &now) != 0 || now.st_ino != before->st_ino ||
               now.st_mode != before->st_mode || now.st_size != before->st_size ||
               now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
               now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static bool has_changed_files(void)
{
        return has_changed("private/secret", &secret_before) ||
               has_changed("private/null", &device_before);
}

static void toggle_page(void)
{
        static const char *const targets[] = { "private/secret", "FIFO", "private/null", "FILE" };

        toggle("shared/page", targets);
}

static void write_page(void)
{
        static bool second;

        second = !second;
        if (second)
                collect("--metrics", "shared/page");
        else
                run((char *[]){ (char *)program("FORESTAGE", "dom0/forestage"), "report",
                        (char *)at("private/run"), "--html", (char *)at("shared/page"), NULL });
}

static void pages_hit_no_other_file(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "--html and --metrics on what changes", prepare_files,
                write_page, has_changed_files, toggle_page, 0777, false });
}

/* A region of root's could be overwritten, any other file not: it is the better bait. */
static void toggle_region(void)
{
        static const char *const targets[] = { "private/secret", "FIFO", "private/secret", "FILE" };

        toggle("shared/region", targets);
}

static void write_region(void)
{
        run_jobs("private/none", "shared/region");
}

static void regions_hit_no_other_file(void **state)
{
        (void)state;
        run_attack(&(struct attack){ "forestage-run --region on what changes", prepare_files,
                write_region, has_changed_files, toggle_region, 0777, false });
}

/* --- the folders of programs --- */

static void prepare_programs(void)
{
        clear("shared");
        clear("precious");
        clear("elsewhere");
        put("precious/one.sh", "mine", 4, 0600);
        put("precious/one.conf", "mine", 4, 0600);
}

static bool has_hit_programs(void)
{
        return count(at("precious")) != 3 || count(at("elsewhere")) != 1;
}

static void swap_work(void)
{
        static const char *const targets[] = { "elsewhere", "precious", NULL };

        swap_when(IN_CREATE | IN_OPEN, targets);
}

static void run_program(void)
{
        run_jobs("private/jobs", "private/out");
}

static void work_folders_are_no_way_elsewhere(void **state)
{
        char *library = realpath(program("REHEARSAL", "rehearsal"), NULL);

        (void)state;
        assert_non_null(library);
        setenv("LD_LIBRARY_PATH", library, 1); /* programs run where there is a GPU */
        free(library);
        setenv("TMPDIR", at("shared"), 1);
        run_attack(&(struct attack){ "a program's folder becomes a link", prepare_programs,
                run_program, has_hit_programs, swap_work, 0777, false });
        unsetenv("TMPDIR");
        unsetenv("LD_LIBRARY_PATH");
}

/* --- */

static void put_private(void)
{
        static const char conf[] = "[Job]\nType=program\n[Program]\nExec=one.sh\n";
        static const char script[] = "#!/bin/sh\nexit 0\n";
        struct sample sample;

        make("private", 0755); /* others may look, and make links to what is in it */
        make("precious", 0700);
        make("elsewhere", 0700);
        make("bait", 0755);
        make("private/none", 0700);
        make("private/jobs", 0700);
        put("private/jobs/one.conf", conf, strlen(conf), 0600);
        put("private/jobs/one.sh", script, strlen(script), 0700);
        sample_passed(&sample);
        put("private/region", sample.base, sample.size, 0600);
        put("private/secret", sample.base, sample.size, 0600);
        sample_free(&sample);
        assert_int_equal(mknod(at("private/null"), S_IFCHR | 0666, makedev(1, 3)), 0);
        collect("--out", "private/run");
}

static int set_up(void **state)
{
        (void)state;
        snprintf(base, sizeof(base), "%s/forestage-attack-XXXXXX",
                access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(base) || chmod(base, 0755) != 0)
                return -1;
        root = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        put_private();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        beneath_clear(root);
        close(root);
        return rmdir(base);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(removes_nothing_else),
                TEST(removes_nothing_else_of_theirs),
                TEST(writes_no_run_folder_elsewhere),
                TEST(writes_nothing_through_a_part_of_the_path),
                TEST(replaces_no_empty_folder),
                TEST(pages_hit_no_other_file),
                TEST(regions_hit_no_other_file),
                TEST(work_folders_are_no_way_elsewhere),
        };

        if (geteuid() != 0) {
                printf("1..0 # SKIP only root can act as somebody else\n");
                return 0;
        }
        rounds = repeats(60, 200);
        if (getenv("ROUNDS"))
                rounds = (unsigned)strtoul(getenv("ROUNDS"), NULL, 10);
        umask(022);
        tricks = mmap(
                NULL, sizeof(*tricks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (tricks == MAP_FAILED)
                return 1;
        return run_tap(tests);
}
