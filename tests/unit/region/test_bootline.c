#include "region/bootline.h"
#include "tests/unit/tap.h"

#define UUID "12345678-9abc-4def-8001-020304050607"

static bool parse(const char *text, struct bootline *line, struct bootline_error *error)
{
        return bootline_parse(text, strlen(text), line, error);
}

static void all_parameters(void **state)
{
        struct bootline_error error = { 0 };
        struct bootline line;

        (void)state;
        assert_true(parse(
                "console=ttyS0 forestage.region=0x7c000000,0x4000000 quiet forestage.run=" UUID
                " forestage.ebda=0x9f000 forestage.rsdp=0x9f010\n",
                &line, &error));
        assert_true(line.has_region && line.has_run);
        assert_int_equal(line.region.address, 0x7c000000);
        assert_int_equal(line.region.size, 64 << 20);
        assert_int_equal(line.run_id[0], 0x12);
        assert_int_equal(line.ebda, 0x9f000);
        assert_int_equal(line.rsdp, 0x9f010);
}

static void absent_repeated_and_after_dashes(void **state)
{
        struct bootline_error error = { 0 };
        struct bootline line;

        (void)state;
        assert_true(parse("quiet xforestage.run=1 forestage.runs", &line, &error));
        assert_false(line.has_region || line.has_run);
        assert_true(parse("forestage.ebda=1 forestage.ebda=2 -- forestage.ebda=3", &line, &error));
        assert_int_equal(line.ebda, 2);
        assert_true(parse("", &line, &error));
}

static const struct {
        const char *line, *parameter, *problem;
} bad[] = {
        { "forestage.run=1234", "forestage.run=", "is not a UUID" },
        { "forestage.ebda=0xg", "forestage.ebda=", "is not a number" },
        { "forestage.rsdp=", "forestage.rsdp=", "is not a number" },
        { "forestage.region=0x1000", "forestage.region=", "is not ADDRESS,SIZE" },
        { "forestage.region=x,65536", "forestage.region=", "has an address that is no number" },
        { "forestage.region=4096,", "forestage.region=", "has a size that is no number" },
        { "forestage.region=0,65536",
                "forestage.region=", "has an address that is not a multiple of 4096" },
        { "forestage.region=4096,4096",
                "forestage.region=", "has a size that is not a multiple of 4096, or below 65536" },
        { "forestage.region=0xffffffffff000,0x10000000",
                "forestage.region=", "ends behind the last physical address" },
        { "forestage.region=0x10000000000000000,65536",
                "forestage.region=", "has an address that is no number" },
};

/* What --region names: memory, something that is meant to be, or a file. */
static void memory_or_a_file(void **state)
{
        static const char *const files[] = { "run.region", "a,b", "4096", "4096,", "4096,64MM",
                ",64M", "4096,18446744073709551615T" };
        struct memory_range range = { 0 };
        const char *problem;

        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                assert_false(memory_range_is_meant(files[i], strlen(files[i]), &range, &problem));
        assert_true(memory_range_is_meant("0x1001,64M", 10, &range, &problem));
        assert_string_equal(problem, "has an address that is not a multiple of 4096");
        assert_int_equal(range.size, 0);
        assert_true(memory_range_is_meant("0x40000000,64m", 14, &range, &problem));
        assert_null(problem);
        assert_int_equal(range.address, 0x40000000);
        assert_int_equal(range.size, 64 << 20);
}

static void bad_parameters_are_named(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct bootline line = { .ebda = 77 };
                struct bootline_error error = { 0 };

                assert_false(parse(bad[i].line, &line, &error));
                assert_string_equal(error.parameter, bad[i].parameter);
                assert_string_equal(error.problem, bad[i].problem);
                assert_int_equal(line.ebda, 77);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_parameters),
                cmocka_unit_test(absent_repeated_and_after_dashes),
                cmocka_unit_test(memory_or_a_file),
                cmocka_unit_test(bad_parameters_are_named),
        };

        return run_tap(tests);
}
