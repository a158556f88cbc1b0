/* The decision, the command line and the events of a run. */
#include "efi/layout/event.h"
#include "efi/parse/decision.h"
#include "efi/parse/stageline.h"
#include "tests/unit/tap.h"

static void runs_only_a_live_order(void **state)
{
        const struct facts live = { FILE_GOOD, FILE_GOOD, false, false, LAST_RUN_OTHER,
                REPEAT_FRESH, 0 };
        struct facts facts = live;

        (void)state;
        assert_int_equal(decide(&facts), DECISION_RUN);
        facts.last_run = LAST_RUN_NONE;
        assert_int_equal(decide(&facts), DECISION_RUN);
        facts.conf = FILE_ABSENT;
        assert_int_equal(decide(&facts), DECISION_RUN);
}

/* Every combination: whatever is wrong, it never runs, and the reason is the first one. */
static void falls_through_otherwise(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 2 * 4 * 4 * 2 * 4 * 3 * 5; i++) {
                const struct facts facts = { i & 3, i >> 2 & 3, i >> 7 & 1, i >> 4 & 1, i >> 5 & 3,
                        i / 256 % 3, i / 256 / 3 };
                enum decision decision = decide(&facts);

                if (facts.conf == FILE_WRONG || facts.conf == FILE_UNREADABLE)
                        assert_int_equal(decision, DECISION_CONF);
                else if (facts.order == FILE_ABSENT)
                        assert_int_equal(decision, DECISION_NO_ORDER);
                else if (facts.order == FILE_WRONG || facts.order == FILE_UNREADABLE)
                        assert_int_equal(decision, DECISION_ORDER);
                else if (facts.locked)
                        assert_int_equal(decision, DECISION_LOCKED);
                else if (facts.every_boot && facts.repeat == REPEAT_UNREADABLE)
                        assert_int_equal(decision, DECISION_VARIABLE);
                else if (facts.every_boot && facts.strikes >= 2)
                        assert_int_equal(decision, DECISION_STRIKES);
                else if (!facts.every_boot && facts.last_run == LAST_RUN_UNREADABLE)
                        assert_int_equal(decision, DECISION_VARIABLE);
                else if (!facts.every_boot && facts.last_run == LAST_RUN_SAME)
                        assert_int_equal(decision, DECISION_USED);
                else
                        assert_int_equal(decision, DECISION_RUN);
        }
}

static char buffer[CMDLINE_MAX_BYTES + 1], why[256];

static bool build(const struct conf *conf)
{
        const struct cmdline cmdline = { 0x77a00000, 0x4000000, 0x9f000, 0x9f010, "RUN", conf };
        struct text text, reason;

        text_init(&text, buffer, sizeof(buffer));
        text_init(&reason, why, sizeof(why));
        return cmdline_build(&cmdline, &text, &reason);
}

#define START                                                                             \
        "forestage.region=0x77a00000,0x4000000 forestage.run=RUN forestage.ebda=0x9f000 " \
        "forestage.rsdp=0x9f010 intel_iommu=off amd_iommu=off panic=10 quiet "            \
        "mitigations=off swiotlb=noforce cryptomgr.notests "                              \
        "initcall_blacklist=crypto_kdf108_init,cubictcp_register,"                        \
        "load_system_certificate_list,init_encrypted"

static void builds_the_command_line(void **state)
{
        struct conf conf;

        (void)state;
        conf_defaults(&conf);
        assert_true(build(&conf));
        assert_string_equal(buffer, START);
        conf.console[0] = SLICE("tty0");
        conf.console[1] = SLICE("ttyS0,115200n8");
        conf.console_count = 2;
        conf.options = SLICE("debug nosmp");
        assert_true(build(&conf));
        assert_string_equal(buffer, START " console=tty0 console=ttyS0,115200n8 debug nosmp");
}

/* One byte below the kernel's limit is taken, one above is not. */
static void bounds_the_command_line(void **state)
{
        static char options[CMDLINE_MAX_BYTES];
        const size_t room = CMDLINE_MAX_BYTES - (sizeof(START) - 1) - 1;
        struct conf conf;

        (void)state;
        memset(options, 'x', sizeof(options));
        conf_defaults(&conf);
        conf.options = (struct slice){ options, room };
        assert_true(build(&conf));
        assert_int_equal(strlen(buffer), CMDLINE_MAX_BYTES);
        conf.options.length++;
        assert_false(build(&conf));
        assert_string_equal(why, "forestage.conf: console and options make Linux's command line "
                                 "longer than 2047 bytes");
}

static void writes_json(void **state)
{
        struct text text;

        (void)state;
        text_init(&text, buffer, sizeof(buffer));
        event_begin(&text, "efi.entry", 18446744073709551615ul);
        event_add_number(&text, "bytes", 0);
        event_add_bool(&text, "yes", true);
        event_add_string(&text, "s", SLICE("a\"b\\c\n\x7f\xe4/"));
        assert_true(event_end(&text));
        assert_string_equal(buffer, "{\"event\": \"efi.entry\", \"tsc\": 18446744073709551615, "
                                    "\"bytes\": 0, \"yes\": true, "
                                    "\"s\": \"a\\\"b\\\\c\\u000a\\u007f\\u00e4/\"}");
}

static void says_when_an_event_is_cut(void **state)
{
        struct text text;
        const char whole[] = "{\"event\": \"e\", \"tsc\": 1}";
        char small[sizeof(whole)];

        (void)state;
        for (size_t size = 1; size <= sizeof(whole); size++) {
                text_init(&text, small, size);
                event_begin(&text, "e", 1);
                assert_int_equal(event_end(&text), size == sizeof(whole));
        }
        assert_string_equal(small, whole);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(runs_only_a_live_order),
                cmocka_unit_test(falls_through_otherwise),
                cmocka_unit_test(builds_the_command_line),
                cmocka_unit_test(bounds_the_command_line),
                cmocka_unit_test(writes_json),
                cmocka_unit_test(says_when_an_event_is_cut),
        };

        return run_tap(tests);
}
