/*
 * What machines that watch are told, by --metrics, in every state that collect can end in. The file
 * always says PASS of an earlier run first: none but a run that passed may leave that there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efi/parse/repeat.h"
#include "lib/uuid.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define ESP     "/boot/efi/EFI/forestage"
#define METRICS "/metrics/forestage.prom"
#define EARLIER                                                                             \
        "forestage_run_info{run=\"11111111-2222-4333-8444-555555555555\",verdict=\"pass\"," \
        "rehearsal=\"false\"} 1\nforestage_run_passed 1\n"

static char armed[64]; /* the id of the run that was armed */

static int set_up(void **state)
{
        if (stand_in_debian(state) != 0)
                return -1;
        stand_in_text(*state, METRICS, "%s", EARLIER);
        return stand_in_run(*state, "install --yes");
}

/* --- states of a host --- */

static void arm(struct stand_in *host, const char *line)
{
        char *order;

        assert_int_equal(stand_in_run(host, "%s", line), 0);
        order = stand_in_read(host, ESP "/order");
        assert_non_null(order);
        assert_non_null(strstr(order, "run="));
        snprintf(armed, sizeof(armed), "%.36s", strstr(order, "run=") + 4);
        free(order);
}

/* As forestage.efi leaves it: the order used up, the run's id and where it is in variables. */
static void start(struct stand_in *host, const char *phase)
{
        char value[96];

        arm(host, "arm --yes");
        stand_in_delete(host, ESP "/order");
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, armed, strlen(armed));
        snprintf(value, sizeof(value), "%s %s", armed, phase);
        stand_in_variable(host, "ForestagePhase", OUR_VENDOR, value, strlen(value));
}

static void boot(struct stand_in *host, const char *run)
{
        stand_in_text(host, "/cmdline",
                "root=UUID=1 ro forestage.region=0x200000,0x40000 forestage.run=%s\n", run);
        stand_in_text(
                host, "/iomem", "00001000-001fffff : System RAM\n00200000-003fffff : Reserved\n");
}

static void boot_normally(struct stand_in *host)
{
        stand_in_text(host, "/cmdline", "root=UUID=1 ro quiet\n");
}

/* Puts a region into memory and into /file, and releases it. */
static void put(struct stand_in *host, struct sample *sample)
{
        int fd = open(host->memory, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, sample->base, sample->size, 0x200000), sample->size);
        assert_int_equal(ftruncate(fd, 0x400000), 0);
        close(fd);
        stand_in_write(host, "/file", sample->base, sample->size);
        sample_free(sample);
}

static void passed(struct stand_in *host)
{
        struct sample sample;

        boot(host, SAMPLE_RUN);
        sample_passed(&sample);
        put(host, &sample);
}

static void failed(struct stand_in *host)
{
        struct sample sample;

        boot(host, SAMPLE_RUN);
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]");
        sample_result(&sample, "a", "fail");
        sample_finish(&sample, "{\"exit_code\":1}");
        put(host, &sample);
}

static void nothing_ran(struct stand_in *host)
{
        struct sample sample;

        boot(host, SAMPLE_RUN);
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[]");
        sample_finish(&sample, "{\"exit_code\":1}");
        put(host, &sample);
}

static void damaged(struct stand_in *host)
{
        struct sample sample;

        boot(host, SAMPLE_RUN);
        sample_passed(&sample);
        sample.base[6000] ^= 1;
        put(host, &sample);
}

static void unsealed(struct stand_in *host)
{
        struct sample sample;

        boot(host, SAMPLE_RUN);
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]");
        put(host, &sample);
}

static void wiped(struct stand_in *host)
{
        struct sample sample;

        boot(host, SAMPLE_RUN);
        sample_passed(&sample);
        memset(sample.base, 0, sample.size);
        put(host, &sample);
}

static void another_run(struct stand_in *host)
{
        passed(host);
        boot(host, "00000000-0000-4000-8000-000000000001");
}

static void no_memory(struct stand_in *host)
{
        passed(host);
        unlink(host->memory);
}

static void not_reserved(struct stand_in *host)
{
        passed(host);
        stand_in_text(host, "/iomem", "00001000-003fffff : System RAM\n");
}

static void no_addresses(struct stand_in *host)
{
        passed(host);
        stand_in_text(host, "/iomem", "00000000-00000000 : Reserved\n");
}

