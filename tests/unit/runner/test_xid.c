/* Xid messages in the kernel's log, as NVIDIA's module writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/machine/kernel_log.h"
#include "runner/machine/xid.h"

static void reads_messages(void **state)
{
        static const struct {
                const char *line, *pci;
                unsigned code; /* 0: it is no Xid message */
        } table[] = {
                { "3,901,123456,-;NVRM: Xid (PCI:0000:19:00): 31, pid=77, name=a, Ch 00000008",
                        "0000:19:00", 31 },
                { "[  12.3] NVRM: Xid (PCI:0001:AF:1f): 79, GPU has fallen off the bus.",
                        "0001:af:1f", 79 },
                { "NVRM: Xid (0000:02:00): 13, Graphics Exception", "0000:02:00", 13 },
                { "NVRM: Xid (PCI:0000:19:00)", NULL, 0 },
                { "NVRM: Xid (PCI:0000:19:00): none", NULL, 0 },
                { "NVRM: Xid (PCI:zz:19:00): 31", NULL, 0 },
                { "NVRM: GPU 0000:19:00.0: RmInitAdapter failed!", NULL, 0 },
                { "Xid (PCI:0000:19:00): 31", NULL, 0 },
                { "", NULL, 0 },
        };
        struct xid xid;

        (void)state;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                bool read = xid_parse(table[i].line, strlen(table[i].line), &xid);

                assert_int_equal(read, table[i].code != 0);
                if (!read)
                        continue;
                assert_int_equal(xid.code, table[i].code);
                assert_string_equal(xid.pci, table[i].pci);
                assert_memory_equal(xid.message, "Xid (", 5);
        }
}

static void knows_its_gpu(void **state)
{
        struct xid xid = { .pci = "0000:a1:00" };

        (void)state;
        assert_true(xid_is_of(&xid, "0000:a1:00.0"));
        assert_true(xid_is_of(&xid, "0000:A1:00.0"));
        assert_false(xid_is_of(&xid, "0000:a1:01.0"));
        assert_false(xid_is_of(&xid, "0000:a1:00"));
        assert_false(xid_is_of(&xid, ""));
}

static void long_lines_are_cut(void **state)
{
        char line[1000];
        struct xid xid;

        (void)state;
        memset(line, '\x1b', sizeof(line));
        memcpy(line, "NVRM: Xid (PCI:0000:19:00): 62, ", 32);
        assert_true(xid_parse(line, sizeof(line), &xid));
        assert_int_equal(strlen(xid.message), sizeof(xid.message) - 1);
        assert_null(strchr(xid.message, '\x1b'));
}

static void follows_a_log(void **state)
{
        char path[] = "/tmp/runner-log-XXXXXX";
        int fd = mkstemp(path);
        struct kernel_log log;
        const char *line;
        size_t length;

        (void)state;
        assert_true(write(fd, "before\n", 7) == 7);
        kernel_log_open(&log, path);
        assert_false(kernel_log_next(&log, &line, &length));
        assert_true(write(fd, "one\nt\0o\nhal", 11) == 11);
        assert_true(kernel_log_next(&log, &line, &length));
        assert_string_equal(line, "one");
        assert_true(kernel_log_next(&log, &line, &length));
        assert_string_equal(line, "t?o");
        assert_int_equal(length, 3);
        assert_false(kernel_log_next(&log, &line, &length));
        assert_true(write(fd, "f\n", 2) == 2);
        assert_true(kernel_log_next(&log, &line, &length));
        assert_string_equal(line, "half");
        kernel_log_close(&log);
        assert_false(kernel_log_next(&log, &line, &length));
        kernel_log_open(&log, "/nonexistent");
        assert_false(kernel_log_next(&log, &line, &length));
        close(fd);
        unlink(path);
}

/* What is longer than any record of the kernel's is passed over, and the rest is read. */
static void survives_endless_lines(void **state)
{
        char path[] = "/tmp/runner-log-XXXXXX";
        int fd = mkstemp(path);
        struct kernel_log log;
        const char *line = "";
        size_t length;

        (void)state;
        kernel_log_open(&log, path);
        for (int i = 0; i < 3000; i++)
                assert_true(write(fd, "0123456789", 10) == 10);
        assert_true(write(fd, "\nlast\n", 6) == 6);
        while (kernel_log_next(&log, &line, &length))
                if (strcmp(line, "last") == 0)
                        break;
        assert_string_equal(line, "last");
        kernel_log_close(&log);
        close(fd);
        unlink(path);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_messages),
                cmocka_unit_test(knows_its_gpu),
                cmocka_unit_test(long_lines_are_cut),
                cmocka_unit_test(follows_a_log),
                cmocka_unit_test(survives_endless_lines),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
