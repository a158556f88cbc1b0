/* What the kernel's own files say about where a run happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runner/machine/where.h"

static void driver_versions(void **state)
{
        char version[64];

        (void)state;
        assert_true(where_driver_version(
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.261.03  Tue Jul  1 2025\n"
                "GCC version:  gcc version 12.2.0\n",
                version, sizeof(version)));
        assert_string_equal(version, "535.261.03");
        assert_true(where_driver_version("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  "
                                         "580.95.05  Release Build",
                version, sizeof(version)));
        assert_string_equal(version, "580.95.05");
        assert_false(where_driver_version("NVRM\nGCC version 12.2.0\n", version, sizeof(version)));
        assert_false(where_driver_version("", version, sizeof(version)));
        assert_false(where_driver_version("  \n", version, sizeof(version)));
        assert_false(where_driver_version("580.95.05", version, 4));
}

static void values(void **state)
{
        static const char text[] = "Model: \t\t NVIDIA H100\nIRQ:   \t\t 100\n"
                                   "GPU Firmware: \t 580.95.05\nGPU Firmware2: x\nLast:\n";
        char value[64];

        (void)state;
        assert_true(where_value_of(text, "GPU Firmware", value, sizeof(value)));
        assert_string_equal(value, "580.95.05");
        assert_true(where_value_of(text, "Model", value, sizeof(value)));
        assert_string_equal(value, "NVIDIA H100");
        assert_false(where_value_of(text, "Mode", value, sizeof(value)));
        assert_false(where_value_of(text, "Last", value, sizeof(value)));
        assert_false(where_value_of(text, "Absent", value, sizeof(value)));
        assert_false(where_value_of("", "Model", value, sizeof(value)));
}

static void pat_line(void **state)
{
        char line[128];

        (void)state;
        assert_true(where_pat_line("6,123,456789,-;x86/PAT: Configuration [0-7]: WB  WC  UC- UC  "
                                   "WB  WP  UC- WT\n SUBSYSTEM=x\n",
                line, sizeof(line)));
        assert_string_equal(line, "x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT");
        assert_false(where_pat_line("6,1,2,-;something else", line, sizeof(line)));
        assert_false(where_pat_line("x86/PAT: Configuration", line, sizeof(line)));
        assert_false(where_pat_line("6;x86/PAT: Configuration [0-7]: WB", line, 10));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(driver_versions),
                cmocka_unit_test(values),
                cmocka_unit_test(pat_line),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