static void half_a_region(struct stand_in *host)
{
        stand_in_text(host, "/cmdline", "forestage.region=0x200000 forestage.run=%s\n", SAMPLE_RUN);
}

static void no_run_named(struct stand_in *host)
{
        stand_in_text(host, "/cmdline", "forestage.region=0x200000,0x40000\n");
}

static void no_command_line(struct stand_in *host)
{
        stand_in_delete(host, "/cmdline");
}

static void lost_in_jobs(struct stand_in *host)
{
        start(host, "jobs");
}

static void lost_in_driver(struct stand_in *host)
{
        start(host, "driver");
}

static void lost_at_kexec(struct stand_in *host)
{
        start(host, "kexec");
}

static void lost_before_linux(struct stand_in *host)
{
        start(host, "efi");
        stand_in_variable(host, "ForestagePhase", OUR_VENDOR, NULL, 0);
}

static void lost_without_variables(struct stand_in *host)
{
        start(host, "jobs");
        stand_in_delete(host, "/sys/firmware/efi/efivars");
}

static void lost_and_told(struct stand_in *host)
{
        lost_in_jobs(host);
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
}

static void never_started(struct stand_in *host)
{
        arm(host, "arm --yes");
        stand_in_delete(host, ESP "/order");
}

static void nothing_armed(struct stand_in *host)
{
        (void)host;
}

static void only_armed(struct stand_in *host)
{
        arm(host, "arm --yes");
}

static void called_off(struct stand_in *host)
{
        arm(host, "arm --yes");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
}

/* Armed, and nobody can look whether the order is still there. */
static void armed_without_esp(struct stand_in *host)
{
        arm(host, "arm --yes");
        stand_in_text(host, "/proc/self/mountinfo", "21 1 8:2 / / rw - ext4 /dev/sda2 rw\n");
        stand_in_delete(host, "/boot/efi");
}

static void armed_without_esp_and_variables(struct stand_in *host)
{
        armed_without_esp(host);
        stand_in_delete(host, "/sys/firmware/efi/efivars");
}

static void collected_and_gone_on(struct stand_in *host)
{
        passed(host);
        assert_int_equal(stand_in_run(host, "collect --once"), 0);
        boot_normally(host);
}

/* The run that was armed has passed and started this boot; it has the id of the samples. */
static void armed_passed(struct stand_in *host)
{
        char *text;

        start(host, "kexec");
        text = stand_in_read(host, "/var/lib/forestage/armed.json");
        assert_non_null(strstr(text, armed));
        memcpy(strstr(text, armed), SAMPLE_RUN, strlen(SAMPLE_RUN));
        stand_in_text(host, "/var/lib/forestage/armed.json", "%s", text);
        free(text);
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, SAMPLE_RUN, strlen(SAMPLE_RUN));
        passed(host);
}

static void collected_and_tidied_up(struct stand_in *host)
{
        armed_passed(host);
        assert_int_equal(stand_in_run(host, "collect"), 0);
        assert_true(stand_in_has(host, "/var/lib/forestage/runs/" SAMPLE_RUN "/run.json"));
        stand_in_delete(host, "/var/lib/forestage/runs");
        boot_normally(host);
}

static void collected_elsewhere(struct stand_in *host)
{
        armed_passed(host);
        assert_int_equal(stand_in_run(host, "collect --out %s/elsewhere", host->root), 0);
        boot_normally(host);
}

static void never_collected(struct stand_in *host)
{
        armed_passed(host);
        boot_normally(host);
}

/* --- what the file says then --- */

#define SAME  NULL /* the file is left as it is */
#define ARMED "*"  /* the run that was armed */
#define NONE  ""   /* no run is known */

