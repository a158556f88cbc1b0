/*
 * arm against somebody who changes the jobs folder all the while: the command itself as root in a
 * stand-in for a host, the other as nobody. (Without root's rights, both are the same user and the
 * verb is called.) The other has won when something is on the EFI system partition that is not a
 * job's, when an earlier order is lost, or when what is armed is not what a check would take.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/dom0/host.h"
#include "tests/unit/repeats.h"
#include "tests/unit/tap.h"

#define MOST     200u /* rounds; with LONG=yes at least as many */
#define ROUNDS   repeats(60, MOST)
#define NOBODY   65534
#define ESP      "/boot/efi/EFI/forestage"
#define JOBS     "/srv/jobs"
#define SECRET   "what only root may read!"
#define INPUT    "the input of some job..." /* as long as the secret: the size tells nothing */
#define EXCHANGE 2u                         /* RENAME_EXCHANGE */

static const char conf[] =
        "[Job]\nType=kernel\n[Kernel]\nModule=one.ptx\nFunction=f\nGrid=1\nBlock=1\n"
        "Argument=in data/in.bin\nArgument=out out.bin 8\n[Expect]\n"
        "out.bin=like data/want.bin tolerance 0 as f32\n";

static char *full(const struct stand_in *host, const char *path)
{
        char *joined = NULL;

        assert_true(asprintf(&joined, "%s%s", host->root, path) > 0);
        return joined;
}

/* --- the folder --- */

static void give(const struct stand_in *host, const char *path, mode_t mode, uid_t owner)
{
        char *name = full(host, path);

        if (geteuid() == 0)
                assert_int_equal(lchown(name, owner, owner), 0);
        assert_int_equal(chmod(name, mode), 0);
        free(name);
}

static void put_jobs(struct stand_in *host)
{
        static const char *const folders[] = { JOBS, JOBS "/data", JOBS "/.other" };
        const char *const files[][2] = {
                { JOBS "/one.conf", conf },
                { JOBS "/.bad.conf", "[Job]\nType=nonsense\n" },
                { JOBS "/one.ptx", "\x50\xed\x55\xba" },
                { JOBS "/data/in.bin", INPUT },
                { JOBS "/data/want.bin", "8 wanted" },
                { JOBS "/.other/in.bin", INPUT },
        };

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                stand_in_text(host, files[i][0], "%s", files[i][1]);
                give(host, files[i][0], 0644, NOBODY);
        }
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
                give(host, folders[i], 0755, NOBODY);
}

static void put_link(const struct stand_in *host, const char *target, const char *path)
{
        char *name = full(host, path);
        char *leads = geteuid() == 0 ? strdup(target) : full(host, target); /* root has a chroot */

        assert_int_equal(symlink(leads, name), 0);
        free(leads);
        free(name);
}

/* What nobody may not read, and names for it in nobody's folder, one of them made by root. */
static void put_secrets(struct stand_in *host)
{
        char *hard = full(host, JOBS "/.hard"), *secret = full(host, "/secret/in.bin");
        char *fifo = full(host, JOBS "/.fifo");

        stand_in_text(host, "/secret/in.bin", SECRET);
        stand_in_text(host, "/secret/want.bin", "8 hidden");
        give(host, "/secret/in.bin", 0600, 0);
        assert_int_equal(link(secret, hard), 0);
        give(host, "/secret", 0700, 0);
        assert_int_equal(mkfifo(fifo, 0644), 0);
        put_link(host, "/secret/in.bin", JOBS "/.link");
        put_link(host, "/secret", JOBS "/.folder");
        free(fifo);
        free(secret);
        free(hard);
}

/* --- the command --- */

static void exec_arm(const struct stand_in *host, const char *binary)
{
        int null = open("/dev/null", O_WRONLY), fd = open(binary, O_RDONLY);
        char *const argv[] = { "forestage", "arm", "--yes", "--jobs", JOBS, NULL };
        char *const environment[] = { NULL };

        dup2(null, 1);
        dup2(null, 2);
        if (fd >= 0 && chroot(host->root) == 0 && chdir("/") == 0)
                fexecve(fd, argv, environment);
        _exit(127);
}

