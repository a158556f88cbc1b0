/* arm, disarm and status on a stand-in for a whole host. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/arm/swap.h"
#include "dom0/host/fatname.h"
#include "dom0/xen/xenimage.h"
#include "efi/parse/manifest.h"
#include "efi/parse/order.h"
#include "efi/parse/repeat.h"
#include "lib/uuid.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define ESP "/boot/efi/EFI/forestage"

static int set_up(void **state)
{
        if (stand_in_debian(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes");
}

static int set_up_xenserver(void **state)
{
        if (stand_in_xenserver(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes --method grub");
}

/* Every file of the manifest, as forestage.efi checks it. */
static size_t check_manifest(const struct stand_in *host)
{
        struct manifest_entry entries[64];
        struct manifest manifest = { .entries = entries, .capacity = 64 };
        char *text = stand_in_read(host, ESP "/manifest"), buffer[256], path[512];
        struct text reason;

        assert_non_null(text);
        text_init(&reason, buffer, sizeof(buffer));
        assert_true(manifest_parse(slice_of(text), &manifest, &reason));
        for (size_t i = 0; i < manifest.count; i++) {
                uint8_t *bytes = malloc(1 << 20), digest[SHA256_SIZE];
                ssize_t length;
                int fd;

                snprintf(path, sizeof(path), "%s" ESP "/" SLICE_FORMAT, host->root,
                        SLICE_PRINT(entries[i].path));
                fd = open(path, O_RDONLY);
                assert_true(fd >= 0);
                length = read(fd, bytes, 1 << 20);
                close(fd);
                sha256(bytes, (size_t)length, digest);
                assert_memory_equal(digest, entries[i].sha256, sizeof(digest));
                free(bytes);
        }
        free(text);
        return manifest.count;
}

static void assert_file(const struct stand_in *host, const char *path, const char *expected)
{
        char *text = stand_in_read(host, path);

        assert_non_null(text);
        assert_string_equal(text, expected);
        free(text);
}

static void arms_what_the_host_boots_with(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/.hidden", "not for the ESP: \"*");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_string_equal(host->errors,
                "  .hidden: note: it does not go along, because its name starts with a dot\n");
        assert_output(host, "Jobs:      1, from ");
        assert_output(host, "at the next boot, once");
        assert_int_equal(check_manifest(host), 11);
        assert_file(host, ESP "/next/next.conf",
                "xen-options=dom0_mem=1G console=com1,vga com1=115200,8n1 no-real-mode edd=off\n"
                "dom0-options=root=UUID=1 ro quiet\n");
        assert_file(host, ESP "/next/initrd", INITRD);
        assert_file(host, ESP "/jobs/data/in.bin", "input");
        assert_false(stand_in_has(host, ESP "/jobs/.hidden"));
        assert_false(answers_order(host).every_boot);
        assert_string_equal(answers_status(host, "state"), "armed");
        assert_string_equal(answers_status(host, "run_id"), answers_order(host).run_text);
        assert_string_equal(answers_status(host, "stale"), "null");
        assert_string_equal(answers_status(host, "not_ready"), "null");
}

static void arms_an_xcp_ng(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes --every-boot"), 0);
        assert_output(host, "at every boot");
        check_manifest(host);
        assert_file(host, ESP "/next/next.conf",
                "xen-options=dom0_mem=4192M,max:4192M watchdog ucode=scan "
                "crashkernel=256M,below=4G console=vga vga=mode-0x0311\n"
                "dom0-options=root=LABEL=root-abcdef ro nolvm hpet=disable console=hvc0 "
                "console=tty0 quiet vga=785 splash\n");
        assert_true(answers_order(host).every_boot);
        assert_string_equal(answers_status(host, "every_boot"), "true");
}

static void a_dry_run_writes_nothing(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host), *after;

        assert_int_equal(stand_in_run(host, "arm --dry-run"), 0);
        assert_int_equal(stand_in_run(host, "arm"), 1);
        after = stand_in_snapshot(host);
        assert_string_equal(after, before);
        assert_false(stand_in_has(host, ESP "/order"));
        free(before);
        free(after);
}

static void armed_twice(void **state)
{
        struct stand_in *host = *state;
        struct order first, second;
        char message[128];

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        first = answers_order(host);
        stand_in_delete(host, "/etc/forestage/jobs/one.conf");
        stand_in_text(host, "/etc/forestage/jobs/two.conf",
                "[Job]\nType=program\n[Program]\nExec=./two.sh\n");
        stand_in_text(host, "/etc/forestage/jobs/two.sh", "#!/bin/sh\n");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        snprintf(message, sizeof(message), "Armed already: order %s is replaced.", first.run_text);
        assert_output(host, message);
        assert_output(host, "1 of them are programs");
        second = answers_order(host);
        assert_string_not_equal(first.run_text, second.run_text);
        assert_false(stand_in_has(host, ESP "/jobs/one.conf"));
        assert_true(stand_in_has(host, ESP "/jobs/two.conf"));
        check_manifest(host);
}

static void disarms(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_output(host, "Nothing is armed.");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_output(host, "The next boot is a normal one.");
        assert_false(stand_in_has(host, ESP "/order"));
        assert_string_equal(answers_status(host, "state"), "idle");
        stand_in_text(host, ESP "/order", "run=x\n");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_output(host, "could not be read");
}