static const struct row {
        void (*prepare)(struct stand_in *host);
        const char *line;    /* behind "collect"; @ is the host's folder */
        int code;            /* of collect, the first time */
        const char *verdict; /* SAME */
        const char *run;
        const char *more; /* in the line of the run */
} rows[] = {
        /* a region was read */
        { passed, "--once", 0, "pass", SAMPLE_RUN, "rehearsal=\"false\"" },
        { passed, "", 0, "pass", SAMPLE_RUN, "rehearsal=\"false\"" },
        { passed, "--region @/file", 0, "pass", SAMPLE_RUN, "rehearsal=\"false\"" },
        { failed, "--once", 1, "fail", SAMPLE_RUN, "rehearsal=\"false\"" },
        { nothing_ran, "--once", 1, "empty", SAMPLE_RUN, "rehearsal=\"false\"" },
        { damaged, "--once", 4, "incomplete", SAMPLE_RUN, "rehearsal=\"false\"" },
        { unsealed, "--once", 4, "incomplete", SAMPLE_RUN, "rehearsal=\"false\"" },
        { wiped, "--once", 4, "incomplete", SAMPLE_RUN, "rehearsal=\"false\"" },
        { another_run, "", 4, "incomplete", SAMPLE_RUN, "rehearsal=\"false\"" },
        { damaged, "--region @/file", 4, "incomplete", SAMPLE_RUN, "rehearsal=\"false\"" },
        { passed, "--out @/file", 2, "pass", SAMPLE_RUN, "rehearsal=\"false\"" },
        /* none could be read */
        { no_memory, "--once", 4, "unreadable", SAMPLE_RUN, "" },
        { no_memory, "", 4, "unreadable", SAMPLE_RUN, "" },
        { not_reserved, "--once", 4, "unreadable", SAMPLE_RUN, "" },
        { no_addresses, "--once", 4, "unreadable", SAMPLE_RUN, "" },
        { half_a_region, "--once", 4, "unreadable", NONE, "" },
        { no_run_named, "--once", 4, "unreadable", NONE, "" },
        { no_command_line, "--once", 4, "unreadable", NONE, "" },
        { no_command_line, "", 4, "unreadable", NONE, "" },
        { passed, "--region @/none", 2, "unreadable", NONE, "" },
        { passed, "--region @", 2, "unreadable", NONE, "" },
        { passed, "--region 0x1000,0x40000", 4, "unreadable", NONE, "" },
        /* none was left */
        { lost_in_jobs, "--once", 1, "lost", ARMED, "phase=\"jobs\"" },
        { lost_in_jobs, "", 3, "lost", ARMED, "phase=\"jobs\"" },
        { lost_in_driver, "--once", 1, "lost", ARMED, "phase=\"driver\"" },
        { lost_at_kexec, "--once", 1, "lost", ARMED, "phase=\"kexec\"" },
        { lost_before_linux, "--once", 1, "lost", ARMED, "phase=\"efi\"" },
        { lost_without_variables, "--once", 1, "lost", ARMED, "phase=\"unknown\"" },
        { lost_and_told, "--once", 0, "lost", ARMED, "phase=\"jobs\"" },
        { never_collected, "--once", 1, "lost", SAMPLE_RUN, "phase=\"efi\"" },
        { never_started, "--once", 0, "never-started", ARMED, "" },
        { never_started, "", 3, "never-started", ARMED, "" },
        /* none is missing */
        { nothing_armed, "--once", 0, SAME, NULL, NULL },
        { nothing_armed, "", 3, SAME, NULL, NULL },
        { only_armed, "--once", 0, SAME, NULL, NULL },
        { called_off, "--once", 0, SAME, NULL, NULL },
        { armed_without_esp, "--once", 0, SAME, NULL, NULL },
        { armed_without_esp_and_variables, "--once", 0, SAME, NULL, NULL },
        { collected_and_gone_on, "--once", 0, SAME, NULL, NULL },
        { collected_and_tidied_up, "--once", 0, SAME, NULL, NULL },
        { collected_elsewhere, "--once", 0, SAME, NULL, NULL },
        { passed, "--once --format", 2, SAME, NULL, NULL },
        { passed, "--one", 2, SAME, NULL, NULL },
};

static int collect(struct stand_in *host, const char *line)
{
        int length = (int)strcspn(line, "@");
        bool has_path = line[length] == '@';

        return stand_in_run(host, "collect %.*s%s%s --metrics %s" METRICS, length, line,
                has_path ? host->root : "", has_path ? line + length + 1 : "", host->root);
}