static int arm(struct stand_in *host)
{
        const char *build = getenv("BUILD");
        char binary[512];
        int status;
        pid_t child;

        if (geteuid() != 0)
                return stand_in_run(host, "arm --yes --jobs %s" JOBS, host->root);
        snprintf(binary, sizeof(binary), "%s/dom0/forestage", build ? build : "build");
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                exec_arm(host, binary);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) <= 1);
        return WEXITSTATUS(status);
}

/* fexecve needs no /proc where there is execveat; gzip is not in the chroot, so Xen is plain. */
static int set_up(void **state)
{
        struct stand_in *host;
        uint8_t xen[XEN_BYTES];

        if (stand_in_debian(state) != 0)
                return -1;
        host = *state;
        stand_in_write(
                host, "/boot/xen-4.17-amd64.gz", xen, stand_in_make_xen(xen, "4.17.1", false));
        if (chmod(host->root, 0711) != 0 || stand_in_run(host, "install --yes") != 0)
                return -1;
        put_jobs(host);
        put_secrets(host);
        return 0;
}

/* --- the other --- */

struct attack {
        const char *what;
        const char *first, *second; /* that change places; NULL: `change` does it */
        void (*change)(unsigned turn);
};

static void grow(unsigned turn)
{
        int fd = open("data/in.bin", O_WRONLY | O_APPEND);

        if (fd < 0)
                return;
        if (write(fd, ".", 1) != 1 || (turn % 8 == 0 && ftruncate(fd, sizeof(INPUT) - 1) != 0))
                _exit(1);
        close(fd);
}

static void vanish(unsigned turn)
{
        (void)turn;
        rename("data/in.bin", ".gone");
        usleep(200);
        rename(".gone", "data/in.bin");
}

/* As nobody: this is refused where hard links are protected, and would be found where they are not.
 */
static void link_hard(unsigned turn)
{
        (void)turn;
        unlink(".harder");
        if (link("../../secret/in.bin", ".harder") == 0)
                syscall(SYS_renameat2, AT_FDCWD, ".harder", AT_FDCWD, "data/in.bin", EXCHANGE);
        syscall(SYS_renameat2, AT_FDCWD, ".hard", AT_FDCWD, "data/in.bin", EXCHANGE);
}

static void change_for_ever(const struct stand_in *host, const struct attack *attack)
{
        char *folder = full(host, JOBS);
        unsigned seed = (unsigned)getpid();

        if (chdir(folder) != 0 ||
                (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0 || setuid(0) == 0)))
                _exit(1);
        for (unsigned turn = 1;; turn++) {
                if (attack->change)
                        attack->change(turn);
                else if (syscall(SYS_renameat2, AT_FDCWD, attack->first, AT_FDCWD, attack->second,
                                 EXCHANGE) != 0)
                        _exit(1);
                usleep((useconds_t)(rand_r(&seed) % 2000));
        }
}

/* --- who has won --- */

static bool found_secret; /* nftw has no room for an argument */

static int look_for_secret(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        char text[4096];
        ssize_t length;
        int fd;

        (void)walk;
        if (type != FTW_F || !S_ISREG(status->st_mode))
                return 0;
        fd = open(path, O_RDONLY);
        length = read(fd, text, sizeof(text));
        close(fd);
        if (length > 0 && (memmem(text, (size_t)length, SECRET, strlen(SECRET)) ||
                                  memmem(text, (size_t)length, "8 hidden", 8)))
                found_secret = true;
        return 0;
}

static bool holds(const struct stand_in *host, const char *path, const char *text, bool more)
{
        char *found = stand_in_read(host, path);
        bool good = found && strncmp(found, text, strlen(text)) == 0;

        good = good &&
               strspn(found + strlen(text), more ? "." : "") == strlen(found + strlen(text));
        free(found);
        return good;
}

