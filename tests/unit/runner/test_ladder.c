/* The ladder's parts by themselves: its table, what became of each rung, stamped memory, the
 * system's steps. */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/ladder/document.h"
#include "runner/ladder/nvrm.h"
#include "runner/ladder/pages.h"
#include "runner/ladder/rungs.h"
#include "runner/ladder/stamp.h"
#include "runner/ladder/steps.h"
#include "runner/ladder/system.h"
#include "tests/unit/tap.h"

#define ALL (LADDER_BIT(LADDER_STEPS) - 1)

/* --- the table --- */

/* A step needs steps before it only, and with each of them all that those need. */
static void needs_are_whole(void **state)
{
        (void)state;
        for (unsigned step = 0; step < LADDER_STEPS; step++) {
                uint32_t needs = ladder_rows[step].needs;

                assert_true(needs < LADDER_BIT(step));
                for (unsigned other = 0; other < step; other++) {
                        if (needs & LADDER_BIT(other))
                                assert_int_equal(ladder_rows[other].needs & ~needs, 0);
                }
                assert_true(strlen(ladder_rows[step].name) > 0);
                assert_true(strlen(ladder_rows[step].title) > 0);
                assert_true(ladder_rows[step].seconds >= 10 && ladder_rows[step].seconds <= 300);
        }
}

static void the_first_missing_is_named(void **state)
{
        uint32_t needs = ladder_rows[LADDER_ITERATIONS].needs;

        (void)state;
        assert_int_equal(ladder_missing(0, 0), LADDER_STEPS);
        assert_int_equal(ladder_missing(needs, ALL), LADDER_STEPS);
        assert_int_equal(ladder_missing(needs, 0), LADDER_MODULE);
        assert_int_equal(ladder_missing(needs, ALL & ~LADDER_BIT(LADDER_CONTEXT)), LADDER_CONTEXT);
        assert_int_equal(ladder_missing(needs, ALL & ~LADDER_BIT(LADDER_KERNEL) &
                                                       ~LADDER_BIT(LADDER_DEVICE_MEMORY)),
                LADDER_DEVICE_MEMORY);
        /* Memory of the host may be refused, and a kernel still be run. */
        assert_int_equal(ladder_missing(needs, ALL & ~LADDER_BIT(LADDER_HOST_WRITE_COMBINED) &
                                                       ~LADDER_BIT(LADDER_NVML)),
                LADDER_STEPS);
}

/* --- rungs --- */

static void pass(struct rungs *rungs, size_t first, size_t behind)
{
        for (size_t i = first; i < behind; i++)
                rungs_settle(rungs, i, STATUS_PASS, 0.5, "", NULL);
}

static void rungs_start_unreached(void **state)
{
        struct rungs rungs;

        (void)state;
        assert_true(rungs_make(&rungs));
        assert_int_equal(rungs.count, LADDER_STEPS);
        for (size_t i = 0; i < rungs.count; i++) {
                assert_int_equal(rungs.rung[i].step, i);
                assert_int_equal(rungs.rung[i].status, STATUS_NOTRUN);
                assert_int_equal(rungs.rung[i].device, RUNG_NO_DEVICE);
                assert_string_equal(rungs.rung[i].reason, "not reached");
        }
        assert_int_equal(rungs_passed(&rungs, 0), 0);
        assert_false(rungs_hold(&rungs));
        assert_ptr_equal(rungs_obstacle(&rungs), &rungs.rung[0]);
        rungs_clear(&rungs);
        assert_int_equal(rungs.count, 0);
}

static void rungs_of_two_gpus_are_apart(void **state)
{
        static const int devices[] = { 3, 1 };
        struct rungs rungs;

        (void)state;
        assert_true(rungs_make(&rungs));
        pass(&rungs, 0, LADDER_CONTEXT);
        assert_true(rungs_spread(&rungs, devices, 2));
        assert_int_equal(rungs.count, LADDER_CONTEXT + 2 * (LADDER_STEPS - LADDER_CONTEXT));
        assert_int_equal(rungs.rung[LADDER_CONTEXT].device, 3);
        assert_int_equal(rungs.rung[LADDER_STEPS].device, 1);
        assert_int_equal(rungs.rung[LADDER_STEPS].step, LADDER_CONTEXT);
        rungs_settle(&rungs, LADDER_CONTEXT, STATUS_FAIL, 1, "no", NULL);
        rungs_settle(&rungs, LADDER_STEPS, STATUS_PASS, 1, NULL, NULL);
        assert_int_equal(rungs_passed(&rungs, 3), LADDER_BIT(LADDER_CONTEXT) - 1);
        assert_int_equal(rungs_passed(&rungs, 1), LADDER_BIT(LADDER_CONTEXT + 1) - 1);
        assert_int_equal(rungs_passed(&rungs, RUNG_NO_DEVICE), LADDER_BIT(LADDER_CONTEXT) - 1);
        rungs_clear(&rungs);
}

