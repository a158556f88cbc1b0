/* forestage compare and forestage report: what differs, and a page that nobody can make act. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "dom0/report/comparison.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/tap.h"

#define ID_A "11111111-2222-4333-8444-555555555555"
#define ID_B "11119999-2222-4333-8444-555555555555"

static const char run_on_metal[] =
        "{\"schema\":\"forestage-run/1\",\"run_id\":\"" ID_A "\",\"verdict\":\"pass\","
        "\"reasons\":[],\"warnings\":[],\"rehearsal\":false,"
        "\"where\":{\"hypervisor\":false,\"pat\":\"0407050600070106\",\"kernel\":\"6.1\","
        "\"driver\":\"535.261.03\",\"memory_bytes\":137438953472,\"cuda_version\":12020},"
        "\"devices\":[{\"index\":0,\"name\":\"H100\",\"uuid\":\"GPU-1\",\"pci\":\"0000:01:00.0\"}],"
        "\"counts\":{\"planned\":2,\"pass\":2},"
        "\"jobs\":[{\"job\":\"copy\",\"device\":0,\"status\":\"pass\",\"wall_s\":2.0,"
        "\"context\":\"shared\",\"worker\":1,\"start_s\":9,\"timings\":{\"init_s\":0.1,\"context_"
        "s\":0.2},"
        "\"tests\":[{\"test\":\"h2d\",\"gbps\":54.0}],"
        "\"outputs\":[{\"file\":\"y.bin\",\"sha256\":\"aa\",\"bytes\":4}]},"
        "{\"job\":\"sum\",\"device\":0,\"status\":\"pass\",\"wall_s\":1.0}],"
        "\"phases\":{\"efi_s\":1,\"jobs_s\":3,\"total_s\":9},"
        "\"collected\":{\"time\":\"2026-01-01T00:00:00Z\"}}";

static const char run_in_dom0[] =
        "{\"schema\":\"forestage-run/1\",\"run_id\":\"" ID_B "\",\"verdict\":\"fail\","
        "\"reasons\":[\"1 job erred\"],\"rehearsal\":false,"
        "\"where\":{\"hypervisor\":true,\"pat\":\"0000050100070406\",\"kernel\":\"6.1\","
        "\"driver\":\"535.261.03\",\"memory_bytes\":4294967296,\"cuda_version\":12020},"
        "\"devices\":[{\"index\":0,\"name\":\"H100\",\"uuid\":\"GPU-1\",\"pci\":\"0000:01:00.0\"}],"
        "\"counts\":{\"planned\":2,\"pass\":1,\"error\":1},"
        "\"jobs\":[{\"job\":\"copy\",\"device\":0,\"status\":\"error\","
        "\"reason\":\"cuCtxCreate: 1 CUDA_ERROR_INVALID_VALUE\",\"wall_s\":3.0,"
        "\"context\":\"shared\",\"worker\":3,"
        "\"tests\":[{\"test\":\"h2d\",\"gbps\":27.0}],"
        "\"outputs\":[{\"file\":\"y.bin\",\"sha256\":\"bb\",\"bytes\":4}]},"
        "{\"job\":\"new\",\"device\":0,\"status\":\"pass\"}]}";

#define PASSED "{\"schema\":\"forestage-run/1\",\"verdict\":\"pass\","

static void put_run(struct stand_in *host, const char *id, const char *text)
{
        char path[160];

        snprintf(path, sizeof(path), "/var/lib/forestage/runs/%s/run.json", id);
        stand_in_write(host, path, text, strlen(text));
}

static int put_runs(void **state)
{
        if (stand_in_debian(state) != 0)
                return 1;
        put_run(*state, ID_A, run_on_metal);
        put_run(*state, ID_B, run_in_dom0);
        return 0;
}

static size_t entries(const json_t *comparison, const char *list)
{
        return json_array_size(json_object_get(comparison, list));
}

/* The entry whose "key" or "job" is `name`. */
static const json_t *entry(const json_t *comparison, const char *list, const char *name)
{
        const json_t *found;
        size_t i;

        json_array_foreach(json_object_get(comparison, list), i, found) {
                const char *key = json_string_value(json_object_get(found, "key"));
                const char *job = json_string_value(json_object_get(found, "job"));

                if (strcmp(key ? key : job, name) == 0)
                        return found;
        }
        fail_msg("%s has no %s", list, name);
        return NULL;
}

