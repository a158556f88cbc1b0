/* How long the guard gives dom0: what the command line says, and what it takes for nothing. */
#include "guard/seconds.h"

#include "tests/unit/tap.h"

static const struct {
        const char *line;
        uint32_t seconds; /* 0: none */
} lines[] = {
        { "forestage.guard=600", 600 },
        { "console=hvc0 forestage.guard=30\n", 30 },
        { "\t forestage.guard=86400 \t quiet", 86400 },
        { "forestage.guard=600 forestage.guard=0x40", 64 },
        { "forestage.guard=600 -- forestage.guard=900", 600 },
        { "forestage.guard=600 --x forestage.guard=900", 900 },
        { "", 0 },
        { " ", 0 },
        { "quiet", 0 },
        { "forestage.guard", 0 },
        { "forestage.guard=", 0 },
        { "forestage.guard=29", 0 },
        { "forestage.guard=86401", 0 },
        { "forestage.guard=4294967896", 0 }, /* 600 in 32 bits */
        { "forestage.guard=18446744073709552216", 0 },
        { "forestage.guard=600s", 0 },
        { "forestage.guard=-600", 0 },
        { "forestage.guard=600 forestage.guard=ten", 0 },
        { "xforestage.guard=600", 0 },
        { "forestage.guards=600", 0 },
        { "-- forestage.guard=600", 0 },
};

static void test_lines(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                uint32_t seconds = 7;

                if (guard_seconds(lines[i].line, &seconds) != (lines[i].seconds != 0) ||
                        seconds != (lines[i].seconds ? lines[i].seconds : 7))
                        fail_msg("\"%s\": %u", lines[i].line, seconds);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
        };

        return run_tap(tests);
}
