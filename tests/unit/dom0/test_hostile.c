/*
 * What others have written never acts on a terminal: bytes that could are put into every place that
 * `forestage` reads, and whatever it then prints is valid UTF-8 without one of them. And programs
 * that it starts see nothing of the caller's environment.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/failure.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "lib/escape.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define ESP   "/boot/efi/EFI/forestage"
#define COUNT (sizeof(hostile) / sizeof(hostile[0]))

/* Each between letters, so that there is something to find. */
static const char *const hostile[] = {
        "a\x1b[31mb",         /* a colour */
        "a\x1b]0;title\x07z", /* the window's title, and a bell */
        "a\rb",               /* back over what stands there */
        "a\x08\x7fz",
        "a\xc2\x9b"
        "31mb", /* C1, as UTF-8 */
        "a\x9b"
        "31mb",       /* C1, as a byte */
        "a\xff\xfez", /* no UTF-8 */
        "a\xc0\xaf\xed\xa0\x80z",
        "a\xe2\x80\xaez",     /* right to left from here */
        "a\xe2\x81\xa6z",     /* an isolate */
        "a\xe2\x80\xa8z",     /* a line separator */
        "a\xf3\xa0\x80\x81z", /* a tag */
        "a\xef\xbb\xbfz",
        "a\tb",
};

static size_t checked;

static void assert_plain(const char *text, const char *where)
{
        for (const char *line = text; *line;) {
                size_t length = strcspn(line, "\n");

                if (!text_is_plain(line, length))
                        fail_msg("%s: %.*s", where, (int)length, line);
                line += length + (line[length] == '\n');
        }
        checked++;
}

/* The verb may fail or not; it says something, and nothing of it acts. */
static void runs_plain(struct stand_in *host, const char *line)
{
        stand_in_run(host, "%s", line);
        assert_true(*host->output || *host->errors);
        assert_plain(host->output, line);
        assert_plain(host->errors, line);
}

static int set_up(void **state)
{
        if (stand_in_debian(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes");
}

static void arguments(void **state)
{
        static const char *const forms[] = { "collect --region %s", "collect --format %s",
                "collect --%s", "collect %s", "collect --region %s --out %s", "compare %s %s",
                "report %s --html /nowhere/%s", "check %s", "check ./%s", "check --gpus=%s",
                "arm --jobs %s", "arm --esp /%s", "install --bundle %s", "install --method %s",
                "uninstall --esp /%s", "disarm --%s=x", "status --region %s", "doctor %s",
                "help %s" };
        char line[256];

        for (size_t i = 0; i < COUNT; i++)
                for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                        snprintf(line, sizeof(line), forms[k], hostile[i], hostile[i]);
#pragma GCC diagnostic pop
                        runs_plain(*state, line);
                }
}

/* A job, what it uses, a link, a FIFO, a folder: in the folder of jobs, by that name. */
static void names_of_files(void **state)
{
        static const char conf[] = "[Job]\nType=kernel\n[Kernel]\nModule=one.ptx\n";
        struct stand_in *host = *state;
        char path[256], full[512];

        for (size_t i = 0; i < COUNT; i++)
                for (int kind = 0; kind < 4; kind++) {
                        snprintf(path, sizeof(path), "/etc/forestage/jobs/%s%s", hostile[i],
                                kind == 0 ? ".conf" : "");
                        snprintf(full, sizeof(full), "%s%s", host->root, path);
                        if (kind == 0)
                                stand_in_text(host, path, "%s", conf);
                        else if (kind == 1)
                                assert_int_equal(mkfifo(full, 0600), 0);
                        else if (kind == 2)
                                assert_int_equal(symlink("/nowhere", full), 0);
                        else
                                assert_int_equal(mkdir(full, 0700), 0);
                        if (kind == (int)i % 4)
                                runs_plain(host, "arm --yes");
                        snprintf(full, sizeof(full), "check %s/etc/forestage/jobs", host->root);
                        runs_plain(host, full);
                        stand_in_delete(host, path);
                }
}

/* Bytes of files that are read: jobs, the bundle's, GRUB's, the kernel's. */
static void bytes_of_files(void **state)
{
        static const struct {
                const char *path, *format, *verb;
        } places[] = {
                { "/etc/forestage/jobs/one.conf", "[Job]\nType=%s\n", "arm --yes" },
                { "/etc/forestage/jobs/one.conf", "[Job]\n%s=1\n", "arm --yes" },
                { "/etc/forestage/jobs/one.conf", "[%s]\nType=kernel\n", "arm --yes" },
                { "/etc/forestage/jobs/one.conf",
                        "[Job]\nType=kernel\n[Kernel]\nModule=%s.ptx\nFunction=f\n", "arm --yes" },
                { ESP "/forestage.conf", "%s=1\n", "arm --yes" },
                { ESP "/forestage.conf", "region-size=%s\n", "arm --yes" },
                { ESP "/forestage.conf", "fallback=\\EFI\\%s\n", "arm --yes" },
                { ESP "/forestage.conf", "options=%s\n", "arm --yes" },
                { ESP "/forestage.conf", "options=mem=%s\n", "arm --yes" },
                { ESP "/order", "run=%s\n", "status" },
                { ESP "/order", "run=%s\n", "disarm" },
                { "/var/lib/forestage/backup/journal.json", "{\"%s\"", "uninstall --yes" },
                { "/proc/cmdline", "a forestage.region=%s\n", "collect" },
                { "/proc/cmdline", "a forestage.region=%s\n", "doctor" },
                { "/proc/self/mountinfo", "1 1 8:1 / /%s rw - vfat /dev/x rw\n", "arm --yes" },
                { "/sys/hypervisor/type", "%s\n", "doctor" },
                { "/sys/kernel/security/lockdown", "[%s]\n", "doctor" },
        };
        struct stand_in *host = *state;

        for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
                char *before = stand_in_read(host, places[k].path);

                for (size_t i = 0; i < COUNT; i++) {
                        char text[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                        snprintf(text, sizeof(text), places[k].format, hostile[i]);
#pragma GCC diagnostic pop
                        stand_in_write(host, places[k].path, text, strlen(text));
                        runs_plain(host, places[k].verb);
                }
                stand_in_delete(host, places[k].path);
                if (before)
                        stand_in_write(host, places[k].path, before, strlen(before));
                free(before);
        }
}

static void entries_of_grub(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < COUNT; i++) {
                stand_in_text(host, "/boot/grub/grub.cfg",
                        "menuentry '%s' {\n multiboot2 /boot/xen.gz %s\n module2 /boot/vmlinuz %s\n"
                        " module2 /boot/%s\n}\n",
                        hostile[i], hostile[i], hostile[i], hostile[i]);
                runs_plain(host, "arm --dry-run");
                runs_plain(host, "install --dry-run");
                runs_plain(host, "doctor");
        }
}