static void finds_what_differs(void **state)
{
        struct stand_in *host = *state;
        json_t *comparison;

        assert_int_equal(stand_in_run(host, "compare 11111 " ID_B " --json"), 1);
        comparison = json_loads(host->output, 0, NULL);
        assert_non_null(comparison);
        assert_true(json_is_true(json_object_get(comparison, "different")));
        assert_int_equal(entries(comparison, "verdict"), 1);
        assert_int_equal(entries(comparison, "place"), 3);
        assert_non_null(entry(comparison, "place", "pat"));
        assert_int_equal(entries(comparison, "devices"), 0);
        assert_int_equal(entries(comparison, "jobs"), 3);
        assert_true(json_is_null(json_object_get(entry(comparison, "jobs", "new"), "a")));
        assert_true(json_is_null(json_object_get(entry(comparison, "jobs", "sum"), "b")));
        assert_int_equal(entries(comparison, "outputs"), 1);
        assert_int_equal(entries(comparison, "numbers"), 2);
        assert_true(json_real_value(json_object_get(
                            entry(comparison, "numbers", "tests.h2d.gbps"), "ratio")) == 0.5);
        json_decref(comparison);
}

static void says_it_in_words(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "compare 11111 11119"), 1);
        assert_output(host, "they differ");
        assert_output(host, "PAT:");
        assert_output(host, "0000050100070406");
        assert_output(host, "128.0 GiB");
        assert_output(host, "CUDA_ERROR_INVALID_VALUE");
        assert_output(host, "not planned");
        assert_output(host, "y.bin has other bytes");
        assert_output(host, "0.500");
}

/* Each line of a reason that takes several stands under its first word. */
static void long_reasons_stand_under_themselves(void **state)
{
        static const char reason[] = "cuCtxCreate: 1 CUDA_ERROR_INVALID_VALUE and what NVIDIA's "
                                     "module says of it, which "
                                     "is a good deal longer than a line of a terminal";
        char *other = strdup(run_in_dom0), *at = strstr(other, "cuCtxCreate"), text[4096];
        struct stand_in *host = *state;

        *at = '\0';
        snprintf(text, sizeof(text), "%s%s%s", other, reason, strchr(at + 1, '"'));
        put_run(host, ID_B, text);
        free(other);
        assert_int_equal(stand_in_run(host, "compare 11111 11119"), 1);
        assert_output(host,
                "              B  error: cuCtxCreate: 1 CUDA_ERROR_INVALID_VALUE and what\n"
                "                 NVIDIA's module says of it, which is a good deal longer than a\n"
                "                 line of a terminal\n");
        assert_output(host, "In a hypervisor:\n              A  no\n              B  yes\n");
}

static void counts_numbers_when_asked(void **state)
{
        struct stand_in *host = *state;
        char *other = strdup(run_on_metal);

        memcpy(strstr(other, "54.0"), "50.0", 4);
        put_run(host, "22222222", other);
        free(other);
        assert_int_equal(stand_in_run(host, "compare 11111 11111"), 0);
        assert_int_equal(stand_in_run(host, "compare 11111 22222"), 0);
        assert_output(host, "no difference but in numbers");
        assert_int_equal(stand_in_run(host, "compare 11111 22222 --tolerance 10"), 0);
        assert_int_equal(stand_in_run(host, "compare 11111 22222 --tolerance 5"), 1);
        assert_output(host, "! tests.h2d.gbps                 0 ");
}

/* A folder of that name where one stands is not the collected run. */
static void an_id_is_no_folder(void **state)
{
        struct stand_in *host = *state;
        char before[4096];

        stand_in_text(host, "/here/11111/run.json", "%s", run_in_dom0);
        stand_in_text(host, "/here/mine/run.json", "%s", run_in_dom0);
        stand_in_text(host, "/here/.mine/run.json", "%s", run_in_dom0);
        assert_non_null(getcwd(before, sizeof(before)));
        assert_int_equal(chdir(host->root), 0);
        assert_int_equal(chdir("here"), 0);
        assert_int_equal(stand_in_run(host, "compare 11111 " ID_A), 0);
        assert_int_equal(stand_in_run(host, "compare 11111 ./11111"), 1);
        assert_int_equal(stand_in_run(host, "compare ./11111 ../here/mine"), 0);
        assert_int_equal(stand_in_run(host, "compare ./11111 .mine"), 0);
        assert_int_equal(stand_in_run(host, "compare mine ./mine"), 2);
        assert_errors(host, "a folder is named by a path, such as ./mine");
        assert_int_equal(stand_in_run(host, "report mine --html page.html"), 2);
        assert_int_equal(chdir(before), 0);
}