static void a_run_without_jobs(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes --no-jobs"), 0);
        assert_output(host, "Jobs:      none");
        assert_false(stand_in_has(host, ESP "/jobs"));
        check_manifest(host);
        assert_int_equal(stand_in_run(host, "arm --yes --no-jobs --jobs x"), 2);
}

static void another_jobs_folder(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/home/jobs/j.conf", "[Job]\nType=program\n[Program]\nExec=./p\n");
        stand_in_text(host, "/home/jobs/p", "#!/bin/sh\n");
        assert_int_equal(stand_in_run(host, "arm --yes --jobs %s/home/jobs", host->root), 0);
        assert_file(host, ESP "/jobs/p", "#!/bin/sh\n");
}

/* --- what goes wrong --- */

static void refused(struct stand_in *host, const char *message)
{
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, message);
        assert_false(stand_in_has(host, ESP "/order"));
}

static void the_jobs_folder_is_empty_or_missing(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/etc/forestage/jobs/one.conf");
        refused(host, "holds no job (NAME.conf): nothing to run");
        stand_in_delete(host, "/etc/forestage/jobs");
        refused(host, "/etc/forestage/jobs cannot be read: No such file");
}

static void jobs_with_faults(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/bad.conf", "[Job]\nType=kernel\nTypo=1\n");
        stand_in_delete(host, "/etc/forestage/jobs/data/in.bin");
        refused(host, "bad.conf:3:");
        assert_errors(host, "one.conf:8: 'data/in.bin'");
        assert_errors(host, "bad.conf: [Kernel] has no Module=");
        assert_errors(host, "have 6 faults (above); nothing was armed");
}

/* A file that must not be there, and why not. */
static void refused_with(struct stand_in *host, const char *path, const char *message)
{
        char *name = NULL;

        assert_true(asprintf(&name, "/etc/forestage/jobs/%s", path) > 0);
        stand_in_text(host, name, "x");
        refused(host, message);
        stand_in_delete(host, name);
        free(name);
}

static void names_that_fat_does_not_take(void **state)
{
        static const char *const names[][2] = {
                { "a:b", "jobs/a:b: the file cannot go on the EFI system partition: path has a "
                         "character other than plain ASCII" },
                { "caf\xc3\xa9", "caf\xc3\xa9: the file cannot go" },
                { "b\x1b[7m", "jobs/b\\x1b[7m: the file cannot go" },
                { "a\\b", "path contains a backslash" },
                { "dot.", "jobs/dot.: the file cannot go on the EFI system partition: path has a "
                          "component that ends in a dot or blank" },
                { "data/blank ", "jobs/data/blank : the file cannot go" },
                { "folder./x", "jobs/folder.: the file cannot go" },
                { "ONE.ptx", "jobs: ONE.ptx and one.ptx are one name on the EFI system" },
                { "DATA/2", "jobs: DATA and data are one name on the EFI system" },
                { "Data", "jobs: Data and data are one name" },
                { "data/IN.BIN", "jobs/data: IN.BIN and in.bin are one name" },
                { "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", "nested more than 16 deep" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                refused_with(host, names[i][0], names[i][1]);
                stand_in_delete(host, "/etc/forestage/jobs/DATA");
                stand_in_delete(host, "/etc/forestage/jobs/folder.");
                stand_in_delete(host, "/etc/forestage/jobs/1");
        }
        assert_true(stand_in_has(host, ESP "/vmlinuz"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

static void a_name_of_236_bytes_is_too_long(void **state)
{
        struct stand_in *host = *state;
        char name[300] = "/etc/forestage/jobs/";
        size_t start = strlen(name);

        memset(name + start, 'n', 235); /* with "jobs/" 240 */
        stand_in_text(host, name, "x");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        check_manifest(host);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        name[start + 235] = 'n';
        stand_in_text(host, name, "x");
        refused(host, "path is longer than 240 bytes");
}

/* Names that FAT holds, though not every system likes them, and names that look made up by FAT. */
static void names_that_fat_takes(void **state)
{
        static const char *const names[] = { "aux", "con.txt", "nul.bin", "com1", "a+b,c;d=e[f]",
                "longfilename.txt", "LONGFI~1.TXT", "LONGFI~2.TXT", "two words.txt", "a.tar.gz",
                "Folder/x", "Folder/y z" };
        struct stand_in *host = *state;
        char path[128];

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), "/etc/forestage/jobs/%s", names[i]);
                stand_in_text(host, path, "%s", names[i]);
        }
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(check_manifest(host), 11 + sizeof(names) / sizeof(names[0]));
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), ESP "/jobs/%s", names[i]);
                assert_file(host, path, names[i]);
        }
}

static void short_names_come_first(void **state)
{
        static const char *const is_short[] = { "A", "a.b", "LONGFI~1.TXT", "Readme.txt", "aux" };
        static const char *const is_long[] = { "longfilename.txt", "a.conf", "a b", "a.b.c", ".a",
                "a.", "a+b", "123456789", "caf\xc3\xa9" };
        static const char *const order[] = { "A", "LONGFI~1.TXT", "d/SHORT", "d/longer name",
                "d~1/x", "long folder/a", "long folder/b c", "longfilename.txt" };

        (void)state;
        for (size_t i = 0; i < sizeof(is_short) / sizeof(is_short[0]); i++)
                assert_true(fatname_is_short(is_short[i], strlen(is_short[i])));
        for (size_t i = 0; i < sizeof(is_long) / sizeof(is_long[0]); i++)
                assert_false(fatname_is_short(is_long[i], strlen(is_long[i])));
        for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++) {
                assert_true(fatname_order(order[i - 1], order[i]) < 0);
                assert_true(fatname_order(order[i], order[i - 1]) > 0);
                assert_int_equal(fatname_order(order[i], order[i]), 0);
        }
}

