/* Files and folders by descriptors: what is followed, what is made, and what is removed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/owner.h"
#include "files/place.h"
#include "tests/unit/tap.h"

#define OTHER  65534u
#define ROUNDS 200u

static char scratch[64];
static char why[PLACE_WHY];

/* The last few are kept, so that two can stand in one call. */
static const char *at(const char *name)
{
        static char path[4][256];
        static unsigned next;

        next = (next + 1) % 4;
        snprintf(path[next], sizeof(path[next]), "%s/%s", scratch, name);
        return path[next];
}

static void put(const char *name)
{
        int fd = open(at(name), O_WRONLY | O_CREAT, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, "x", 1), 1);
        close(fd);
}

static void make(const char *name, mode_t mode)
{
        assert_int_equal(mkdir(at(name), 0700), 0);
        assert_int_equal(chmod(at(name), mode), 0);
}

static void link_to(const char *target, const char *name)
{
        assert_int_equal(symlink(target, at(name)), 0);
}

static bool is_there(const char *name)
{
        struct stat status;

        return lstat(at(name), &status) == 0;
}

static int root;

static int set_up(void **state)
{
        (void)state;
        strcpy(scratch, "/tmp/forestage-test-XXXXXX");
        if (!mkdtemp(scratch))
                return -1;
        root = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return root < 0;
}

static int tear_down(void **state)
{
        (void)state;
        beneath_clear(root);
        close(root);
        return rmdir(scratch);
}

/* --- beneath --- */

