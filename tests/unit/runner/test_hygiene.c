/*
 * forestage-run as a process among others: what it inherits, who reads what it prints, who ends it,
 * and what is left of it and its jobs then.
 */
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "tests/unit/runner/harness.h"

/* Runs a line of shell in which "$@" is a call of forestage-run. */
static pid_t start_line(const char *line)
{
        char program[PATH_MAX + 64], jobs[128], text[1024];
        pid_t pid;

        snprintf(program, sizeof(program), "%s/runner/asan/forestage-run", here);
        snprintf(jobs, sizeof(jobs), "%s/jobs", scratch);
        snprintf(text, sizeof(text), "cd %s; %s", scratch, line);
        pid = fork();
        if (pid == 0) {
                setenv("TMPDIR", scratch, 1);
                execl("/bin/sh", "sh", "-c", text, "sh", program, "--jobs", jobs, "--region",
                        region_path, "--region-size", "512K", NULL);
                _exit(127);
        }
        assert_true(pid > 0);
        return pid;
}

static int run_line(const char *line)
{
        return finish(start_line(line));
}

/* For 10 s at most. */
#define wait_until(condition)                                              \
        do {                                                               \
                for (int tries = 0; !(condition) && tries < 1000; tries++) \
                        usleep(10000);                                     \
                assert_true(condition);                                    \
        } while (0)

/* --- the streams --- */

static void closed_streams_are_nobodys(void **state)
{
        static const char *const lines[] = { "exec \"$@\" <&- >log", "exec \"$@\" >&-",
                "exec \"$@\" 2>&- >log", "exec \"$@\" <&- >&- 2>&-" };

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        put_program("two", "cat; echo out; echo err >&2", "[Program]\nExec=two.sh\n", 0755);
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                assert_int_equal(run_line(lines[i]), 0);
                load(true);
                assert_result("one/0", "pass", NULL);
                assert_result("two/0", "pass", NULL);
                assert_file("jobs/two/0/stdout", "out\n", 4);
                assert_file("jobs/two/0/stderr", "err\n", 4);
                release();
        }
        assert_int_equal(run_line("exec \"$@\" >&- 2>log"), 0);
        assert_log_lacks("standard output");
}

static void nobody_need_read_it(void **state)
{
        static const char *const lines[] = {
                "\"$@\" | head -n 1 >log",      /* the reader leaves after a line */
                "\"$@\" | true",                /* or before the first */
                "\"$@\" 2>&1 | true",           /* of both streams */
                "exec \"$@\" >/dev/full 2>log", /* the disk is full */
        };

        (void)state;
        put_program("one", "sleep 0.2", "[Program]\nExec=one.sh\n", 0755);
        put_job("two", "increment", "", EXPECT_RIGHT);
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                assert_int_equal(run_line(lines[i]), 0);
                load(true);
                assert_result("one/0", "pass", NULL);
                assert_result("two/0", "pass", NULL);
                release();
        }
        assert_log_has("standard output: No space left on device");
}

/* Somebody has it open and does not read: a pager, a terminal after Ctrl-S. An answer does wait. */
#define FULL                          \
        "mkfifo full; exec 9<>full; " \
        "dd if=/dev/zero of=full bs=4096 count=100 oflag=nonblock 2>dd || true; "

static void nobody_is_waited_for(void **state)
{
        (void)state;
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_line(FULL "exec timeout 30 \"$@\" >full 2>&1"), 0);
        load(true);
        assert_result("two/0", "pass", NULL);
        release();
        assert_int_equal(run_line(FULL "exec timeout 1 \"$1\" --help >full"), 124);
}

/* Where nothing but what is printed counts, it counts that it was. */
static void answers_must_be_read(void **state)
{
        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_line("exec \"$@\" --list >/dev/full 2>&1"), 1);
        assert_int_equal(run_line("exec \"$1\" --help >/dev/full 2>&1"), 1);
        assert_int_equal(run_line("exec \"$1\" --version >/dev/full 2>log"), 1);
        assert_log_has("standard output: No space left on device");
        assert_int_equal(run_line("exec \"$@\" --list >&- 2>log"), 1);
        assert_log_has("standard output: Bad file descriptor");
        assert_int_equal(run_line("exec \"$@\" --list >log"), 0);
}

/* --- a terminal --- */