/* What fails later than what was not tried is the obstacle all the same. */
static void the_first_failure_is_the_obstacle(void **state)
{
        static const enum status failures[] = { STATUS_FAIL, STATUS_ERROR, STATUS_TIMEOUT };
        struct rungs rungs;

        (void)state;
        assert_true(rungs_make(&rungs));
        pass(&rungs, 0, rungs.count);
        assert_null(rungs_obstacle(&rungs));
        assert_true(rungs_hold(&rungs));
        rungs_settle(&rungs, LADDER_NVML, STATUS_SKIP, 0, "no library", NULL);
        assert_true(rungs_hold(&rungs));
        rungs_settle(&rungs, LADDER_HOST_CACHED, STATUS_NOTRUN, 0, "needs device_memory", NULL);
        assert_false(rungs_hold(&rungs));
        assert_int_equal(rungs_obstacle(&rungs)->step, LADDER_HOST_CACHED);
        for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
                rungs_settle(&rungs, LADDER_DEVICE_MEMORY, failures[i], 0, "none", NULL);
                rungs_settle(&rungs, LADDER_PINNED, STATUS_FAIL, 0, "wrong", NULL);
                assert_int_equal(rungs_obstacle(&rungs)->step, LADDER_DEVICE_MEMORY);
        }
        rungs_clear(&rungs);
}

static const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "(none)";
}

static void documents(void **state)
{
        json_t *document, *step;
        struct rungs rungs;

        (void)state;
        assert_true(rungs_make(&rungs));
        pass(&rungs, 0, LADDER_CONTEXT);
        assert_true(rungs_spread(&rungs, (const int[]){ 2 }, 1));
        rungs_settle(&rungs, LADDER_CONTEXT, STATUS_FAIL, 0.25, "refused",
                json_pack("{s:i}", "bytes", 7));
        document = rungs_json(&rungs, &rungs.rung[LADDER_KERNEL]);
        assert_string_equal(text_of(document, "schema"), "forestage-ladder/1");
        assert_string_equal(text_of(document, "running"), "kernel");
        assert_true(json_is_null(json_object_get(document, "obstacle")));
        json_decref(document);
        document = rungs_json(&rungs, NULL);
        assert_true(json_is_null(json_object_get(document, "running")));
        assert_string_equal(text_of(document, "obstacle"), "context");
        assert_int_equal(json_array_size(json_object_get(document, "steps")), LADDER_STEPS);
        step = json_array_get(json_object_get(document, "steps"), LADDER_CONTEXT);
        assert_string_equal(text_of(step, "step"), "context");
        assert_string_equal(text_of(step, "status"), "fail");
        assert_string_equal(text_of(step, "reason"), "refused");
        assert_int_equal(json_integer_value(json_object_get(step, "device")), 2);
        assert_true(json_real_value(json_object_get(step, "seconds")) == 0.25);
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(step, "figures"), "bytes")), 7);
        step = json_array_get(json_object_get(document, "steps"), 0);
        assert_true(json_is_null(json_object_get(step, "device")));
        assert_true(json_is_null(json_object_get(step, "reason")));
        json_decref(document);
        rungs_clear(&rungs);
}

/* --- stamps --- */

#define PAGES 16u

static uint64_t memory[PAGES * STAMP_PAGE / sizeof(uint64_t)];

static unsigned char *page_at(unsigned page)
{
        return (unsigned char *)memory + (size_t)page * STAMP_PAGE;
}

static void assert_fault(const char *start, const char *content, const char *end)
{
        struct stamp_fault fault;
        char text[WHY_SIZE];

        assert_false(stamp_check(memory, sizeof(memory), 5, &fault));
        stamp_explain(&fault, sizeof(memory), 5, text);
        if (!strstr(text, start) || !strstr(text, content) || !strstr(text, end))
                fail_msg("%s", text);
}

static void right_memory_is_right(void **state)
{
        struct stamp_fault fault;

        (void)state;
        stamp_fill(memory, sizeof(memory), 5);
        assert_true(stamp_check(memory, sizeof(memory), 5, &fault));
        assert_int_equal(fault.words, 0);
        /* The same place at another time has another content. */
        assert_false(stamp_check(memory, sizeof(memory), 6, &fault));
        assert_int_equal(fault.words, PAGES * STAMP_PAGE / sizeof(uint64_t));
        assert_int_equal(fault.pages, PAGES);
}