static void check_file(struct stand_in *host, const struct row *row)
{
        char *text = stand_in_read(host, METRICS), expected[256];
        const char *run = row->run && strcmp(row->run, ARMED) == 0 ? armed : row->run;
        bool good = row->verdict && strcmp(row->verdict, "pass") == 0;

        assert_non_null(text);
        if (!row->verdict) {
                assert_string_equal(text, EARLIER);
                free(text);
                return;
        }
        snprintf(expected, sizeof(expected),
                "\nforestage_run_info{run=\"%s\",verdict=\"%s\"%s%s} 1\n", run, row->verdict,
                *row->more ? "," : "", row->more);
        if (!strstr(text, expected))
                fail_msg("not there: %s\n%s", expected, text);
        snprintf(expected, sizeof(expected), "\nforestage_run_passed %d\n", good);
        if (!strstr(text, expected))
                fail_msg("not there: %s\n%s", expected, text);
        assert_non_null(strstr(text, "\nforestage_run_collected_timestamp_seconds "));
        free(text);
}

static void check_row(const struct row *row)
{
        struct stand_in *host;
        void *state;
        int code;

        assert_int_equal(set_up(&state), 0);
        host = state;
        row->prepare(host);
        code = collect(host, row->line);
        if (code != row->code)
                fail_msg("row %zu: code %d, not %d\n%s%s", (size_t)(row - rows), code, row->code,
                        host->output, host->errors);
        check_file(host, row);
        collect(host, row->line); /* asking again makes it no better */
        check_file(host, row);
        assert_int_equal(stand_in_remove(&state), 0);
}

static void each_end_has_its_content(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                check_row(&rows[i]);
}

/* What the file says, in a word: the verdict of its first line. */
static const char *verdict_in(struct stand_in *host)
{
        static char verdict[64];
        char *text = stand_in_read(host, METRICS);
        const char *at = text ? strstr(text, "verdict=\"") : NULL;

        assert_non_null(at);
        snprintf(verdict, sizeof(verdict), "%.*s", (int)strcspn(at + 9, "\""), at + 9);
        free(text);
        return verdict;
}

static void assert_says(struct stand_in *host, const char *path, const char *what)
{
        char *text = stand_in_read(host, path), name[256];
        struct stat status;

        assert_non_null(text);
        assert_non_null(strstr(text, what));
        free(text);
        snprintf(name, sizeof(name), "%s%s", host->root, path);
        assert_int_equal(lstat(name, &status), 0);
        assert_true(S_ISREG(status.st_mode));
        assert_int_equal(status.st_mode & 07777, 0644);
}

/* A run is lost; the boots after it do not forget that, and the next good run ends it. */
static void a_later_good_run_ends_it(void **state)
{
        struct stand_in *host = *state;

        start(host, "jobs");
        assert_int_equal(collect(host, "--once"), 1);
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(collect(host, "--once"), 0);
                assert_string_equal(verdict_in(host), "lost");
        }
        arm(host, "arm --yes");
        assert_int_equal(collect(host, "--once"), 0);
        assert_string_equal(verdict_in(host), "lost"); /* armed is not run */
        passed(host);
        assert_int_equal(collect(host, "--once"), 0);
        assert_string_equal(verdict_in(host), "pass");
        boot_normally(host);
        stand_in_delete(host, ESP "/order");
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, SAMPLE_RUN, strlen(SAMPLE_RUN));
        stand_in_delete(host, "/var/lib/forestage/armed.json");
        assert_int_equal(collect(host, "--once"), 0);
        assert_string_equal(verdict_in(host), "pass");
}

static void unreadable_first_and_lost_then(void **state)
{
        struct stand_in *host = *state;

        start(host, "kexec");
        boot(host, armed);
        assert_int_equal(collect(host, "--once"), 4); /* no memory */
        assert_string_equal(verdict_in(host), "unreadable");
        boot_normally(host);
        assert_int_equal(collect(host, "--once"), 1);
        assert_string_equal(verdict_in(host), "lost");
}

/* Of an order for every boot each run that is lost is told of, once. */
static void every_lost_run_is_told(void **state)
{
        struct stand_in *host = *state;
        char expected[128], run[UUID_LENGTH + 1];
        struct repeat repeat = { .strikes = 1 };
        uint8_t order[16], id[16];

        arm(host, "arm --yes --every-boot");
        assert_true(uuid_parse(armed, strlen(armed), order));
        memcpy(repeat.order_id, order, sizeof(order));
        for (repeat.runs = 1; repeat.runs <= 3; repeat.runs++) {
                char text[REPEAT_LENGTH + 1];

                repeat_format(&repeat, text);
                stand_in_variable(host, "ForestageRepeat", OUR_VENDOR, text, REPEAT_LENGTH);
                repeat_run_id(order, repeat.runs, id);
                uuid_format(id, run);
                stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, run, UUID_LENGTH);
                assert_int_equal(collect(host, "--once"), 1);
                assert_errors(host, run);
                assert_int_equal(collect(host, "--once"), 0);
                assert_string_equal(host->errors, "");
                snprintf(expected, sizeof(expected), "run=\"%s\",verdict=\"lost\"", run);
                assert_says(host, METRICS, expected);
        }
}