/* What is printed on one of so many columns; when `sign` has come, it gets `less` of them. */
static char *run_on_terminal(unsigned short columns, const char *sign, unsigned short less)
{
        struct winsize size = { .ws_row = 24, .ws_col = columns };
        char *text = calloc(1, 1 << 16);
        size_t length = 0;
        int master, slave, status;
        ssize_t got;
        pid_t pid;

        assert_non_null(text);
        assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
        pid = fork();
        if (pid == 0) {
                close(master);
                setenv("TERM", "vt100", 1);
                _exit(login_tty(slave) == 0 ? finish(start_line("exec \"$@\"")) : 127);
        }
        close(slave);
        while ((got = read(master, text + length, (1 << 16) - 1 - length)) > 0) {
                length += (size_t)got;
                if (sign && strstr(text, sign)) {
                        size.ws_col = less;
                        assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
                        strcat(text, "#\r"); /* here */
                        length += 2;
                        sign = NULL;
                }
        }
        close(master);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 1);
        return text;
}

/* All in ASCII, but for "…". */
static size_t columns_of(const char *line)
{
        size_t columns = strlen(line);

        for (const char *at = line; (at = strstr(at, "…")); at++)
                columns -= strlen("…") - 1;
        return columns;
}

/* No line of the jobs from `text` on takes more. */
static void assert_fits(char *text, size_t columns)
{
        char *rest = text;

        for (char *line = strtok_r(rest, "\r\n", &rest); line;
                line = strtok_r(NULL, "\r\n", &rest)) {
                if (columns_of(line) > columns && strncmp(line, "GPU ", 4) != 0)
                        fail_msg("%zu columns are too many: '%s'", columns_of(line), line);
        }
}

static void put_slow(const char *sleep)
{
        char script[64];

        snprintf(script, sizeof(script), "%s; exit 3", sleep);
        put_program("a_job_with_a_name_of_its_own", script, "", 0755);
        put("jobs/a_job_with_a_name_of_its_own.conf",
                "[Job]\nType=program\nTimeout=60s\n"
                "[Program]\nExec=a_job_with_a_name_of_its_own.sh\n");
}

static void lines_fit_the_terminal(void **state)
{
        char *text, *after;

        (void)state;
        put_slow("sleep 2");
        text = run_on_terminal(200, NULL, 0);
        assert_non_null(strstr(text, ": fail ("));
        assert_non_null(strstr(text, "s): the program ended with exit code 3\r\n"));
        assert_null(strstr(text, "…"));
        assert_fits(text, 199);
        free(text);
        /* Nothing of a job's end is lost, only folded. */
        text = run_on_terminal(40, NULL, 0);
        assert_non_null(strstr(text, "ended with"));
        assert_non_null(strstr(text, "code 3\r\n"));
        assert_non_null(strstr(text, "…"));
        assert_fits(text, 39);
        free(text);
        /* The window is made smaller while the job runs. */
        put_slow("sleep 4");
        text = run_on_terminal(120, "/60 s", 24);
        after = strstr(text, "#\r");
        assert_non_null(after);
        assert_non_null(strstr(after, "/60 s")); /* shown again */
        assert_non_null(strstr(after, "…"));
        assert_fits(after, 23);
        free(text);
}

/* --- signals --- */

static bool has_name(const char *name)
{
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        return access(path, F_OK) == 0;
}

/* A job that says that it runs, and then does what `rest` says. */
static void put_started(const char *rest)
{
        char script[256];

        snprintf(script, sizeof(script), "touch \"$TMPDIR/flag\"\n%s", rest);
        put_program("one", script, "", 0755);
        put("jobs/one.conf", "[Job]\nType=program\nTimeout=60s\n[Program]\nExec=one.sh\n");
}

/* It stays as long as nobody ends it. */
static void put_endless(void)
{
        char text[64];

        snprintf(text, sizeof(text), "exec sleep %s", own_nap());
        put_started(text);
}

static pid_t start_until_it_runs(const char *line)
{
        char flag[128];
        pid_t pid;

        snprintf(flag, sizeof(flag), "%s/flag", scratch);
        unlink(flag);
        pid = start_line(line);
        wait_until(has_name("flag"));
        return pid;
}

/* Sends it while the job runs, which has an end with the file `go`. */
static int run_and_signal(const char *line, int number)
{
        char go[128];
        pid_t pid;

        snprintf(go, sizeof(go), "%s/go", scratch);
        unlink(go);
        pid = start_until_it_runs(line);
        kill(pid, number);
        put("go", "");
        return finish(pid);
}

static void what_was_ignored_stays_ignored(void **state)
{
        (void)state;
        put_started("until [ -e \"$TMPDIR/go\" ]; do sleep 0.1; done");
        assert_int_equal(run_and_signal("trap '' HUP; exec \"$@\" >log", SIGHUP), 0);
        assert_int_equal(run_and_signal("trap '' INT; exec \"$@\" >log", SIGINT), 0);
        assert_int_equal(run_and_signal("trap '' TERM; exec \"$@\" >log", SIGTERM), 0);
        load(true);
        assert_result("one/0", "pass", NULL);
        release();
}