static void wrong_pages_are_named(void **state)
{
        (void)state;
        stamp_fill(memory, sizeof(memory), 5);
        memcpy(page_at(9), page_at(4), STAMP_PAGE);
        assert_fault("page 9 is wrong from byte 0", "the content of page 4, byte 0",
                "(wrong words: 512, in 1 of 16 pages)");

        /* From the middle of one on, two pages. */
        stamp_fill(memory, sizeof(memory), 5);
        memmove(page_at(2) + 64, page_at(0) + 8, STAMP_PAGE);
        assert_fault("page 2 is wrong from byte 64", "the content of page 0, byte 8",
                "in 2 of 16 pages");

        stamp_fill(memory, sizeof(memory), 5);
        stamp_clear(page_at(15), STAMP_PAGE);
        assert_fault("page 15 is wrong from byte 0", "nothing was written there", "in 1 of");

        /* Content of another time, which is no place of this one. */
        stamp_fill(memory, sizeof(memory), 5);
        stamp_fill(page_at(0), STAMP_PAGE, 4);
        assert_fault("page 0 is wrong", "it has ", " and not ");
}

/* A bit that has flipped is no other page, whichever it is: the words say nothing else. */
static void flipped_bits_are_no_places(void **state)
{
        struct stamp_fault fault;
        char text[WHY_SIZE];

        (void)state;
        for (unsigned bit = 0; bit < 64; bit++) {
                stamp_fill(memory, sizeof(memory), 5);
                memory[700] ^= UINT64_C(1) << bit;
                assert_false(stamp_check(memory, sizeof(memory), 5, &fault));
                assert_int_equal(fault.words, 1);
                assert_int_equal(fault.page, 1);
                assert_int_equal(fault.offset, (700 - 512) * 8);
                stamp_explain(&fault, sizeof(memory), 5, text);
                assert_null(strstr(text, "content of page"));
                assert_non_null(strstr(text, "it has "));
        }
}

/* --- pages --- */

static void shuffled_orders_have_each_once(void **state)
{
        static uint32_t order[1000], again[1000];
        unsigned kept = 0;

        (void)state;
        pages_shuffle(order, 1000, 77);
        pages_shuffle(again, 1000, 77);
        assert_memory_equal(order, again, sizeof(order));
        memset(again, 0, sizeof(again));
        for (unsigned i = 0; i < 1000; i++) {
                assert_true(order[i] < 1000 && !again[order[i]]);
                again[order[i]] = 1;
                kept += i > 0 && order[i] == order[i - 1] + 1;
        }
        assert_true(kept < 20);
        pages_shuffle(order, 1, 77);
        assert_int_equal(order[0], 0);
}

static void scattered_pages_are_memory(void **state)
{
        struct pages pages;

        (void)state;
        assert_true(pages_scatter(64 * STAMP_PAGE, &pages));
        assert_int_equal(pages.bytes, 64 * STAMP_PAGE);
        memset(pages.memory, 1, pages.bytes);
        assert_true(pages.spread < 64);
        pages_free(&pages);
        assert_null(pages.memory);
        assert_false(pages_scatter(UINT64_C(1) << 50 & ~UINT64_C(4095), &pages));
}

/* --- the kernel's log --- */

static void module_messages(void **state)
{
        const char *message = NULL;

        (void)state;
        assert_true(nvrm_message("3,101,2,-;NVRM: No NVIDIA GPU found.", &message));
        assert_string_equal(message, "NVRM: No NVIDIA GPU found.");
        assert_true(nvrm_message("4,1,2,-;nvidia: module license 'NVIDIA' taints", &message));
        assert_true(nvrm_message("6,1,2,-;Nvidia-uvm: Loaded the UVM driver", &message));
        assert_true(nvrm_message("[   12.3] NVRM: of dmesg", &message));
        assert_false(nvrm_message("6,1,2,-;usb 1-1: new device", &message));
        assert_false(nvrm_message(" DEVICE=+pci:nvidia", &message));
        assert_false(nvrm_message("", &message));
}

/* --- the steps of the system, in a folder that looks like one --- */

static char root[64];

static void put(const char *name, const char *text)
{
        char path[160];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", root, name);
        for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                mkdir(path, 0755);
                *slash = '/';
        }
        file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static int set_up(void **state)
{
        (void)state;
        strcpy(root, "/tmp/ladder-test-XXXXXX");
        return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        return remove(path);
}