static void refuses_what_it_cannot_read(void **state)
{
        static const struct {
                const char *line, *message;
        } wrong[] = {
                { "compare", "the two runs come first" },
                { "compare 11111", "the two runs come first" },
                { "compare 1111 11111", "2 runs" },
                { "compare 11111 nothing", "has the id nothing" },
                { "compare 11111 /nowhere/at/all", "No such file" },
                { "compare 11111 11119 --tolerance x", "not a percentage" },
                { "compare 11111 11119 22222", "unexpected operand" },
                { "compare 11111 33333", "of another kind" },
                { "compare 11111 44444", "no run.json that can be read" },
                { "compare 11111 55555", "contradicts itself: it says pass, and not every job" },
                { "report 55555 --html x", "contradicts itself: it says pass, and not every job" },
                { "report 66666 --html x", "it says pass, and it was not complete" },
                { "report 77777 --html x", "it says pass, and its exit code is not 0" },
                { "report 88888 --html x", "it says pass, and an output was not as expected" },
                { "report 99999 --html x",
                        "it says pass, and not every job of a GPU that it says it of passed" },
                { "report --html x", "the runs come first" },
                { "report 11111", "where to write" },
                { "report 1 2 3 4 5 6 7 8 9 --html x", "more runs than" },
                { "report nothing --html x", "has the id nothing" },
                { "report ./nothing --html x", "./nothing holds no run.json" },
                { "compare /dev/null 11111", "collect --region FILE --out DIR" },
        };
        struct stand_in *host = *state;

        put_run(host, "33333", "{\"schema\": \"other/1\"}");
        put_run(host, "44444", "not JSON");
        put_run(host, "55555", PASSED "\"jobs\":[{\"status\":\"skip\"},{\"status\":\"notrun\"}]}");
        put_run(host, "66666", PASSED "\"complete\":false,\"jobs\":[]}");
        put_run(host, "77777", PASSED "\"exit_code\":4,\"jobs\":[]}");
        put_run(host, "88888",
                PASSED "\"jobs\":[{\"status\":\"pass\",\"outputs\":[{\"expect\":\"fail\"}]}]}");
        put_run(host, "99999",
                "{\"schema\":\"forestage-run/1\",\"verdict\":\"fail\",\"devices\":[{\"index\":1,"
                "\"verdict\":\"pass\"}],\"jobs\":[{\"status\":\"fail\",\"device\":1}]}");
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                if (stand_in_run(host, "%s", wrong[i].line) != 2)
                        fail_msg("%s: %d", wrong[i].line, host->code);
                assert_errors(host, wrong[i].message);
        }
}

/* No script, no handler, nothing that is loaded. */
static void assert_inert(const char *page)
{
        static const char *const forbidden[] = { "<script", "javascript:", "http://", "https://",
                "src=", "href=", "url(", "@import", "<iframe", "<object", "<link",
                "onload=", "onerror=" };

        for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
                if (strstr(page, forbidden[i]))
                        fail_msg("the page has %s", forbidden[i]);
}

static void makes_a_page(void **state)
{
        struct stand_in *host = *state;
        struct stat status;
        char path[96], *page = answers_page(host, "11111 11119");

        assert_page(page, "<title>Forestage: runs side by side</title>");
        assert_page(page, "default-src 'none'");
        assert_page(page, "0000050100070406");
        assert_page(page, "<tr class=\"diff\"><th>PAT</th>");
        assert_page(page, "<tr><th>Kernel</th>");
        assert_page(page, "not planned");
        assert_page(page, "<h2>Rates</h2>");
        assert_page(page, "54 GB/s");
        assert_page(page, "1 job erred");
        assert_page(page, "CUDA_ERROR_INVALID_VALUE");
        assert_page(page, "<h2>Phases of the run</h2>");
        assert_page(page, "</html>");
        assert_inert(page);
        free(page);
        snprintf(path, sizeof(path), "%s/page.html", host->root);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/no/such/page", host->root), 1);
}

/* Where --html may point to. */
static void node(struct stand_in *host, const char *name, mode_t mode, dev_t device)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", host->root, name);
        assert_int_equal(mknod(path, mode, device), 0);
}