static void the_others_end_the_run(void **state)
{
        (void)state;
        put_endless();
        assert_int_equal(run_and_signal("trap '' HUP; exec \"$@\" >log", SIGTERM), 1);
        load(true);
        assert_result("one/0", "error", "the run was ended by signal 15 (Terminated)");
        release();
        assert_int_equal(run_and_signal("trap '' INT TERM; exec \"$@\" >log", SIGHUP), 1);
        load(true);
        assert_result("one/0", "error", "the run was ended by signal 1 (Hangup)");
        release();
}

/* A parent that ignores SIGCHLD would have the kernel forget how the jobs ended. */
static void children_are_always_waited_for(void **state)
{
        (void)state;
        put_program("one", "exit 3", "[Program]\nExec=one.sh\n", 0755);
        put_program("two", "true & wait $!", "[Program]\nExec=two.sh\n", 0755);
        assert_int_equal(run_line("exec env --ignore-signal=CHLD \"$@\" >log"), 1);
        load(true);
        assert_result("one/0", "fail", "the program ended with exit code 3");
        assert_result("two/0", "pass", NULL);
        release();
}

/* Line of /proc/PID/status of a job's program. */
static void assert_signals(const char *line, const char *blocked, const char *ignored)
{
        char text[128];

        assert_int_equal(run_line(line), 0);
        load(true);
        snprintf(text, sizeof(text), "SigBlk:\t%s\nSigIgn:\t%s\n", blocked, ignored);
        assert_file("jobs/one/0/stdout", text, strlen(text));
        release();
}

static void jobs_inherit_what_was_ignored(void **state)
{
        (void)state;
        put_program("one", "grep -E 'SigBlk|SigIgn' /proc/self/status", "[Program]\nExec=one.sh\n",
                0755);
        assert_signals("exec \"$@\" >log", "0000000000000000", "0000000000000000");
        assert_signals(
                "trap '' HUP PIPE; exec \"$@\" >log", "0000000000000000", "0000000000001001");
        assert_signals(
                "trap '' INT TERM; exec env --ignore-signal=CHLD --block-signal=TERM \"$@\" >log",
                "0000000000000000", "0000000000004002");
}

/* --- the runner is killed --- */

/* The only child of a process; 0: there is none. */
static pid_t child_of(pid_t pid)
{
        char path[96], text[64] = "";
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
        file = fopen(path, "re");
        if (file) {
                text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
                fclose(file);
        }
        return atoi(text);
}

static bool is_clean(void)
{
        char line[256];

        snprintf(
                line, sizeof(line), "test -z \"$(ls -d %s/forestage-run-* 2>/dev/null)\"", scratch);
        return system(line) == 0;
}

/* A job whose descendants have left their parents, their groups and their sessions. */
static void put_escape(void)
{
        const char *nap = own_nap();
        char script[256];

        snprintf(script, sizeof(script),
                "setsid sh -c 'setsid sleep %s & sleep %s' &\n"
                "(env -i sleep %s &)\ntouch \"$TMPDIR/flag\"\nexec sleep %s",
                nap, nap, nap, nap);
        put_program("one", script, "", 0755);
        put("jobs/one.conf", "[Job]\nType=program\nTimeout=60s\n[Program]\nExec=one.sh\n");
        put_job("two", "increment", "", EXPECT_RIGHT);
}

enum victim { FIRST, GUARD, RUNNER, GROUP, BY_NAME, VICTIMS };

static void kill_one(enum victim victim, pid_t first)
{
        pid_t guard = child_of(first), runner = child_of(guard);

        assert_true(guard > 0 && runner > 0);
        if (victim == GROUP) {
                kill(-first, SIGKILL);
        } else if (victim == BY_NAME) {
                kill(first, SIGSTOP); /* what a pkill hits at once */
                kill(runner, SIGKILL);
                kill(first, SIGKILL);
        } else {
                kill(victim == FIRST ? first : victim == GUARD ? guard : runner, SIGKILL);
        }
}

static void nothing_is_left_of_a_killed_run(void **state)
{
        int status;

        (void)state;
        put_escape();
        for (int victim = 0; victim < VICTIMS; victim++) {
                pid_t first = start_until_it_runs("exec setsid \"$@\" >log 2>&1");

                kill_one((enum victim)victim, first);
                assert_int_equal(waitpid(first, &status, 0), first);
                assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
                wait_until(!is_running(own_nap()));
                wait_until(is_clean());
                wait_until(!is_running(region_path));
                load(false);
                release();
        }
}