static int tear_down(void **state)
{
        (void)state;
        return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void assert_finding(struct finding *finding, enum status status, const char *reason)
{
        assert_int_equal(finding->status, status);
        if (!strstr(finding->reason, reason) || (!reason[0] && finding->reason[0]))
                fail_msg("'%s' is not in '%s'", reason, finding->reason);
}

static void end(struct finding *finding)
{
        json_decref(finding->figures);
}

static struct finding try_module(void)
{
        struct finding finding;
        char log[96];

        snprintf(log, sizeof(log), "%s/kmsg", root);
        finding_start(&finding);
        system_module(root, log, &finding);
        return finding;
}

static void modules(void **state)
{
        struct finding finding = try_module();

        (void)state;
        assert_finding(&finding, STATUS_FAIL, "cannot be read: load it");
        end(&finding);
        put("kmsg", "6,1,1,-;usb 1-1: new device\n");
        finding = try_module();
        assert_finding(&finding, STATUS_FAIL, "says nothing of it");
        end(&finding);
        put("kmsg", "6,1,1,-;usb\n4,2,2,-;nvidia: loading\n3,3,3,-;NVRM: PAT \x1b[1munsupported.\n"
                    "6,4,4,-;usb\n");
        finding = try_module();
        assert_finding(&finding, STATUS_FAIL, "of it is: NVRM: PAT \\x1b[1munsupported.");
        assert_int_equal(json_array_size(json_object_get(finding.figures, "kernel")), 2);
        end(&finding);
        put("dev/nvidiactl", "");
        finding = try_module();
        assert_finding(&finding, STATUS_PASS, "");
        assert_true(json_is_null(json_object_get(finding.figures, "version")));
        end(&finding);
        put("sys/module/nvidia/version", "610.43.02\n");
        finding = try_module();
        assert_string_equal(text_of(finding.figures, "version"), "610.43.02");
        end(&finding);
        put("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX Open Kernel Module for "
                                          "x86_64  580.95.05  Release Build\n");
        finding = try_module();
        assert_string_equal(text_of(finding.figures, "version"), "580.95.05");
        end(&finding);
}

/* Of a log that is full of them, the last ones. */
static void the_last_lines_are_kept(void **state)
{
        char text[2048] = "";
        struct finding finding;

        (void)state;
        for (int i = 0; i < 30; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text),
                        "3,%d,1,-;NVRM: line %d\n", i, i);
        put("kmsg", text);
        finding = try_module();
        assert_finding(&finding, STATUS_FAIL, "NVRM: line 29");
        assert_int_equal(json_array_size(json_object_get(finding.figures, "kernel")), NVRM_MOST);
        end(&finding);
}

static struct finding try_nodes(void)
{
        struct finding finding;

        finding_start(&finding);
        system_nodes(root, &finding);
        return finding;
}

static void refuse_nodes(const char *reason)
{
        struct finding finding = try_nodes();

        assert_finding(&finding, STATUS_FAIL, reason);
        end(&finding);
}

static void nodes(void **state)
{
        struct finding finding;
        char path[96];

        (void)state;
        refuse_nodes("/dev/nvidiactl cannot be opened: ENOENT, No such file or directory: nobody");
        put("dev/nvidiactl", "");
        refuse_nodes("there is no /dev/nvidia0");
        put("dev/nvidia-modeset", "");
        put("dev/nvidia3x", "");
        refuse_nodes("there is no /dev/nvidia0");
        snprintf(path, sizeof(path), "%s/dev/nvidia7", root);
        assert_int_equal(
                mkfifo(path, 0600), 0); /* opened for writing and reading it does not wait */
        refuse_nodes("/dev/nvidia-uvm cannot be opened: ENOENT");
        put("dev/nvidia-uvm", "");
        finding = try_nodes();
        assert_finding(&finding, STATUS_PASS, "");
        assert_int_equal(json_array_size(json_object_get(finding.figures, "open")), 1);
        end(&finding);
        /* One that cannot be opened beside one that can is told of, but in nobody's way. */
        snprintf(path, sizeof(path), "%s/dev/nvidia8", root);
        assert_int_equal(mkdir(path, 0700), 0);
        finding = try_nodes();
        assert_finding(&finding, STATUS_PASS, "");
        assert_string_equal(
                json_string_value(json_array_get(json_object_get(finding.figures, "closed"), 0)),
                "nvidia8");
        end(&finding);
        snprintf(path, sizeof(path), "%s/dev/nvidia7", root);
        assert_int_equal(unlink(path), 0);
        refuse_nodes("/dev/nvidia8 cannot be opened: another error, Is a directory");
}