static void put_link(struct stand_in *host, const char *target, const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", host->root, name);
        assert_int_equal(symlink(target, path), 0);
}

static struct stat look(struct stand_in *host, const char *name)
{
        struct stat status = { 0 };
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", host->root, name);
        assert_int_equal(lstat(path, &status), 0);
        return status;
}

static void a_page_keeps_a_link_a_link(void **state)
{
        struct stand_in *host = *state;
        char *page;

        stand_in_text(host, "/pages/page.html", "old");
        put_link(host, "pages/page.html", "link");
        put_link(host, "pages/second.html", "dangling");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/link", host->root), 0);
        assert_true(S_ISLNK(look(host, "link").st_mode));
        page = stand_in_read(host, "/pages/page.html");
        assert_page(page, "</html>");
        free(page);
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/dangling", host->root), 0);
        assert_true(S_ISLNK(look(host, "dangling").st_mode));
        assert_true(S_ISREG(look(host, "pages/second.html").st_mode));
}

static void a_page_is_written_through(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "report 11111 --html /dev/stdout"), 0);
        assert_page(host->output, "<!DOCTYPE html>");
        assert_ptr_equal(strstr(host->output, "<!DOCTYPE html>"), host->output);
        assert_string_equal(strstr(host->output, "</html>"), "</html>\n"); /* and nothing else */
        assert_int_equal(stand_in_run(host, "report 11111 --html /dev/null"), 0);
        assert_int_equal(stand_in_run(host, "report 11111 --html /dev/full"), 1);
        assert_errors(host, "cannot write /dev/full: No space left on device");
        if (geteuid() != 0)
                return;
        node(host, "null", S_IFCHR | 0666, makedev(1, 3));
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/null", host->root), 0);
        assert_true(S_ISCHR(look(host, "null").st_mode));
}