/* That the file cannot be written is told, whatever else there is to tell. */
static void a_file_that_cannot_be_written(void **state)
{
        struct stand_in *host = *state;

        start(host, "jobs");
        stand_in_delete(host, "/metrics");
        assert_int_equal(collect(host, "--once"), 4);
        assert_errors(host, "left no results; it ended while the jobs ran");
        assert_errors(host, "cannot write ");
        stand_in_text(host, METRICS, "%s", EARLIER);
        assert_int_equal(collect(host, "--once"), 0);
        assert_string_equal(verdict_in(host), "lost");
}

/* --- links --- */

static void link_to(struct stand_in *host, const char *path, const char *target)
{
        char name[256];

        snprintf(name, sizeof(name), "%s%s", host->root, path);
        unlink(name);
        assert_int_equal(symlink(target, name), 0);
}

static void assert_link(struct stand_in *host, const char *path, const char *target)
{
        char name[256], found[256];
        ssize_t length;

        snprintf(name, sizeof(name), "%s%s", host->root, path);
        length = readlink(name, found, sizeof(found) - 1);
        assert_true(length > 0);
        found[length] = '\0';
        assert_string_equal(found, target);
}

/* Through a link, a chain of them and one that leads nowhere yet: each stays what it is. */
static void a_link_stays_a_link(void **state)
{
        static const char lost[] = "verdict=\"lost\"";
        struct stand_in *host = *state;
        char absolute[256];

        start(host, "jobs");
        stand_in_text(host, "/data/real.prom", "%s", EARLIER);
        link_to(host, METRICS, "../data/real.prom");
        assert_int_equal(collect(host, "--once"), 1);
        assert_link(host, METRICS, "../data/real.prom");
        assert_says(host, "/data/real.prom", lost);

        stand_in_text(host, "/data/real.prom", "%s", EARLIER);
        snprintf(absolute, sizeof(absolute), "%s/data/real.prom", host->root);
        link_to(host, "/data/second", absolute);
        link_to(host, METRICS, "../data/second");
        assert_int_equal(collect(host, "--once"), 0);
        assert_link(host, METRICS, "../data/second");
        assert_link(host, "/data/second", absolute);
        assert_says(host, "/data/real.prom", lost);

        link_to(host, METRICS, "../data/new.prom");
        assert_int_equal(collect(host, "--once"), 0);
        assert_link(host, METRICS, "../data/new.prom");
        assert_says(host, "/data/new.prom", lost);
}

/* Links that lead nowhere, in a circle or where others can change them: nothing is written. */
static void a_link_that_leads_nowhere(void **state)
{
        struct stand_in *host = *state;
        char folder[256];

        start(host, "jobs");
        stand_in_text(host, "/data/real.prom", "%s", EARLIER);
        link_to(host, METRICS, "../none/new.prom");
        assert_int_equal(collect(host, "--once"), 4);
        link_to(host, METRICS, "forestage.prom");
        assert_int_equal(collect(host, "--once"), 4);
        link_to(host, METRICS, "../data/real.prom");
        snprintf(folder, sizeof(folder), "%s/metrics", host->root);
        assert_int_equal(chmod(folder, 0777), 0);
        assert_int_equal(collect(host, "--once"), 4);
        assert_errors(host, "is a symbolic link that others can");
        assert_link(host, METRICS, "../data/real.prom");
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(collect(host, "--once"), 0);
        assert_says(host, "/data/real.prom", "verdict=\"lost\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_end_has_its_content),
                TEST(a_later_good_run_ends_it),
                TEST(unreadable_first_and_lost_then),
                TEST(every_lost_run_is_told),
                TEST(a_file_that_cannot_be_written),
                TEST(a_link_stays_a_link),
                TEST(a_link_that_leads_nowhere),
        };

        return run_tap(tests);
}