static void words_of_programs(void **state)
{
        static const char *const argv[] = { "speaks", NULL };
        struct stand_in *host = *state;

        for (size_t i = 0; i < COUNT; i++) {
                char script[256];
                struct failure failure;

                snprintf(script, sizeof(script), "#!/bin/sh\nprintf '%%s\\n' '%s' >&2\nexit 3\n",
                        hostile[i]);
                stand_in_program(host, "speaks", script);
                assert_false(program_do(&host->host, argv, &failure));
                assert_non_null(strstr(failure.text, "speaks failed (3): a"));
                assert_plain(failure.text, "a program's last line");
        }
}

/* Names of records as bytes, and every string of a run as JSON that is well-formed. */
static void strings_of_a_region(void **state)
{
        static const char *const json[] = { "a\\u001b[31mb", "a\\u009b31mb", "a\\u202ez",
                "a\\u0007z", "a\\rb", "a\\n# Subtest: b", "a # SKIP b", "a\\ufffez", "a\\u0000b" };
        static const char *const verbs[] = { "collect --region %s/region",
                "collect --region %s/region --format ktap",
                "collect --region %s/region --format junit",
                "collect --region %s/region --format csv", "collect --region %s/region --once",
                "status --region %s/region", "collect --region %s/region --json" };
        struct stand_in *host = *state;

        for (size_t i = 0; i < COUNT + sizeof(json) / sizeof(json[0]); i++) {
                const char *bytes = i < COUNT ? hostile[i] : "jobs/none";
                const char *text = i < COUNT ? "x" : json[i - COUNT];
                struct sample sample;
                char more[512];

                sample_start(&sample, SAMPLE_SIZE);
                snprintf(more, sizeof(more),
                        ",\"hypervisor\":true,\"hypervisor_vendor\":\"%s\",\"kernel\":\"%s\","
                        "\"driver\":\"%s\",\"machine\":\"%s\"",
                        text, text, text, text);
                sample_event(&sample, "run.where", more);
                snprintf(more, sizeof(more), ",\"devices\":[],\"error\":\"%s\"", text);
                sample_event(&sample, "run.devices", more);
                snprintf(more, sizeof(more),
                        ",\"planned\":[{\"job\":\"%s\",\"kind\":\"%s\",\"device\":null}]", text,
                        text);
                sample_event(&sample, "run.plan", more);
                sample_record(&sample, REGION_EVENT, bytes, "{\"event\": \"%s\"}", text);
                sample_record(&sample, REGION_RESULT, bytes,
                        "{\"job\": \"%s\", \"device\": null, \"kind\": \"%s\", \"status\": \"%s\", "
                        "\"reason\": \"%s\", \"timings\": {\"%s\": \"%s\"}}",
                        text, text, text, text, text, text);
                sample_file(&sample, bytes, "x", 1);
                sample_finish(&sample, "null");
                stand_in_write(host, "/region", sample.base, sample.size);
                sample_free(&sample);
                for (size_t k = 0; k < sizeof(verbs) / sizeof(verbs[0]); k++) {
                        char line[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                        snprintf(line, sizeof(line), verbs[k], host->root);
#pragma GCC diagnostic pop
                        runs_plain(host, line);
                }
        }
}

/* A message made of another one is not changed by that. In parentheses: not the macro of cmocka. */
static void nothing_is_escaped_twice(void **state)
{
        struct failure inner, outer;

        (void)state;
        assert_false((fail)(&inner, EXIT_FAIL, "no %s", "a\x1b[2J\\EFI\xff"));
        assert_string_equal(inner.text, "no a\\x1b[2J\\EFI\\xff");
        assert_false((fail)(&outer, EXIT_FAIL, "%s; and so", inner.text));
        assert_string_equal(outer.text, "no a\\x1b[2J\\EFI\\xff; and so");
        assert_false((fail)(&inner, EXIT_FAIL, "again: %s", inner.text)); /* of itself */
        assert_string_equal(inner.text, "again: no a\\x1b[2J\\EFI\\xff");
}

static void programs_see_a_fixed_environment(void **state)
{
        static const char *const names[] = { "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "IFS",
                "GCONV_PATH", "LOCPATH", "BASH_ENV", "ENV", "PATH", "HOME", "TMPDIR",
                "MODPROBE_OPTIONS" };
        static const char *const argv[] = { "env", NULL };
        struct host host = { .root = "", .programs = "/usr/bin:/bin" };
        char *before[sizeof(names) / sizeof(names[0])], *output;
        struct failure failure;
        size_t length;

        (void)state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                before[i] = getenv(names[i]) ? strdup(getenv(names[i])) : NULL;
                setenv(names[i], "/nowhere/evil", 1);
        }
        assert_true(program_run(&host, argv, 4096, &output, &length, &failure));
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (before[i])
                        setenv(names[i], before[i], 1);
                else
                        unsetenv(names[i]);
                free(before[i]);
        }
        assert_string_equal(output, "PATH=/usr/bin:/bin\nHOME=/root\nLC_ALL=C\n");
        free(output);
}