static void a_fifo_gets_the_page(void **state)
{
        struct stand_in *host = *state;
        char path[128], page[64];
        int status, fd;
        pid_t child;

        node(host, "fifo", S_IFIFO | 0600, 0);
        snprintf(path, sizeof(path), "%s/fifo", host->root);
        child = fork();
        if (child == 0) {
                ssize_t got;

                fd = open(path, O_RDONLY);
                if (read(fd, page, sizeof(page)) < 9 || strncmp(page, "<!DOCTYPE", 9) != 0)
                        _exit(1);
                while ((got = read(fd, page, sizeof(page))) > 0)
                        ;
                _exit(got != 0);
        }
        assert_int_equal(stand_in_run(host, "report 11111 --html %s", path), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_true(S_ISFIFO(look(host, "fifo").st_mode));
}

static void a_page_replaces_nothing_else(void **state)
{
        struct stand_in *host = *state;

        node(host, "fifo", S_IFIFO | 0600, 0);
        stand_in_text(host, "/folder/file", "x");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/fifo", host->root), 1);
        assert_errors(host, "it is a FIFO that nobody reads from");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/folder", host->root), 1);
        assert_errors(host, "it is a folder");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/new/", host->root), 1);
        node(host, "socket", S_IFSOCK | 0600, 0);
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/socket", host->root), 1);
        assert_errors(host, "no regular file");
        if (geteuid() != 0)
                return;
        node(host, "memory", S_IFCHR | 0600, makedev(1, 1));
        node(host, "disk", S_IFBLK | 0600, makedev(7, 99));
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/memory", host->root), 1);
        assert_errors(host, "it is a device, and no terminal");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/disk", host->root), 1);
        stand_in_text(host, "/theirs", "x");
        put_link(host, "theirs", "link");
        char path[128];

        snprintf(path, sizeof(path), "%s/theirs", host->root);
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/link", host->root), 1);
        assert_errors(host, "belongs to uid 65534 and is not replaced");
        assert_int_equal(look(host, "theirs").st_size, 1);
        assert_int_equal(chown(path, 0, 0), 0);
        stand_in_text(host, "/open/x", "x");
        snprintf(path, sizeof(path), "%s/open", host->root);
        assert_int_equal(chmod(path, 0777), 0);
        put_link(host, "../theirs", "open/link");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/open/link", host->root), 1);
        assert_errors(host, "/open/link is a symbolic link that others can exchange");
        assert_errors(host, "mode 0777");
        assert_int_equal(stand_in_run(host, "report 11111 --html %s/open/page", host->root), 0);
}

static void a_run_cannot_make_the_page_act(void **state)
{
        static const char hostile[] =
                "{\"schema\":\"forestage-run/1\",\"run_id\":\"</title><script>x()</script>\","
                "\"verdict\":\"pass\\\" onload=\\\"x()\","
                "\"reasons\":[\"<img src=x onerror=x()>\",\"\\u202e\\u001b[2J\"],"
                "\"where\":{\"kernel\":\"<iframe>\",\"pat\":[1],\"cpu\":{\"a\":1}},"
                "\"devices\":[\"no device\",{\"name\":\"<b>\"}],\"counts\":7,"
                "\"jobs\":[1,{},{\"job\":\"<script>\",\"device\":\"'\\\"\",\"status\":\"<\","
                "\"wall_s\":-1,\"timings\":{\"</svg><script>_s\":1e308,\"b_s\":1e308},"
                "\"reason\":\"<object>\",\"<link>_gbps\":5,\"a\":[[[[[[[[1]]]]]]]]},"
                "{\"job\":\"x\",\"status\":5,\"wall_s\":\"text\",\"timings\":[1,2]}],"
                "\"phases\":{\"<\":\"x\",\"y_s\":1},\"collected\":[]}";
        struct stand_in *host = *state;
        char *page;

        put_run(host, "55555", hostile);
        page = answers_page(host, "55555 11111");
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<iframe"));
        assert_null(strstr(page, "<img"));
        assert_null(strstr(page, "<object"));
        assert_null(strstr(page, "<link"));
        assert_null(strstr(page, "\" onload"));
        assert_null(strchr(page, '\033'));
        assert_null(strstr(page, "\xe2\x80\xae"));
        assert_page(page, "&lt;script&gt;");
        assert_null(strstr(page, "inf"));
        free(page);
        assert_int_equal(stand_in_run(host, "compare 55555 11111"), 1);
        assert_null(strchr(host->output, '\033'));
        assert_int_equal(stand_in_run(host, "compare 11111 55555 --json"), 1);
}

static void takes_a_run_of_nothing(void **state)
{
        struct stand_in *host = *state;
        char *page;

        put_run(host, "66666", "{\"schema\":\"forestage-run/1\"}");
        page = answers_page(host, "66666");
        assert_page(page, "No job was planned");
        assert_inert(page);
        free(page);
        assert_int_equal(stand_in_run(host, "compare 66666 66666"), 0);
}

static void formats_numbers(void **state)
{
        static const struct {
                const char *name;
                double value;
                const char *text;
        } numbers[] = {
                { "wall_s", 1.5, "1.500 s" },
                { "timings.launch_s", 0.0123, "12.30 ms" },
                { "sram-l1.verify_gbps", 23515.9682549608, "23516 GB/s" },
                { "compute-fp32.tflops", 64.9647191750848, "64.96 TFLOP/s" },
                { "launch_s", 0.0000123, "12.3 µs" },
                { "tests.copy.gbps", 54.123, "54.12 GB/s" },
                { "write_gbps", 3000, "3000 GB/s" },
                { "errors", 12345678, "12345678" },
                { "temperature_c", 41, "41 °C" },
        };
        char text[64];

        (void)state;
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                numbers_format(numbers[i].name, numbers[i].value, text, sizeof(text));
                assert_string_equal(text, numbers[i].text);
        }
        assert_int_equal(numbers_kind("tests.h2d.gbps"), NUMBERS_RATE);
        assert_int_equal(numbers_kind("wall_s"), NUMBERS_TIME);
        assert_int_equal(numbers_kind("errors"), NUMBERS_OTHER);
}

#define ON_RUNS(name) cmocka_unit_test_setup_teardown(name, put_runs, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_RUNS(finds_what_differs),
                ON_RUNS(says_it_in_words),
                ON_RUNS(long_reasons_stand_under_themselves),
                ON_RUNS(counts_numbers_when_asked),
                ON_RUNS(an_id_is_no_folder),
                ON_RUNS(refuses_what_it_cannot_read),
                ON_RUNS(makes_a_page),
                ON_RUNS(a_page_keeps_a_link_a_link),
                ON_RUNS(a_page_is_written_through),
                ON_RUNS(a_fifo_gets_the_page),
                ON_RUNS(a_page_replaces_nothing_else),
                ON_RUNS(a_run_cannot_make_the_page_act),
                ON_RUNS(takes_a_run_of_nothing),
                cmocka_unit_test(formats_numbers),
        };

        return run_tap(tests);
}