static void files_that_fat_does_not_hold(void **state)
{
        struct stand_in *host = *state;
        char path[160];

        stand_in_text(host, "/etc/forestage/jobs/large", "x");
        snprintf(path, sizeof(path), "%s/etc/forestage/jobs/large", host->root);
        assert_int_equal(truncate(path, 0x100000000), 0);
        refused(host, "jobs/large: FAT holds no file of 4 GiB or more");
}

static void more_files_than_a_manifest_lists(void **state)
{
        struct stand_in *host = *state;
        char path[160];

        for (unsigned i = 0; i < 4096; i++) {
                snprintf(path, sizeof(path), "/etc/forestage/jobs/f/%u", i);
                stand_in_text(host, path, "x");
        }
        refused(host, "jobs: it holds more than 4096 files");
        for (unsigned i = 0; i < 4; i++) {
                snprintf(path, sizeof(path), "/etc/forestage/jobs/f/%u", i);
                stand_in_delete(host, path);
        }
        refused(host, "more than 4096 files"); /* the bundle has files of its own */
        stand_in_text(host, "/etc/forestage/jobs/f/0", "x");
        stand_in_text(host, "/etc/forestage/jobs/f/1", "x");
        stand_in_text(host, "/etc/forestage/jobs/f/2", "x");
        stand_in_text(host, "/etc/forestage/jobs/f/3", "x");
        stand_in_text(host, "/etc/forestage/jobs/f/4096", "x");
        refused(host, "jobs/f: it holds more than 4096 files and folders");
}

static char *in_root(const struct stand_in *host, const char *path)
{
        char *joined = NULL;

        assert_true(asprintf(&joined, "%s%s", host->root, path) > 0);
        return joined;
}

/* Not even to a file of the folder: FAT has no links, and a copy can be made by who wants one. */
static void links_are_not_followed(void **state)
{
        struct stand_in *host = *state;
        char *link = in_root(host, "/etc/forestage/jobs/link");

        assert_int_equal(symlink("/etc/passwd", link), 0);
        refused(host, "jobs/link: it is a symbolic link, which FAT has not");
        assert_int_equal(unlink(link), 0);
        assert_int_equal(symlink("one.ptx", link), 0);
        refused(host, "jobs/link: it is a symbolic link");
        assert_int_equal(unlink(link), 0);
        assert_int_equal(symlink("data", link), 0);
        refused(host, "jobs/link: it is a symbolic link");
        assert_int_equal(unlink(link), 0);
        assert_int_equal(mkfifo(link, 0600), 0);
        refused(host, "jobs/link: it is neither a file nor a folder");
        assert_int_equal(unlink(link), 0);
        free(link);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

/* The folder itself may be one: it is the user who names it. */
static void the_folder_may_be_a_link(void **state)
{
        struct stand_in *host = *state;
        char *from = in_root(host, "/etc/forestage/jobs"), *to = in_root(host, "/srv-jobs");

        assert_int_equal(rename(from, to), 0);
        assert_int_equal(symlink(to, from), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        free(to);
        free(from);
}

/* Who can write to a folder must not get there what another alone may read. */
static void hard_links_to_others_secrets(void **state)
{
        struct stand_in *host = *state;
        char *secret = in_root(host, "/secret"),
             *link_name = in_root(host, "/etc/forestage/jobs/s");
        char *folder = in_root(host, "/etc/forestage/jobs");

        stand_in_text(host, "/secret", "secret");
        assert_int_equal(link(secret, link_name), 0);
        chmod(secret, 0600);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0); /* nobody else could make the link */
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        chmod(folder, 0777);
        refused(host, "jobs/s: it has another name elsewhere (a hard link)");
        chmod(secret, 0644);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0); /* no secret */
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        chmod(folder, 0755);
        chmod(secret, 0600);
        if (geteuid() == 0) {
                assert_int_equal(chown(folder, 65534, 65534), 0);
                refused(host, "jobs/s: it has another name elsewhere");
                assert_int_equal(chown(secret, 65534, 65534), 0);
                assert_int_equal(stand_in_run(host, "arm --yes"), 0); /* the owner's own */
        }
        free(folder);
        free(link_name);
        free(secret);
}

/* What a job names has to go along. */
static void a_file_that_is_left_out(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/dot.conf",
                "[Job]\nType=program\n[Program]\nExec=./.hidden\n");
        stand_in_text(host, "/etc/forestage/jobs/.hidden", "#!/bin/sh\n");
        refused(host, "  dot.conf:4: '.hidden' does not go along: names that start with a dot");
        assert_errors(host, "have 1 faults (above)");
}

/* --- what changes between the check and the copy --- */

/*
 * arm looks at Xen behind the jobs, and at its copy before it copies them: the stand-in's gzip is
 * called twice, and the second time a script runs in the jobs folder.
 */
static void when_checked(struct stand_in *host, const char *script)
{
        char *text = NULL;

        assert_true(asprintf(&text,
                            "echo >>\"$root/var/gzip\"\n"
                            "[ \"$(wc -l <\"$root/var/gzip\")\" != 2 ] ||\n"
                            "( cd \"$root/etc/forestage/jobs\" && %s ) || exit 9\n"
                            "PATH=/usr/bin:/bin exec gzip \"$@\"\n",
                            script) > 0);
        stand_in_text(host, "/var/gzip", "%s", "");
        stand_in_program(host, "gzip", text);
        free(text);
}