static void folders_are_made_on_the_way(void **state)
{
        struct stat status;
        int fd = beneath_create(root, "a/b/c", 0600);

        (void)state;
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(stat(at("a/b"), &status), 0);
        assert_int_equal(status.st_mode & 07777, 0700);
        assert_int_equal(stat(at("a/b/c"), &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_int_equal(beneath_create(root, "a/b/c", 0600), -1);
        assert_int_equal(errno, EEXIST);
        assert_int_equal(beneath_create(root, "a/b/c/d", 0600), -1);
        assert_int_equal(errno, ENOTDIR);
}

static void bad_paths_are_refused(void **state)
{
        static const char *const paths[] = { "", ".", "..", "/", "/a", "a/", "a//b", "../a", "a/..",
                "./a", "a/./b" };
        char large[NAME_MAX + 4];

        (void)state;
        make("a", 0700);
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
                assert_int_equal(beneath_create(root, paths[i], 0600), -1);
                assert_int_equal(errno, EINVAL);
                assert_int_equal(beneath_open(root, paths[i], O_RDONLY), -1);
        }
        memset(large, 'a', sizeof(large) - 1);
        large[sizeof(large) - 1] = '\0';
        assert_int_equal(beneath_create(root, large, 0600), -1);
        assert_int_equal(errno, ENAMETOOLONG);
        memcpy(large + NAME_MAX + 1, "/b", 2);
        assert_int_equal(beneath_create(root, large, 0600), -1);
        assert_int_equal(errno, ENAMETOOLONG);
}

static void no_link_is_followed(void **state)
{
        (void)state;
        make("elsewhere", 0700);
        put("elsewhere/file");
        link_to("elsewhere", "link");
        link_to("elsewhere/file", "last");
        link_to("elsewhere/new", "dangling");
        assert_int_equal(beneath_create(root, "link/new", 0600), -1);
        assert_int_equal(beneath_open(root, "link/file", O_RDONLY), -1);
        assert_int_equal(beneath_folder(root, "link"), -1);
        assert_int_equal(beneath_open(root, "last", O_RDONLY), -1);
        assert_int_equal(errno, ELOOP);
        assert_int_equal(beneath_create(root, "dangling", 0600), -1);
        assert_int_equal(errno, EEXIST);
        assert_false(is_there("elsewhere/new"));
}

static void a_fifo_does_not_hold_it_up(void **state)
{
        int fd;

        (void)state;
        assert_int_equal(mkfifo(at("fifo"), 0600), 0);
        fd = beneath_open(root, "fifo", O_RDONLY);
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(beneath_open(root, "fifo", O_WRONLY), -1);
        assert_int_equal(errno, ENXIO);
}

static void clears_all_and_only_what_is_in_it(void **state)
{
        int fd;

        (void)state;
        make("precious", 0700);
        put("precious/file");
        fd = beneath_create(root, "folder/a/b/c/file", 0600);
        assert_true(fd >= 0);
        close(fd);
        put("folder/file");
        link_to("../precious", "folder/link");
        link_to("../../precious/file", "folder/a/link");
        assert_int_equal(mkfifo(at("folder/fifo"), 0600), 0);
        fd = beneath_folder(root, "folder");
        assert_true(fd >= 0);
        assert_int_equal(beneath_is_empty(fd), 0);
        assert_true(beneath_clear(fd));
        assert_int_equal(beneath_is_empty(fd), 1);
        assert_true(beneath_remove(root, "folder", fd));
        close(fd);
        assert_false(is_there("folder"));
        assert_true(is_there("precious/file"));
}

/* What one has removed is gone for the other, too, and neither stops there. */
static void two_may_remove_one_folder(void **state)
{
        (void)state;
        for (unsigned i = 0; i < ROUNDS; i++) {
                pid_t other;
                int fd;

                for (unsigned file = 0; file < 12; file++) {
                        char name[64];

                        snprintf(name, sizeof(name), "folder/%u/a/%u/file", file % 4, file);
                        fd = beneath_create(root, name, 0600);
                        assert_true(fd >= 0);
                        close(fd);
                }
                fd = beneath_folder(root, "folder");
                other = fork();
                beneath_remove(root, "folder", fd);
                if (other == 0)
                        _exit(0);
                assert_int_equal(waitpid(other, NULL, 0), other);
                close(fd);
                assert_false(is_there("folder"));
        }
}

static void another_folder_with_the_name_stays(void **state)
{
        int fd;

        (void)state;
        make("folder", 0700);
        put("folder/file");
        fd = beneath_folder(root, "folder");
        assert_true(beneath_is(root, "folder", fd));
        assert_int_equal(rename(at("folder"), at("moved")), 0);
        make("folder", 0700);
        put("folder/file");
        assert_false(beneath_is(root, "folder", fd));
        assert_false(beneath_remove(root, "folder", fd));
        assert_true(is_there("folder/file"));
        assert_false(is_there("moved/file")); /* that was it */
        close(fd);
}

static void new_names_are_nobodys(void **state)
{
        char first[BENEATH_NAME], second[BENEATH_NAME], third[BENEATH_NAME];
        int folders[] = { beneath_make(root, ".new-", first), beneath_make(root, ".new-", second) };
        int file = beneath_make_file(root, ".new-", 0640, third);
        struct stat status;

        (void)state;
        assert_true(folders[0] >= 0 && folders[1] >= 0 && file >= 0);
        assert_string_not_equal(first, second);
        assert_true(beneath_is(root, first, folders[0]));
        assert_true(beneath_is(root, second, folders[1]));
        assert_true(beneath_is(root, third, file));
        assert_int_equal(fstat(folders[0], &status), 0);
        assert_int_equal(status.st_mode & 07777, 0700);
        close(folders[0]);
        close(folders[1]);
        close(file);
}

static void in_mount_space(void (*act)(void))
{
        int status;
        pid_t child = fork();

        if (child == 0) {
                if (unshare(CLONE_NEWNS) != 0 ||
                        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
                        _exit(2);
                act();
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

static void clear_with_mount(void)
{
        int fd = open(at("folder"), O_RDONLY | O_DIRECTORY); /* in this space of mounts */

        if (mount("none", at("folder/a"), "tmpfs", 0, NULL) != 0)
                _exit(3);
        put("folder/a/file");
        if (beneath_folder(fd, "a") >= 0 || errno != EXDEV || beneath_clear(fd))
                _exit(4);
        if (!is_there("folder/a/file"))
                _exit(5);
}

static void no_mount_is_crossed(void **state)
{
        (void)state;
        if (geteuid() != 0)
                skip();
        make("folder", 0700);
        make("folder/a", 0700);
        in_mount_space(clear_with_mount);
}

/* --- somebody else at work --- */

static atomic_bool stop;
static atomic_uint swaps;

/* Puts a link to what is precious where a folder was, and the folder back. */
static void *swap_folder(void *argument)
{
        (void)argument;
        while (!stop) {
                if (renameat(root, "folder/sub", root, "aside") != 0)
                        continue;
                symlinkat("../precious", root, "folder/sub");
                swaps++;
                unlinkat(root, "folder/sub", 0);
                renameat(root, "aside", root, "folder/sub");
        }
        return NULL;
}

static void run_beside(void *(*other)(void *), void (*round)(void))
{
        pthread_t thread;

        stop = false;
        swaps = 0;
        assert_int_equal(pthread_create(&thread, NULL, other, NULL), 0);
        for (unsigned i = 0; i < ROUNDS; i++)
                round();
        stop = true;
        pthread_join(thread, NULL);
        printf("# %u rounds, %u exchanges\n", ROUNDS, (unsigned)swaps);
        assert_true(swaps > 0);
}

static void remove_round(void)
{
        int fd = beneath_create(root, "folder/sub/file", 0600);

        if (fd >= 0)
                close(fd);
        fd = beneath_folder(root, "folder");
        assert_true(fd >= 0);
        beneath_clear(fd); /* it may be held up, but must not hit what is precious */
        close(fd);
        assert_true(is_there("precious/file"));
        assert_true(is_there("precious/sub/file"));
}

static void a_race_removes_nothing_else(void **state)
{
        (void)state;
        make("precious", 0700);
        make("precious/sub", 0700);
        put("precious/file");
        put("precious/sub/file");
        make("folder", 0700);
        run_beside(swap_folder, remove_round);
}

static void create_round(void)
{
        char name[64];
        static unsigned count;
        int fd;

        snprintf(name, sizeof(name), "folder/sub/deep/%u", count++);
        fd = beneath_create(root, name, 0600);
        if (fd >= 0)
                close(fd);
        assert_false(is_there("precious/deep"));
}

static void a_race_writes_nowhere_else(void **state)
{
        (void)state;
        make("precious", 0700);
        make("folder", 0700);
        run_beside(swap_folder, create_round);
}

/* Puts a link, or a folder that is not empty, in the place of each new one. */
static void *swap_new(void *argument)
{
        DIR *list = beneath_list(root);
        struct dirent *entry;
        unsigned number = 0;
        char aside[32];

        (void)argument;
        for (; !stop; rewinddir(list)) {
                while ((entry = readdir(list))) {
                        if (strncmp(entry->d_name, ".new-", 5) != 0)
                                continue;
                        snprintf(aside, sizeof(aside), "aside%u", number++);
                        if (renameat(root, entry->d_name, root, aside) != 0)
                                continue;
                        if (number % 2)
                                symlinkat("precious", root, entry->d_name);
                        else
                                renameat(root, "full", root, entry->d_name);
                        swaps++;
                }
        }
        closedir(list);
        return NULL;
}

static void make_round(void)
{
        char name[BENEATH_NAME];
        int fd = beneath_make(root, ".new-", name);

        if (!is_there("full")) { /* made aside, for what has that name is taken at once */
                make("prepared", 0700);
                put("prepared/file");
                assert_int_equal(rename(at("prepared"), at("full")), 0);
        }
        if (fd < 0)
                return;
        assert_int_equal(beneath_is_empty(fd), 1);
        assert_false(beneath_is(root, "precious", fd));
        close(fd);
}

static void a_race_makes_no_other_folder_ours(void **state)
{
        (void)state;
        make("precious", 0700);
        run_beside(swap_new, make_round);
}

/* From here on as a kernel before 5.6 does it. */
static void openat2_is_forbidden(void **state)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

        (void)state;
        assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
        assert_int_equal(syscall(SYS_openat2, root, ".", NULL, 0), -1);
        assert_int_equal(errno, ENOSYS);
}

/* --- owners --- */

static bool is_alone(const char *users, const char *groups, uid_t user, gid_t group)
{
        FILE *first = fmemopen((char *)users, strlen(users), "r");
        FILE *second = fmemopen((char *)groups, strlen(groups), "r");
        bool alone = owner_is_alone(first, second, user, group);

        fclose(first);
        fclose(second);
        return alone;
}

static void groups_of_one(void **state)
{
        static const char users[] = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:\n"
                                    "bob:x:1001:1001::/:\ncarl:x:1002:1001::/:\n"
                                    "dora:x:1003:1003::/:\n";
        static const char groups[] = "root:x:0:\nann:x:1000:ann\nbob:x:1001:\ndora:x:1003:bob\n"
                                     "staff:x:50:\n";

        (void)state;
        assert_true(is_alone(users, groups, 0, 0));
        assert_true(is_alone(users, groups, 1000, 1000));
        assert_false(is_alone(users, groups, 1001, 1001)); /* carl's first group, too */
        assert_false(is_alone(users, groups, 1003, 1003)); /* bob is a member */
        assert_false(is_alone(users, groups, 0, 50));      /* whoever else is in it */
        assert_false(is_alone(users, groups, 0, 1000));
        assert_false(is_alone(users, groups, 7, 7));
        assert_false(is_alone(users, "ann:x:1000:\n", 0, 0));
}

static void modes_that_share(void **state)
{
        struct stat status = { .st_mode = S_IFDIR | 0755, .st_uid = geteuid(), .st_gid = 4242 };

        (void)state;
        assert_true(owner_is_trusted(&status));
        assert_false(owner_shares(&status));
        status.st_mode = S_IFDIR | 0775;
        assert_true(owner_shares(&status));
        status.st_mode = S_IFDIR | 0757;
        assert_true(owner_shares(&status));
        status.st_uid = OTHER;
        assert_false(owner_is_trusted(&status));
        assert_true(owner_is_kept(root));
}

/* --- places --- */

static int find(const char *name, unsigned flags, struct place *place)
{
        *place = (struct place){ .folder = -1 };
        return place_find(at(name), flags, place, why);
}

/* Leads to `name` in the folder `folder` of scratch. */
static void assert_place(const char *path, unsigned flags, const char *folder, const char *name)
{
        struct stat expected, found;
        struct place place;

        assert_int_equal(find(path, flags, &place), 0);
        assert_string_equal(place.name, name);
        assert_int_equal(place.own, -1);
        assert_int_equal(stat(at(folder), &expected), 0);
        assert_int_equal(fstat(place.folder, &found), 0);
        assert_int_equal(expected.st_ino, found.st_ino);
        assert_false(place.exposed);
        assert_string_equal(why, "");
        place_close(&place);
}

static void finds_where_paths_lead(void **state)
{
        (void)state;
        make("a", 0755);
        make("a/b", 0755);
        put("a/file");
        link_to("a/b", "folder");
        link_to("a/file", "file");
        link_to("../a/new", "a/dangling");
        link_to(at("a"), "absolute");
        assert_place("new", 0, ".", "new");
        assert_place("a", 0, ".", "a");
        assert_place("a/", 0, ".", "a");
        assert_place("a/.", 0, "a", "");
        assert_place("a/b/..", 0, "a", "");
        assert_place("a//b/../file", 0, "a", "file");
        assert_place("folder", 0, "a", "b");
        assert_place("folder", PLACE_KEEP_LINK, ".", "folder");
        assert_place("folder/x", PLACE_KEEP_LINK, "a/b", "x");
        assert_place("folder/../file", 0, "a", "file");
        assert_place("file", 0, "a", "file");
        assert_place("a/dangling", 0, "a", "new");
        assert_place("absolute/b/x", 0, "a/b", "x");
        assert_place("m/n/o", PLACE_MAKE, "m/n", "o");
        assert_false(is_there("m/n/o"));
}

static void relative_paths(void **state)
{
        struct place place;
        int before = open(".", O_RDONLY | O_DIRECTORY);

        (void)state;
        make("a", 0755);
        assert_int_equal(chdir(scratch), 0);
        assert_int_equal(place_find("x", 0, &place, why), 0);
        assert_string_equal(place.name, "x");
        place_close(&place);
        assert_int_equal(place_find("a/../y", 0, &place, why), 0);
        assert_string_equal(place.name, "y");
        place_close(&place);
        assert_int_equal(place_find("b/y", 0, &place, why), -ENOENT);
        assert_string_equal(why, "there is no folder b");
        assert_int_equal(fchdir(before), 0);
        close(before);
}

static void what_cannot_be_found(void **state)
{
        struct place place;
        char expected[128], large[PATH_MAX + 2];

        (void)state;
        put("file");
        link_to("round", "round");
        assert_int_equal(find("no/x", 0, &place), -ENOENT);
        snprintf(expected, sizeof(expected), "there is no folder %s/no", scratch);
        assert_string_equal(why, expected);
        assert_int_equal(find("file/x", 0, &place), -ENOTDIR);
        snprintf(expected, sizeof(expected), "%s/file is not a folder", scratch);
        assert_string_equal(why, expected);
        assert_int_equal(find("round", 0, &place), -ELOOP);
        assert_int_equal(place_find("", 0, &place, why), -ENOENT);
        memset(large, 'a', sizeof(large) - 1);
        large[sizeof(large) - 1] = '\0';
        assert_int_equal(place_find(large, 0, &place, why), -ENAMETOOLONG);
        large[PATH_MAX - 2] = '\0';
        assert_int_equal(place_find(large, 0, &place, why), -ENAMETOOLONG);
}

static void own_descriptors(void **state)
{
        char path[64];
        struct place place;

        (void)state;
        assert_int_equal(place_find("/dev/stdout", 0, &place, why), 0);
        assert_int_equal(place.own, 1);
        assert_int_equal(place.folder, -1);
        snprintf(path, sizeof(path), "/dev/fd/%d", root);
        assert_int_equal(place_find(path, 0, &place, why), 0);
        assert_int_equal(place.own, root);
        snprintf(path, sizeof(path), "/proc/self/fd/%d/x", root);
        assert_int_equal(place_find(path, 0, &place, why), 0);
        assert_int_equal(place.own, -1);
        assert_string_equal(place.name, "x");
        place_close(&place);
}

static void links_of_others_are_not_followed(void **state)
{
        struct place place;

        (void)state;
        make("safe", 0755);
        make("open", 0777);
        link_to("../safe", "open/link");
        make("open/inner", 0755);
        link_to("../../safe", "open/inner/link");
        assert_int_equal(find("open/link", 0, &place), -EPERM);
        assert_non_null(strstr(why, "/open/link is a symbolic link that others can exchange"));
        assert_non_null(strstr(why, "/open belongs to uid "));
        assert_non_null(strstr(why, "has mode 0777"));
        assert_int_equal(find("open/link/x", 0, &place), -EPERM);
        assert_int_equal(find("open/inner/link/x", 0, &place), -EPERM);
        assert_int_equal(find("open/inner/x", 0, &place), 0);
        assert_true(place.exposed);
        assert_non_null(strstr(why, "/open belongs to uid "));
        place_close(&place);
        assert_int_equal(find("open/link", PLACE_KEEP_LINK, &place), 0);
        place_close(&place);
        assert_int_equal(chmod(at("open"), 0755), 0);
        assert_place("open/link/x", 0, "safe", "x");
        assert_int_equal(chmod(at("open"), 01777), 0);
        assert_place("open/link/x", 0, "safe", "x"); /* our own, and nobody can exchange it */
        assert_int_equal(link(at("open/link"), at("second")), 0);
        assert_int_equal(find("open/link/x", 0, &place), -EPERM); /* may be another of our links */
}

static void folders_of_others_are_exposed(void **state)
{
        struct place place;

        (void)state;
        if (geteuid() != 0)
                skip();
        make("safe", 0755);
        make("theirs", 0755);
        link_to("../safe", "theirs/link");
        assert_int_equal(chown(at("theirs"), OTHER, OTHER), 0);
        assert_int_equal(find("theirs/link", 0, &place), -EPERM);
        assert_non_null(strstr(why, "/theirs belongs to uid 65534 and has mode 0755"));
        assert_int_equal(find("theirs/x", 0, &place), 0);
        assert_true(place.exposed);
        place_close(&place);
        assert_int_equal(chmod(at("theirs"), 01777), 0); /* the bit does not bind the owner */
        assert_int_equal(find("theirs/link", 0, &place), -EPERM);
        make("sticky", 01777);
        link_to("../safe", "sticky/link");
        assert_int_equal(lchown(at("sticky/link"), OTHER, OTHER), 0);
        assert_int_equal(find("sticky/link/x", 0, &place), -EPERM);
        assert_non_null(strstr(why, "is a symbolic link of uid 65534 in a folder"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define BY_HAND(name)                                            \
        {                                                        \
                "by hand: " #name, name, set_up, tear_down, NULL \
        }

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(folders_are_made_on_the_way),
                TEST(bad_paths_are_refused),
                TEST(no_link_is_followed),
                TEST(a_fifo_does_not_hold_it_up),
                TEST(clears_all_and_only_what_is_in_it),
                TEST(two_may_remove_one_folder),
                TEST(another_folder_with_the_name_stays),
                TEST(new_names_are_nobodys),
                TEST(no_mount_is_crossed),
                TEST(a_race_removes_nothing_else),
                TEST(a_race_writes_nowhere_else),
                TEST(a_race_makes_no_other_folder_ours),
                TEST(groups_of_one),
                TEST(modes_that_share),
                TEST(finds_where_paths_lead),
                TEST(relative_paths),
                TEST(what_cannot_be_found),
                TEST(own_descriptors),
                TEST(links_of_others_are_not_followed),
                TEST(folders_of_others_are_exposed),
                TEST(openat2_is_forbidden),
                BY_HAND(folders_are_made_on_the_way),
                BY_HAND(bad_paths_are_refused),
                BY_HAND(no_link_is_followed),
                BY_HAND(clears_all_and_only_what_is_in_it),
                BY_HAND(no_mount_is_crossed),
                BY_HAND(a_race_removes_nothing_else),
                BY_HAND(a_race_writes_nowhere_else),
                BY_HAND(a_race_makes_no_other_folder_ours),
        };

        return run_tap(tests);
}