/* --- NVML: a library that answers as FAKE_NVML says --- */

static void assert_nvml(const char *fault, enum status status, const char *reason)
{
        struct finding finding;

        setenv("FAKE_NVML", fault, 1);
        finding_start(&finding);
        system_nvml(&finding);
        assert_finding(&finding, status, reason);
        if (status == STATUS_PASS)
                assert_int_equal(
                        json_integer_value(json_object_get(finding.figures, "devices")), 1);
        end(&finding);
        unsetenv("FAKE_NVML");
}

static void nvml(void **state)
{
        (void)state;
        assert_nvml("", STATUS_PASS, "");
        assert_nvml("broken", STATUS_FAIL, "nvmlInit: error 9, Driver Not Loaded");
        assert_nvml("none", STATUS_FAIL, "NVML finds no GPU in this machine");
        assert_nvml("lost", STATUS_FAIL, "nvmlDeviceGetCount: error 15");
}

/* The loader reads where to look for libraries when a program starts. */
static void start_with_fake_nvml(char **argv)
{
        char path[PATH_MAX];
        ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);

        if (getenv("LADDER_TEST") || length <= 0)
                return;
        path[length] = '\0';
        for (int i = 0; i < 3; i++) /* TESTS/unit/runner/ladder.t */
                *strrchr(path, '/') = '\0';
        strcat(path, "/fake-nvml");
        setenv("LD_LIBRARY_PATH", path, 1);
        setenv("LADDER_TEST", "yes", 1);
        execv("/proc/self/exe", argv);
}

/* --- the file --- */

static void files_are_replaced_whole(void **state)
{
        char path[96], fresh[104], other[96], why[WHY_SIZE], text[64] = "";
        FILE *file;

        (void)state;
        snprintf(path, sizeof(path), "%s/a.json", root);
        snprintf(fresh, sizeof(fresh), "%s.new", path);
        snprintf(other, sizeof(other), "%s/other", root);
        put("other", "theirs");
        assert_int_equal(symlink(other, fresh), 0); /* is not followed */
        assert_true(document_write(path, json_pack("[i]", 1), why));
        assert_true(document_write(path, json_pack("[i]", 2), why));
        assert_int_not_equal(access(fresh, F_OK), 0);
        file = fopen(path, "re");
        assert_non_null(file);
        assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
        fclose(file);
        assert_string_equal(text, "[\n  2\n]\n");
        file = fopen(other, "re");
        assert_non_null(file);
        assert_non_null(fgets(text, sizeof(text), file));
        fclose(file);
        assert_string_equal(text, "theirs");
}

static void unwritable_files_are_named(void **state)
{
        char path[160], why[WHY_SIZE];

        (void)state;
        snprintf(path, sizeof(path), "%s/none/a.json", root);
        assert_false(document_write(path, json_pack("[i]", 1), why));
        assert_non_null(strstr(why, "/none/a.json cannot be written: No such file"));
        snprintf(path, sizeof(path), "%s/folder", root);
        assert_int_equal(mkdir(path, 0755), 0);
        assert_false(document_write(path, json_pack("[i]", 1), why));
        assert_non_null(strstr(why, "Is a directory"));
        strcat(path, ".new");
        assert_int_not_equal(access(path, F_OK), 0);
        assert_false(document_write(path, NULL, why));
        assert_non_null(strstr(why, "out of memory"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(needs_are_whole),
                cmocka_unit_test(the_first_missing_is_named),
                cmocka_unit_test(rungs_start_unreached),
                cmocka_unit_test(rungs_of_two_gpus_are_apart),
                cmocka_unit_test(the_first_failure_is_the_obstacle),
                cmocka_unit_test(documents),
                cmocka_unit_test(right_memory_is_right),
                cmocka_unit_test(wrong_pages_are_named),
                cmocka_unit_test(flipped_bits_are_no_places),
                cmocka_unit_test(shuffled_orders_have_each_once),
                cmocka_unit_test(scattered_pages_are_memory),
                cmocka_unit_test(module_messages),
                cmocka_unit_test(nvml),
                IN_FOLDER(modules),
                IN_FOLDER(the_last_lines_are_kept),
                IN_FOLDER(nodes),
                IN_FOLDER(files_are_replaced_whole),
                IN_FOLDER(unwritable_files_are_named),
        };

        (void)argc;
        start_with_fake_nvml(argv);
        return run_tap(tests);
}