/* Order, manifest and armed.json, as one text; owned. */
static char *what_is_armed(const struct stand_in *host)
{
        static const char *const names[] = { ESP "/order", ESP "/manifest",
                "/var/lib/forestage/armed.json" };
        char *all = strdup("");

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                char *text = stand_in_read(host, names[i]), *more = NULL;

                assert_non_null(text);
                assert_true(asprintf(&more, "%s%s", all, text) > 0);
                free(text);
                free(all);
                all = more;
        }
        return all;
}

/* An arm that fails leaves what is armed as it was, whole, and nothing beside it. */
static void fails_and_leaves(struct stand_in *host, const char *message)
{
        char *before = what_is_armed(host), *after, stays[96];
        struct order order = answers_order(host);

        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, message);
        snprintf(stays, sizeof(stays), "forestage: order %s stays armed\n", order.run_text);
        assert_errors(host, stays);
        after = what_is_armed(host);
        assert_string_equal(after, before);
        check_manifest(host);
        assert_false(stand_in_has(host, ESP "/draft"));
        assert_false(stand_in_has(host, ESP "/old"));
        free(after);
        free(before);
}

/* The stand-in's one job, as it was. */
static void renew_jobs(struct stand_in *host)
{
        static const char *const names[] = { "one.conf", "one.ptx", "data/in.bin",
                "data/want.bin" };
        char *texts[4], path[96];

        for (size_t i = 0; i < 4; i++) {
                snprintf(path, sizeof(path), "/first-jobs/%s", names[i]);
                if (!stand_in_has(host, path))
                        snprintf(path, sizeof(path), "/etc/forestage/jobs/%s", names[i]);
                texts[i] = stand_in_read(host, path);
        }
        stand_in_delete(host, "/etc/forestage/jobs");
        stand_in_delete(host, "/etc/forestage/data");
        for (size_t i = 0; i < 4; i++) {
                snprintf(path, sizeof(path), "/first-jobs/%s", names[i]);
                stand_in_text(host, path, "%s", texts[i]);
                snprintf(path, sizeof(path), "/etc/forestage/jobs/%s", names[i]);
                stand_in_text(host, path, "%s", texts[i]);
                free(texts[i]);
        }
}

static void the_folder_changes_behind_the_check(void **state)
{
        static const char *const changes[][2] = {
                { "rm data/in.bin; ln -s /etc/passwd data/in.bin",
                        "jobs/data/in.bin has changed since it was checked: a symbolic link" },
                { "mv data ..; ln -s ../data data",
                        "jobs/data/in.bin has changed since it was checked: a symbolic link" },
                { "mv one.ptx data/; ln -s data/one.ptx one.ptx", "jobs/one.ptx has changed" },
                { "echo >>data/in.bin", "jobs/data/in.bin has changed since it was checked: its "
                                        "size is another now" },
                { ": >data/want.bin", "jobs/data/want.bin has changed since it was checked: its "
                                      "size" },
                { "rm data/in.bin", "jobs/data/in.bin has changed since it was checked: it is not "
                                    "there any more" },
                { "rm -r data", "it is not there any more" },
                { "rm data/in.bin; mkfifo data/in.bin",
                        "jobs/data/in.bin has changed since it was checked: it is neither" },
                { "rm data/in.bin; mkdir data/in.bin", "it is neither a file nor a folder" },
                { "chmod 777 data; rm data/in.bin; printf input >../secret; chmod 600 ../secret; "
                  "ln ../secret data/in.bin",
                        "jobs/data/in.bin has changed since it was checked: it has another name" },
                { "sed -i s/Grid=1/Grod=1/ one.conf", "  one.conf:6: the key Grod= is not known" },
                { "sed -i s/Grid=1/Grod=1/ one.conf",
                        "have changed since they were checked, and have " },
                { "sed -i s/in.bin/no.bin/ one.conf", "one.conf:8: 'data/no.bin'" },
        };

        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                renew_jobs(host);
                when_checked(host, changes[i][0]);
                fails_and_leaves(host, changes[i][1]);
        }
        assert_string_equal(answers_status(host, "state"), "armed");
}

/* Without a fault, but not what was shown. */
static void another_job_than_was_shown(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/big.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=one.ptx\nFunction=f\nGrid=1\nBlock=1\n"
                "Argument=out out.bin 10M\n[Expect]\nout.bin=sha256:%064d\n",
                0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        when_checked(host, "sed -i s/10M/20M/ big.conf");
        fails_and_leaves(host, "have changed since they were checked: arm again");
}

static void a_job_that_comes_behind_the_check_stays_behind(void **state)
{
        struct stand_in *host = *state;

        when_checked(host, "echo x >two.conf");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_false(stand_in_has(host, ESP "/jobs/two.conf"));
        assert_int_equal(check_manifest(host), 11);
}

static void xen_changes_behind_the_check(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        when_checked(host, "echo short >../../../boot/vmlinuz-6.1");
        fails_and_leaves(host, "/boot/vmlinuz-6.1 is no Linux kernel");
}