/* What was armed before and is now, as text; owned. */
static char *what_is_armed(const struct stand_in *host)
{
        char *order = stand_in_read(host, ESP "/order");
        char *manifest = stand_in_read(host, ESP "/manifest"), *both = NULL;
        char *armed = stand_in_read(host, "/var/lib/forestage/armed.json");

        assert_non_null(order);
        assert_non_null(manifest);
        assert_non_null(armed);
        assert_true(asprintf(&both, "%s%s%s", order, manifest, armed) > 0);
        free(armed);
        free(manifest);
        free(order);
        return both;
}

/* NULL, or how the other has won. */
static const char *has_won(const struct stand_in *host, int code, const char *before)
{
        char *esp = full(host, "/boot/efi"), *now;
        const char *how = NULL;

        if (!stand_in_has(host, ESP "/order"))
                how = "no order is left";
        else if (!stand_in_bundle_is_whole(host))
                how = "the bundle is damaged";
        else if (stand_in_has(host, ESP "/draft") || stand_in_has(host, ESP "/old"))
                how = "something is left over";
        else if (!holds(host, ESP "/jobs/one.conf", conf, false))
                how = "another job is armed";
        else if (!holds(host, ESP "/jobs/data/in.bin", INPUT, true))
                how = "another input is armed";
        found_secret = false;
        nftw(esp, look_for_secret, 16, FTW_PHYS);
        free(esp);
        if (how || found_secret)
                return how ? how : "a secret is on the ESP";
        now = what_is_armed(host);
        if ((strcmp(now, before) == 0) != (code != 0))
                how = code ? "the earlier order was touched" : "the earlier order is still there";
        free(now);
        return how;
}

static void race(struct stand_in *host, const struct attack *attack)
{
        unsigned armed = 0, won = 0, rounds = ROUNDS, i;
        int status;
        pid_t other;

        assert_int_equal(arm(host), 0);
        other = fork();
        assert_true(other >= 0);
        if (other == 0)
                change_for_ever(host, attack);
        /* on a busy machine the other may take longer to be in the way */
        for (i = 0; i < rounds || (armed == i && i < MOST); i++) {
                char *before = what_is_armed(host);
                int code = arm(host);
                const char *how = has_won(host, code, before);

                armed += code == 0;
                if (how)
                        print_message("# %s, round %u: %s\n", attack->what, i, how);
                won += how != NULL;
                free(before);
        }
        assert_int_equal(waitpid(other, &status, WNOHANG), 0); /* it was there until the end */
        kill(other, SIGKILL);
        waitpid(other, &status, 0);
        print_message("# %s: %u rounds, %u armed, %u refused, %u successes\n", attack->what, i,
                armed, i - armed, won);
        assert_int_equal(won, 0);
        assert_true(armed < i); /* else nobody was there to be refused */
}

#define RACE(name, ...)                                              \
        static void name(void **state)                               \
        {                                                            \
                race(*state, &(const struct attack){ __VA_ARGS__ }); \
        }

RACE(a_link_in_place_of_a_file, "a link for a file", "data/in.bin", ".link", NULL)
RACE(a_link_in_place_of_a_folder, "a link for a folder", "data", ".folder", NULL)
RACE(another_folder, "a folder for a folder", "data", ".other", NULL)
RACE(a_fifo_in_place_of_a_file, "a FIFO for a file", "data/in.bin", ".fifo", NULL)
RACE(a_hard_link_to_a_secret, "a hard link", NULL, NULL, link_hard)
RACE(a_file_that_grows, "a file that grows", NULL, NULL, grow)
RACE(a_file_that_vanishes, "a file that vanishes", NULL, NULL, vanish)
RACE(a_job_that_turns_bad, "a faulty job for a job", "one.conf", ".bad.conf", NULL)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_link_in_place_of_a_file),
                TEST(a_link_in_place_of_a_folder),
                TEST(another_folder),
                TEST(a_fifo_in_place_of_a_file),
                TEST(a_hard_link_to_a_secret),
                TEST(a_file_that_grows),
                TEST(a_file_that_vanishes),
                TEST(a_job_that_turns_bad),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