/* An end by a deadly signal is told as what it was. */
static void its_end_is_told(void **state)
{
        pid_t first, runner;
        int status;

        (void)state;
        put_endless();
        first = start_until_it_runs("exec \"$@\" >log 2>&1");
        runner = child_of(child_of(first));
        assert_true(runner > 0);
        kill(runner, SIGUSR2);
        assert_int_equal(waitpid(first, &status, 0), first);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2);
        wait_until(is_clean());
        assert_false(is_running(own_nap()));
}

/* --- folders of runs before --- */

static int make_folder(const char *name, uid_t owner)
{
        char path[192], file[256];
        int fd;

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(file, sizeof(file), "%s/precious", name);
        put(file, "x");
        if (owner != geteuid())
                assert_int_equal(chown(path, owner, (gid_t)-1), 0);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static void what_a_crash_left_is_removed(void **state)
{
        int held;

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        close(make_folder("forestage-run-0123456789ab", geteuid()));
        close(make_folder("forestage-run-ba9876543210", geteuid()));
        held = make_folder("forestage-run-00000000abcd", geteuid());
        assert_int_equal(flock(held, LOCK_EX), 0);
        assert_int_equal(run(), 0);
        assert_false(has_name("forestage-run-0123456789ab"));
        assert_false(has_name("forestage-run-ba9876543210"));
        assert_true(has_name("forestage-run-00000000abcd/precious")); /* in use */
        close(held);
        assert_int_equal(run(), 0);
        assert_false(has_name("forestage-run-00000000abcd"));
}

static void what_is_no_such_folder_stays(void **state)
{
        char link[128], target[128];
        bool root = geteuid() == 0;

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        close(make_folder("elsewhere", geteuid()));
        close(make_folder("forestage-run-notes", geteuid()));
        close(make_folder("forestage-run-0123456789abc", geteuid()));
        close(make_folder("forestage-run-0123456789AB", geteuid()));
        close(make_folder("my-forestage-run-0123456789ab", geteuid()));
        put("forestage-run-111111111111", "a file");
        if (root)
                close(make_folder("forestage-run-222222222222", 12345));
        snprintf(link, sizeof(link), "%s/forestage-run-333333333333", scratch);
        snprintf(target, sizeof(target), "%s/elsewhere", scratch);
        assert_int_equal(symlink(target, link), 0);
        assert_int_equal(run(), 0);
        assert_true(has_name("elsewhere/precious"));
        assert_true(has_name("forestage-run-notes/precious"));
        assert_true(has_name("forestage-run-0123456789abc/precious"));
        assert_true(has_name("forestage-run-0123456789AB/precious"));
        assert_true(has_name("my-forestage-run-0123456789ab/precious"));
        assert_true(has_name("forestage-run-111111111111"));
        assert_true(has_name("forestage-run-333333333333"));
        if (root)
                assert_true(has_name("forestage-run-222222222222/precious"));
}

/* There others could give such a name to any folder of this user's. */
static void nothing_is_removed_among_others(void **state)
{
        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        close(make_folder("forestage-run-0123456789ab", geteuid()));
        assert_int_equal(chmod(scratch, 0777), 0);
        assert_int_equal(run(), 0);
        assert_true(has_name("forestage-run-0123456789ab/precious"));
        assert_int_equal(chmod(scratch, 01777), 0);
        assert_int_equal(run(), 0);
        assert_false(has_name("forestage-run-0123456789ab"));
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up_fake, tear_down)

/*
 * Whoever has started the test may ignore signals, and that would be inherited; also of the two
 * that the C library keeps for itself, and gives nobody access to.
 */
static void ignore_nothing(void)
{
        const unsigned long action[4] = { 0 }; /* the kernel's struct: SIG_DFL, no flags, no mask */
        sigset_t none;

        for (int number = 1; number <= 64; number++)
                syscall(SYS_rt_sigaction, number, action, NULL, sizeof(unsigned long));
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(closed_streams_are_nobodys),
                test(nobody_need_read_it),
                test(answers_must_be_read),
                test(nobody_is_waited_for),
                test(lines_fit_the_terminal),
                test(what_was_ignored_stays_ignored),
                test(the_others_end_the_run),
                test(children_are_always_waited_for),
                test(jobs_inherit_what_was_ignored),
                test(nothing_is_left_of_a_killed_run),
                test(its_end_is_told),
                test(what_a_crash_left_is_removed),
                test(what_is_no_such_folder_stays),
                test(nothing_is_removed_among_others),
        };

        ignore_nothing();
        if (!harness_start())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