static void nothing_is_armed_when_nothing_was(void **state)
{
        struct stand_in *host = *state;

        when_checked(host, "rm data/in.bin");
        refused(host, "it is not there any more");
        assert_errors(host, "forestage: nothing is armed now\n");
        assert_false(stand_in_has(host, ESP "/draft"));
        assert_false(stand_in_has(host, ESP "/old"));
}

/* A job may have a file whose name is that of a draft of another. */
static void drafts_are_in_nobodys_way(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/one.ptx.new", "a file of the job");
        stand_in_text(host, "/etc/forestage/jobs/draft/order", "another");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(check_manifest(host), 13);
        assert_file(host, ESP "/jobs/one.ptx.new", "a file of the job");
        assert_file(host, ESP "/jobs/draft/order", "another");
}

/* --- the change --- */

/* What an arm leaves that was killed, at any time. */
static void what_a_killed_arm_leaves_is_removed(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, ESP "/draft/jobs/x", "x");
        stand_in_text(host, ESP "/old/order", "x");
        stand_in_text(host, ESP "/jobs/y", "x");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_false(stand_in_has(host, ESP "/draft"));
        assert_false(stand_in_has(host, ESP "/old"));
        assert_false(stand_in_has(host, ESP "/jobs/y"));
        check_manifest(host);
}

static void armed_json_cannot_be_written(void **state)
{
        struct stand_in *host = *state;
        char *path = in_root(host, "/var/lib/forestage/armed.json");
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        order = answers_order(host);
        stand_in_delete(host, "/var/lib/forestage/armed.json");
        stand_in_text(host, "/var/lib/forestage/armed.json/x", "x");
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, "armed.json: it is there, and no regular file");
        assert_errors(host, "stays armed");
        assert_string_equal(answers_order(host).run_text, order.run_text);
        check_manifest(host);
        assert_false(stand_in_has(host, ESP "/draft"));
        free(path);
}

/* A bundle on a stand-in: each file holds its own name. */
static void put_bundle(struct stand_in *host, const char *folder, const char *word)
{
        static const char *const names[] = { "order", "manifest", "store", "jobs/a", "next/xen" };
        char path[128];

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), ESP "%s/%s", folder, names[i]);
                stand_in_text(host, path, "%s", word);
        }
}

static void assert_bundle(const struct stand_in *host, const char *word)
{
        assert_file(host, ESP "/order", word);
        assert_file(host, ESP "/manifest", word);
        assert_file(host, ESP "/store", word);
        assert_file(host, ESP "/jobs/a", word);
        assert_file(host, ESP "/next/xen", word);
}

/* Each step fails once, and is taken back. */
static void a_change_that_fails_is_taken_back(void **state)
{
        static const char *const missing[] = { "/draft/next", "/draft/manifest", "/draft/order" };
        struct stand_in *host = *state;
        char *folder = in_root(host, ESP);
        struct esp esp = { .folder = folder };
        struct failure failure;
        struct swap swap;

        put_bundle(host, "", "old");
        for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
                char path[128];

                assert_true(swap_begin(&esp, SWAP_KEEP_ALL, &swap, &failure));
                put_bundle(host, "/draft", "new");
                snprintf(path, sizeof(path), ESP "%s", missing[i]);
                stand_in_delete(host, path);
                assert_false(swap_bundle(&swap, &failure) && swap_order(&swap, &failure));
                assert_non_null(strstr(failure.text, missing[i]));
                assert_false(stand_in_has(host, ESP "/order"));
                assert_true(swap_back(&swap, &failure));
                assert_bundle(host, "old");
                swap_end(&swap);
                assert_bundle(host, "old");
        }
        assert_true(swap_begin(&esp, SWAP_KEEP_ALL, &swap, &failure));
        put_bundle(host, "/draft", "new");
        assert_true(swap_bundle(&swap, &failure));
        assert_false(stand_in_has(host, ESP "/order"));
        assert_true(swap_order(&swap, &failure));
        swap_end(&swap);
        assert_bundle(host, "new");
        assert_false(stand_in_has(host, ESP "/old"));
        free(folder);
}

/* Old and new have to fit beside each other; what no order needs any more counts as free. */
static void room_for_two(void **state)
{
        struct stand_in *host = *state;
        uint64_t enough;

        stand_in_text(host, "/etc/forestage/jobs/large.bin", "%*d", 600 << 10, 1);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        for (stand_in_room = 1 << 20; stand_in_run(host, "arm --yes --dry-run") != 0;) {
                assert_errors(host, "too full: ");
                stand_in_room += 64 << 10;
        }
        enough = stand_in_room;
        stand_in_room = enough - (512 << 10);
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, "too full: ");
        assert_errors(host, "stays until the new run is complete beside it; to give it up first: "
                            "forestage disarm");
        check_manifest(host);
        answers_order(host);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_room = 1 << 10;
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        refused(host, "too full: ");
}

static void outputs_that_do_not_fit_the_region(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/etc/forestage/jobs/big.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=one.ptx\nFunction=f\nGrid=1\nBlock=1\n"
                "Argument=out out.bin 100M\n[Expect]\nout.bin=sha256:%064d\n",
                0);
        refused(host, "and the region has 64 MiB: set region-size=102M in ");
        stand_in_text(host, ESP "/forestage.conf", "fallback=\\EFI\\x\nregion-size=102M\n");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