static void programs_may_say_so_much_and_no_more(void **state)
{
        static const struct {
                size_t limit, bytes;
                bool good;
        } cases[] = { { 100, 0, true }, { 100, 99, true }, { 100, 100, true }, { 100, 101, false },
                { 65536, 65535, true }, { 65536, 65536, true }, { 65536, 65537, false },
                { 65537, 65537, true }, { 1 << 20, 131072, true }, { 1 << 20, 1 << 20, true },
                { 1 << 20, (1 << 20) + 1, false }, { 100, 1 << 20, false } };
        struct host host = { .root = "", .programs = "/usr/bin:/bin" };
        char count[32], *output;
        const char *const argv[] = { "head", "-c", count, "/dev/zero", NULL };
        struct failure failure;
        size_t length;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                snprintf(count, sizeof(count), "%zu", cases[i].bytes);
                assert_int_equal(
                        program_run(&host, argv, cases[i].limit, &output, &length, &failure),
                        cases[i].good);
                if (!cases[i].good) {
                        assert_non_null(strstr(failure.text, "head printed more than"));
                        continue;
                }
                assert_int_equal(length, cases[i].bytes);
                for (size_t j = 0; j <= length; j++) /* with the NUL behind it */
                        assert_int_equal(output[j], 0);
                free(output);
        }
}

/* A file is taken up to the limit, whatever it is in the reader's room: twice 16 KiB, and so on. */
static void texts_end_at_the_limit(void **state)
{
        static const size_t sizes[] = { 0, 1, 100, 16383, 16384, 16385, 32768, 100000 };
        static char bytes[100000];
        struct stand_in *host = *state;
        char path[300], *text;
        size_t length;

        memset(bytes, 'x', sizeof(bytes));
        snprintf(path, sizeof(path), "%s/text", host->root);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                stand_in_write(host, "/text", bytes, sizes[i]);
                for (size_t limit = sizes[i] ? sizes[i] - 1 : 0; limit <= sizes[i] + 1; limit++) {
                        text = source_read_text(path, limit, &length);
                        assert_non_null(text);
                        assert_int_equal(length, limit < sizes[i] ? limit : sizes[i]);
                        assert_memory_equal(text, bytes, length);
                        assert_int_equal(text[length], 0);
                        free(text);
                }
        }
}

static void says_how_much_it_tried(void **state)
{
        (void)state;
        print_message("# %zu texts looked at, of %zu hostile sequences\n", checked, COUNT);
        assert_true(checked > 1000);
}

int main(void)
{
#define ON(test) cmocka_unit_test_setup_teardown(test, set_up, stand_in_remove)
        const struct CMUnitTest tests[] = {
                ON(arguments),
                ON(names_of_files),
                ON(bytes_of_files),
                ON(entries_of_grub),
                ON(words_of_programs),
                ON(strings_of_a_region),
                cmocka_unit_test(nothing_is_escaped_twice),
                cmocka_unit_test(programs_see_a_fixed_environment),
                cmocka_unit_test(programs_may_say_so_much_and_no_more),
                ON(texts_end_at_the_limit),
                cmocka_unit_test(says_how_much_it_tried),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