/* Two GPUs make twice the outputs. */
static void every_gpu_counts(void **state)
{
        struct stand_in *host = *state;

        for (int i = 0; i < 2; i++) {
                char path[96];

                snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:0%d:00.0/vendor", i);
                stand_in_text(host, path, "0x10de\n");
                snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:0%d:00.0/class", i);
                stand_in_text(host, path, "0x030200\n");
        }
        stand_in_text(host, "/etc/forestage/jobs/big.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=one.ptx\nFunction=f\nGrid=1\nBlock=1\n"
                "Argument=out out.bin 40M\n[Expect]\nout.bin=sha256:%064d\n",
                0);
        refused(host, "the outputs of the jobs need 82 MiB");
}

static void the_esp_is_full(void **state)
{
        stand_in_room = 1 << 20;
        refused(*state, "too full");
}

static void the_esp_is_read_only(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/proc/self/mountinfo",
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n30 22 8:1 / /boot/efi rw - vfat /dev/sda1 "
                "ro\n");
        refused(host, "mounted read-only");
}

static void no_esp_is_mounted(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/proc/self/mountinfo", "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n");
        refused(host, "no EFI system partition is mounted");
        assert_int_equal(stand_in_run(host, "disarm"), 1);
        assert_string_equal(answers_status(host, "state"), "unknown");
        assert_output(host, "mount /boot/efi");
}

static void nothing_is_installed(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        refused(host, "first: forestage install");
}

static void grub_has_lost_our_lines(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/efi/EFI/xenserver/grub.cfg",
                "menuentry 'XCP-ng' {\nmultiboot2 /boot/xen.gz\nmodule2 "
                "/boot/vmlinuz-4.19-xen\n}\n");
        refused(host, "nothing would start an armed run");
        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

static void a_xen_that_kexec_cannot_load(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/xen-4.17-amd64.gz",
                "not an ELF file at all, but long enough for "
                "a header of one, if it were any");
        refused(host, "is no ELF file: kexec cannot load this Xen");
}

static void notes_are_blanked_in_the_copy(void **state)
{
        struct stand_in *host = *state;
        enum xenimage_notes notes;
        char *image;

        stand_in_xen(host, "/boot/xen-4.17-amd64.gz", "4.17.1", true);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_output(host, "notes are blanked in the copy");
        check_manifest(host);
        image = stand_in_read(host, ESP "/next/xen");
        assert_null(xenimage_check((uint8_t *)image, XEN_BYTES, &notes));
        assert_int_equal(notes, XENIMAGE_NOTES_GOOD);
        free(image);
}

static void a_kernel_that_is_none(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/vmlinuz-6.1", "short");
        refused(host, "/boot/vmlinuz-6.1 is no Linux kernel");
}

static void guests_are_pointed_out(void **state)
{
        struct stand_in *host = *state;

        stand_in_program(host, "xl",
                "case $1 in list)\n"
                "echo 'Name                                        ID   Mem VCPUs State Time(s)'\n"
                "echo 'Domain-0                                     0  1024     2 r----- 10.0'\n"
                "echo 'web                                          1  1024     2 -b---- 10.0' ;;\n"
                "info) echo 'xen_commandline        : dom0_mem=1G console=com1,vga' ;; esac\n");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_output(host, "Warning: 1 guest is running here");
        assert_output(host, "Xen runs without \"com1=115200,8n1\"");
}

static void secure_boot_is_pointed_out(void **state)
{
        struct stand_in *host = *state;

        stand_in_variable(host, "SecureBoot", GLOBAL_VENDOR, "\1", 1);
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, "Secure Boot is on: forestage.efi falls back to the normal boot");
        assert_errors(host, "set secure-boot=yes in");
        stand_in_text(host, "/boot/efi/EFI/forestage/forestage.conf", "secure-boot=yes\n");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_output(host, "Warning: Secure Boot is on");
}

static void xen_is_updated_after_arm(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_xen(host, "/boot/xen-4.17-amd64.gz", "4.17.2", false);
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_output(host, "arm again: Xen has changed since");
        assert_non_null(strstr(answers_status(host, "stale"), "/boot/xen-4.17-amd64.gz"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_string_equal(answers_status(host, "stale"), "null");
}

static void the_kernel_is_updated_after_arm(void **state)
{
        struct stand_in *host = *state;
        char kernel[1024] = { 0 };

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        memcpy(kernel + 0x202, "HdrS", 4);
        stand_in_write(host, "/boot/vmlinuz-6.1", kernel, sizeof(kernel));
        assert_non_null(
                strstr(answers_status(host, "next"), "arm again: dom0's kernel has changed"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_text(host, "/boot/initrd.img-6.1", "another");
        assert_non_null(
                strstr(answers_status(host, "next"), "arm again: dom0's initrd has changed"));
}

/* The order of a dom0 that was started by a run, its results in memory. */
static void boot_the_run(struct stand_in *host, const char *run)
{
        stand_in_text(host, "/cmdline",
                "root=UUID=1 ro quiet forestage.region=0x200000,0x40000 forestage.run=%s "
                "acpi_rsdp=0x9f010\n",
                run);
        stand_in_text(
                host, "/iomem", "00001000-001fffff : System RAM\n00200000-003fffff : Reserved\n");
}

static void put_region(struct stand_in *host, struct sample *sample)
{
        int fd = open(host->memory, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, sample->base, sample->size, 0x200000), sample->size);
        assert_int_equal(ftruncate(fd, 0x400000), 0);
        close(fd);
        sample_free(sample);
}

static void results_that_were_never_collected(void **state)
{
        struct stand_in *host = *state;
        struct sample sample;

        boot_the_run(host, SAMPLE_RUN);
        refused(host, "the results of run " SAMPLE_RUN
                      " are not collected yet, and the next reboot loses them; first: forestage "
                      "collect");
        assert_string_equal(answers_status(host, "state"), "waiting");
        sample_passed(&sample);
        put_region(host, &sample);
        assert_int_equal(stand_in_run(host, "collect"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

/* --- what becomes of a run --- */

/* As forestage.efi leaves it: the order used up, the run recorded. */
static void use_order(struct stand_in *host, const char *run)
{
        stand_in_delete(host, ESP "/order");
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, run, strlen(run));
}

static void set_phase(struct stand_in *host, const char *run, const char *phase)
{
        char value[96];

        snprintf(value, sizeof(value), "%s %s", run, phase);
        stand_in_variable(host, "ForestagePhase", OUR_VENDOR, value, strlen(value));
}

static void a_run_is_lost_at_each_phase(void **state)
{
        static const char *const phases[][2] = {
                { "region", "while Linux opened the region" },
                { "store", "looked for its store on the disks" },
                { "jobs", "while the jobs ran" },
                { "kexec_load", "while Xen was loaded" },
                { "kexec", "at the hand-off" },
                { "reset", "Xen could not be loaded" },
                { "driver_stuck", "the GPU driver could not be unloaded" },
        };
        struct stand_in *host = *state;
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        order = answers_order(host);
        use_order(host, order.run_text);
        set_phase(host, SAMPLE_RUN, "jobs"); /* of an earlier run: says nothing */
        assert_string_equal(answers_status(host, "lost_phase"), "efi");
        for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
                set_phase(host, order.run_text, phases[i][0]);
                assert_int_equal(stand_in_run(host, "status"), 0);
                assert_output(host, "was started and has left no results");
                assert_string_equal(answers_status(host, "state"), "lost");
                assert_string_equal(answers_status(host, "lost_run"), order.run_text);
                assert_string_equal(answers_status(host, "lost_phase"), phases[i][0]);
                assert_non_null(strstr(answers_status(host, "note"), phases[i][1]));
        }
}

static void an_order_that_vanished_was_not_lost(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_delete(host, ESP "/order");
        assert_string_equal(answers_status(host, "state"), "idle");
        assert_non_null(strstr(answers_status(host, "note"), "the firmware never started it"));
}

static void a_used_order_that_stayed_is_not_armed(void **state)
{
        struct stand_in *host = *state;
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        order = answers_order(host);
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, order.run_text, 36);
        assert_string_equal(answers_status(host, "state"), "lost");
        assert_string_equal(answers_status(host, "order"), "null");
        assert_non_null(strstr(answers_status(host, "note"), "is dead"));
}

/* dom0 after the kexec has no variables: the spent order and the missing results must do. */
static void status_without_variables(void **state)
{
        struct stand_in *host = *state;
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        order = answers_order(host);
        stand_in_delete(host, ESP "/order");
        stand_in_delete(host, "/sys/firmware/efi/efivars");
        assert_string_equal(answers_status(host, "state"), "lost");
        assert_string_equal(answers_status(host, "lost_phase"), "unknown");
        boot_the_run(host, order.run_text);
        assert_string_equal(answers_status(host, "state"), "waiting");
        assert_string_equal(answers_status(host, "run_id"), order.run_text);
        assert_string_equal(answers_status(host, "lost_run"), "null");
}

static void the_service_collects_once(void **state)
{
        struct stand_in *host = *state;
        struct sample sample;
        char *text;

        assert_int_equal(stand_in_run(host, "collect --once"), 0); /* a boot without a run */
        assert_string_equal(host->output, "");
        assert_string_equal(host->errors, "");
        boot_the_run(host, SAMPLE_RUN);
        sample_passed(&sample);
        put_region(host, &sample);
        assert_int_equal(
                stand_in_run(host, "collect --once --metrics %s/forestage.prom", host->root), 0);
        assert_output(host, "forestage: run " SAMPLE_RUN ": PASS, ");
        assert_file(host, ESP "/handoff", "run=" SAMPLE_RUN "\n");
        text = stand_in_read(host, "/forestage.prom");
        assert_non_null(strstr(text, "forestage_run_info{run=\"" SAMPLE_RUN "\",verdict=\"pass\""));
        assert_non_null(strstr(text, "\nforestage_run_passed 1\n"));
        assert_non_null(strstr(text, "\nforestage_run_jobs{status=\"fail\"} 0\n"));
        free(text);
        unlink(host->memory); /* the second time reads no memory */
        assert_int_equal(stand_in_run(host, "collect --once"), 0);
        assert_output(host, "PASS");
        assert_output(host, "collected before");
        assert_string_equal(answers_status(host, "state"), "collected");
}

static void the_service_fails_visibly(void **state)
{
        struct stand_in *host = *state;
        struct sample sample;

        boot_the_run(host, SAMPLE_RUN);
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\": \"j\", \"kind\": \"kernel\", \"device\": 0}]");
        sample_result(&sample, "j", "fail");
        sample_finish(&sample, "{\"exit_code\": 1}");
        put_region(host, &sample);
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
        assert_output(host, "FAIL");
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
}

static void the_service_names_a_lost_run_once(void **state)
{
        struct stand_in *host = *state;
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        order = answers_order(host);
        use_order(host, order.run_text);
        set_phase(host, order.run_text, "jobs");
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
        assert_errors(host, "left no results; it ended while the jobs ran");
        assert_int_equal(stand_in_run(host, "collect --once"), 0);
        assert_string_equal(host->errors, "");
        assert_string_equal(answers_status(host, "state"), "lost"); /* status keeps saying it */
}

/* --- orders for every boot --- */

static void set_repeat(struct stand_in *host, const struct order *order, uint32_t runs,
        unsigned strikes, char ret_run[UUID_LENGTH + 1])
{
        struct repeat repeat = { .runs = runs, .strikes = strikes };
        char text[REPEAT_LENGTH + 1];
        uint8_t run[16];

        memcpy(repeat.order_id, order->run_id, 16);
        repeat_format(&repeat, text);
        stand_in_variable(host, "ForestageRepeat", OUR_VENDOR, text, REPEAT_LENGTH);
        repeat_run_id(order->run_id, runs, run);
        uuid_format(run, ret_run);
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, ret_run, UUID_LENGTH);
}

static void an_order_for_every_boot_tells_of_its_strikes(void **state)
{
        struct stand_in *host = *state;
        char run[UUID_LENGTH + 1];
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes --every-boot"), 0);
        order = answers_order(host);
        assert_string_equal(answers_status(host, "lost_run"), "null");
        set_repeat(host, &order, 7, 1, run);
        set_phase(host, run, "jobs");
        assert_string_equal(answers_status(host, "state"), "armed");
        assert_string_equal(answers_status(host, "lost_run"), run);
        assert_string_equal(answers_status(host, "strikes"), "1");
        assert_non_null(strstr(answers_status(host, "note"), "Strikes: 1 of 2"));
        stand_in_delete(host, ESP "/order"); /* what forestage.efi does after the second */
        set_repeat(host, &order, 8, 2, run);
        assert_string_equal(answers_status(host, "state"), "lost");
        assert_non_null(strstr(answers_status(host, "note"), "has disarmed itself"));
}

static void a_run_of_every_boot_is_confirmed_and_kept_apart(void **state)
{
        struct stand_in *host = *state;
        char run[UUID_LENGTH + 1], expected[64];
        struct order order;

        assert_int_equal(stand_in_run(host, "arm --yes --every-boot"), 0);
        order = answers_order(host);
        set_repeat(host, &order, 3, 1, run);
        boot_the_run(host, run);
        assert_string_equal(answers_status(host, "state"), "waiting");
        assert_string_equal(answers_status(host, "run_id"), run);
        stand_in_run(host, "collect --once"); /* no memory to read: confirmed all the same */
        snprintf(expected, sizeof(expected), "run=%s\n", run);
        assert_file(host, ESP "/handoff", expected);
        assert_true(stand_in_has(host, ESP "/order"));
}

#define TEST(name)      cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)
#define XENSERVER(name) cmocka_unit_test_setup_teardown(name, set_up_xenserver, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(arms_what_the_host_boots_with),
                XENSERVER(arms_an_xcp_ng),
                TEST(a_dry_run_writes_nothing),
                TEST(armed_twice),
                TEST(disarms),
                TEST(a_run_without_jobs),
                TEST(another_jobs_folder),
                TEST(the_jobs_folder_is_empty_or_missing),
                TEST(jobs_with_faults),
                TEST(names_that_fat_does_not_take),
                TEST(a_name_of_236_bytes_is_too_long),
                TEST(names_that_fat_takes),
                cmocka_unit_test(short_names_come_first),
                TEST(files_that_fat_does_not_hold),
                TEST(more_files_than_a_manifest_lists),
                TEST(links_are_not_followed),
                TEST(the_folder_may_be_a_link),
                TEST(hard_links_to_others_secrets),
                TEST(a_file_that_is_left_out),
                TEST(the_folder_changes_behind_the_check),
                TEST(another_job_than_was_shown),
                TEST(a_job_that_comes_behind_the_check_stays_behind),
                TEST(xen_changes_behind_the_check),
                TEST(nothing_is_armed_when_nothing_was),
                TEST(drafts_are_in_nobodys_way),
                TEST(what_a_killed_arm_leaves_is_removed),
                TEST(armed_json_cannot_be_written),
                TEST(a_change_that_fails_is_taken_back),
                TEST(room_for_two),
                TEST(outputs_that_do_not_fit_the_region),
                TEST(every_gpu_counts),
                TEST(the_esp_is_full),
                TEST(the_esp_is_read_only),
                TEST(no_esp_is_mounted),
                TEST(nothing_is_installed),
                XENSERVER(grub_has_lost_our_lines),
                TEST(a_xen_that_kexec_cannot_load),
                TEST(notes_are_blanked_in_the_copy),
                TEST(a_kernel_that_is_none),
                TEST(guests_are_pointed_out),
                TEST(secure_boot_is_pointed_out),
                TEST(xen_is_updated_after_arm),
                TEST(the_kernel_is_updated_after_arm),
                TEST(results_that_were_never_collected),
                TEST(a_run_is_lost_at_each_phase),
                TEST(an_order_that_vanished_was_not_lost),
                TEST(a_used_order_that_stayed_is_not_armed),
                TEST(status_without_variables),
                TEST(the_service_collects_once),
                TEST(the_service_fails_visibly),
                TEST(the_service_names_a_lost_run_once),
                TEST(an_order_for_every_boot_tells_of_its_strikes),
                TEST(a_run_of_every_boot_is_confirmed_and_kept_apart),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
