/* [Sweep]: the values, the points that they make, and the exact complaint about what is wrong. */
#include "tests/unit/tap.h"

#include <stdio.h>

#include "jobs/jobfile.h"
#include "jobs/sweep/list.h"
#include "jobs/sweep/range.h"
#include "jobs/sweep/table.h"

/* Lines 1 to 7; a test's own begin with line 8. */
#define KERNEL "[Job]\nType=kernel\n[Kernel]\nModule=a.ptx\nFunction=f\nGrid=${n}\nBlock=1\n"
#define OUT    "Argument=out o 8\n[Expect]\no=like r as f32\n" /* to line 10 */
#define SWEEP  KERNEL OUT "[Sweep]\n"                          /* to line 11 */

/* The only file there is. */
struct table {
        const char *name, *text;
};

static bool read_table(
        void *context, const char *file, char **ret_text, size_t *ret_length, char *why)
{
        const struct table *table = context;

        if (!table || strcmp(file, table->name) != 0)
                return why_not(why, "'%s' does not exist", file);
        *ret_text = strdup(table->text);
        *ret_length = strlen(table->text);
        return *ret_text != NULL;
}

static bool parse(const char *text, const struct table *table, struct job *ret_job)
{
        struct sweep_reader reader = { read_table, (void *)(uintptr_t)table };

        return jobfile_parse_sweep("s", text, strlen(text), &reader, ret_job);
}

/* --- values --- */

static void assert_values(const char *list, const char *expected)
{
        struct sweep_values values = { 0 };
        char text[4096] = "", why[WHY_SIZE] = "";

        if (!list_expand(list, &values, why))
                fail_msg("%s: %s", list, why);
        for (size_t i = 0; i < values.count; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? "|" : "",
                        values_get(&values, i));
        assert_string_equal(text, expected);
        values_clear(&values);
}

static void lists_and_ranges_are_read(void **state)
{
        (void)state;
        assert_values("1,2,5", "1|2|5");
        assert_values(" a ,\tb b , c", "a|b b|c");
        assert_values("1..4", "1|2|3|4");
        assert_values("0..1 step 0.25", "0|0.25|0.5|0.75|1");
        assert_values("0..1 step 0.3", "0|0.3|0.6|0.9");
        assert_values("1..-1 step -0.5", "1|0.5|0|-0.5|-1");
        assert_values("-0.05..0.05 step 0.05", "-0.05|0|0.05");
        assert_values("5..5", "5");
        assert_values("5..5 step -1", "5");
        assert_values("007..+9", "7|8|9");
        assert_values("1,10..30 step 10,100", "1|10|20|30|100");
        assert_values("0.100..0.30\tstep\t0.1", "0.1|0.2|0.3");
        assert_values(
                "999999999999999998..999999999999999999", "999999999999999998|999999999999999999");
        assert_values("-999999999999999999..999999999999999999 step 999999999999999999",
                "-999999999999999999|0|999999999999999999");
        assert_values("0..0.00000000000000001 step 0.00000000000000001", "0|0.00000000000000001");
        assert_values(".", "."); /* no range */
        assert_values("1.5", "1.5");
}

static void a_hundredth_a_hundred_times_is_one(void **state)
{
        struct sweep_values values = { 0 };
        char why[WHY_SIZE], text[16];

        (void)state;
        assert_true(range_expand("0..1 step 0.01", &values, why));
        assert_int_equal(values.count, 101);
        assert_string_equal(values_get(&values, 10), "0.1");
        assert_string_equal(values_get(&values, 29), "0.29"); /* 0.29000000000000004 by adding */
        assert_string_equal(values_get(&values, 100), "1");
        values_clear(&values);
        assert_true(range_expand("0..1 step 0.00001", &values, why) == false);
        assert_string_equal(why, "'0..1 step 0.00001' has more than 100000 values");
        assert_true(range_expand("0.00001..1 step 0.00001", &values, why));
        assert_int_equal(values.count, 100000);
        for (unsigned i = 1; i < 100000; i += 7) { /* against the digits as C prints them */
                int length = snprintf(text, sizeof(text), "0.%05u", i);

                while (text[length - 1] == '0')
                        text[--length] = '\0';
                assert_string_equal(values_get(&values, i - 1), text);
        }
        values_clear(&values);
}

static void assert_no_values(const char *list, const char *reason)
{
        struct sweep_values values = { 0 };
        char why[WHY_SIZE] = "";

        if (list_expand(list, &values, why))
                fail_msg("%s was taken", list);
        assert_string_equal(why, reason);
        values_clear(&values);
}

#define NO_RANGE " is no range: A..B or A..B step S, each a decimal number of at most 18 digits"

static void what_is_no_value_is_named(void **state)
{
        (void)state;
        assert_no_values("1,,2", "a value is empty");
        assert_no_values("", "a value is empty");
        assert_no_values("1,", "a value is empty");
        assert_no_values("a..b", "'a..b'" NO_RANGE);
        assert_no_values("1..", "'1..'" NO_RANGE);
        assert_no_values("..5", "'..5'" NO_RANGE);
        assert_no_values("1...5", "'1...5'" NO_RANGE);
        assert_no_values("1..5 step", "'1..5 step'" NO_RANGE);
        assert_no_values("1..5 by 2", "'1..5 by 2'" NO_RANGE);
        assert_no_values("1..5 step 2 3", "'1..5 step 2 3'" NO_RANGE);
        assert_no_values("0..1e3", "'0..1e3'" NO_RANGE);
        assert_no_values("0..1234567890123456789", "'0..1234567890123456789'" NO_RANGE);
        assert_no_values("0..999999999999999999 step 0.1",
                "'0..999999999999999999 step 0.1'" NO_RANGE); /* together they have 19 */
        assert_no_values("99999999999999999..999999999999999999 step 0.0000000000000001",
                "'99999999999999999..999999999999999999 step 0.0000000000000001'" NO_RANGE);
        assert_no_values("1..5 step 0", "'1..5 step 0' has a step of 0");
        assert_no_values("5..1",
                "'5..1' does not come from its first number to its last: the step has to be "
                "negative");
        assert_no_values("1..5 step -1",
                "'1..5 step -1' does not come from its first number to its last: the step has to "
                "be positive");
        assert_no_values("0..100000", "'0..100000' has more than 100000 values");
        assert_no_values("1..100000,5", "more than 100000 values");
}

/* --- tables --- */

static void assert_column(const char *text, const char *name, const char *expected)
{
        struct sweep_values values = { 0 };
        char found[1024] = "", why[WHY_SIZE] = "";

        if (!table_column("t.csv", text, strlen(text), name, &values, why))
                snprintf(found, sizeof(found), "%s", why);
        else
                for (size_t i = 0; i < values.count; i++)
                        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s",
                                i > 0 ? "|" : "", values_get(&values, i));
        assert_string_equal(found, expected);
        values_clear(&values);
}

static void tables_are_read(void **state)
{
        char wide[400] = "";

        (void)state;
        assert_column("a,b\n1,2\n3,4\n", "a", "1|3");
        assert_column("\xef\xbb\xbf"
                      "a , b\r\n\r\n 1 , 2 \r\n3,4",
                "b", "2|4");
        assert_column("\"a\",b\n\"x,\"\"y\"\" \" ,2\n", "a", "x,\"y\" ");
        assert_column("a,b\n,2\n", "b", "2"); /* of others nobody asks */
        assert_column("a,b\n,2\n", "a", "t.csv:2: a value is empty");
        assert_column("a,b\n1\n", "a", "t.csv:2: the line has 1 cells, and the first one 2");
        assert_column("a\n1\n2,\n", "a", "t.csv:3: the line has 2 cells, and the first one 1");
        assert_column("a,b\n1,2\n", "c", "t.csv:1: there is no column 'c'");
        assert_column("a,a\n1,2\n", "a", "t.csv:1: two columns have the same name");
        assert_column("a\n", "a", "t.csv: there is no line of values");
        assert_column("", "a", "t.csv: there is no line of values");
        assert_column("a\n\"x\n\"\n", "a", "t.csv:2: a quote is not closed");
        assert_column(
                "a\n\"x\"y\n", "a", "t.csv:2: something stands behind the quote that ends a cell");
        assert_column("a\n\x01\n", "a", "t.csv:2: the line has a control character");
        assert_column("a\n\xff\n", "a", "t.csv:2: the line is not UTF-8");
        snprintf(wide, sizeof(wide), "a\n%0128d\n", 1);
        assert_column(wide, "a", memcpy(wide + 200, wide + 2, 128));
        snprintf(wide, sizeof(wide), "a\n%0200d\n", 1);
        assert_column(wide, "a", "t.csv:2: a value has 129 bytes; at most 128 are allowed");
}

/* --- points --- */

static void assert_point(const struct job *job, uint32_t number, const char *values,
        const char *name, unsigned grid, const char *output)
{
        char text[SWEEP_TEXT];
        struct job point;

        sweep_describe(job->sweep, number, text);
        assert_string_equal(text, values);
        assert_true(jobfile_point(job, number, &point));
        assert_string_equal(point.name, name);
        assert_int_equal(point.kernel.grid[0], grid);
        assert_string_equal(point.kernel.argument[0].file, output);
        assert_string_equal(point.expectation[0].file, output);
        assert_int_equal(point.timeout_ms, 5000);
        assert_ptr_equal(point.point_of, job);
        assert_null(point.sweep);
        job_clear(&point);
}

/* The section stands before the lines that use it, and behind others: that is all the same. */
static void several_names_are_crossed(void **state)
{
        static const char text[] = "[Sweep]\nn=1,2\nname = x , y, z\n"
                                   "[Job]\nType=kernel\nTimeout=5s\n[Kernel]\nModule=a.ptx\n"
                                   "Function=f\nGrid=${n}\nBlock=1\nArgument=out o-${name}$$ 8\n"
                                   "[Expect]\no-${name}$=like r-${n}${name} as f32\n";
        struct job job;

        (void)state;
        if (!parse(text, NULL, &job))
                fail_msg("%s", job.error);
        assert_int_equal(job.sweep->points, 6);
        assert_string_equal(job.name, "s");
        assert_point(&job, 1, "n=1, name=x", "s@1", 1, "o-x$");
        assert_point(&job, 2, "n=1, name=y", "s@2", 1, "o-y$");
        assert_point(&job, 3, "n=1, name=z", "s@3", 1, "o-z$");
        assert_point(&job, 4, "n=2, name=x", "s@4", 2, "o-x$");
        assert_point(&job, 6, "n=2, name=z", "s@6", 2, "o-z$");
        assert_string_equal(job.expectation[0].reference, "r-1x"); /* it is the first itself */
        job_clear(&job);
}

static void columns_go_line_by_line(void **state)
{
        static const struct table table = { "d/t.csv", "n,file,other\n3,a.bin,\n4,b.bin,\n" };
        struct job job;

        (void)state;
        if (!parse("[Job]\nType=kernel\nTimeout=5s\n[Kernel]\nModule=a.ptx\nFunction=f\nGrid=${n}\n"
                   "Block=${b}\nArgument=out ${file} 8\n[Expect]\n${file}=like r as f32\n"
                   "[Sweep]\nn=d/t.csv\nb=1,2\nfile=d/t.csv\n",
                    &table, &job))
                fail_msg("%s", job.error);
        assert_int_equal(job.sweep->points, 4);
        assert_point(&job, 1, "n=3, b=1, file=a.bin", "s@1", 3, "a.bin");
        assert_point(&job, 2, "n=3, b=2, file=a.bin", "s@2", 3, "a.bin");
        assert_point(&job, 3, "n=4, b=1, file=b.bin", "s@3", 4, "b.bin");
        assert_point(&job, 4, "n=4, b=2, file=b.bin", "s@4", 4, "b.bin");
        job_clear(&job);
}

/* A value that is appended to the first name leaves the names of all points before it. */
static void names_are_stable(void **state)
{
        struct job before, after;

        (void)state;
        assert_true(
                parse(KERNEL "Argument=u32 ${m}\n" OUT "[Sweep]\nn=1,2\nm=5,6\n", NULL, &before));
        assert_true(
                parse(KERNEL "Argument=u32 ${m}\n" OUT "[Sweep]\nn=1,2,3\nm=5,6\n", NULL, &after));
        for (uint32_t point = 1; point <= before.sweep->points; point++) {
                char a[SWEEP_TEXT], b[SWEEP_TEXT];

                sweep_describe(before.sweep, point, a);
                sweep_describe(after.sweep, point, b);
                assert_string_equal(a, b);
        }
        job_clear(&before);
        job_clear(&after);
}

static void programs_have_points(void **state)
{
        struct job job, point;

        (void)state;
        if (!parse("[Job]\nType=program\n[Program]\nExec=./p-${v} --n ${n} \"${v} $HOME\" $$x\n"
                   "Environment=N=${n}\nCollect=out-${n}/*\n[Expect]\nout-${n}/x=like r${n} as "
                   "u8\n[Sweep]\nv=a b,c\nn=07\n",
                    NULL, &job))
                fail_msg("%s", job.error);
        assert_true(jobfile_point(&job, 2, &point));
        assert_int_equal(point.program.exec.count, 5);
        assert_string_equal(point.program.exec.word[0], "./p-c");
        assert_string_equal(point.program.exec.word[2], "07");
        assert_string_equal(point.program.exec.word[3], "c $HOME");
        assert_string_equal(point.program.exec.word[4], "$x");
        assert_string_equal(point.program.environment.word[0], "N=07");
        assert_string_equal(point.program.collect.word[0], "out-07/*");
        assert_string_equal(point.expectation[0].reference, "r07");
        job_clear(&point);
        job_clear(&job);
}

static void without_a_sweep_a_dollar_is_one(void **state)
{
        struct job job;

        (void)state;
        assert_true(parse("[Job]\nType=program\n[Program]\nExec=./p ${n} $$ $x\n", NULL, &job));
        assert_null(job.sweep);
        assert_string_equal(job.program.exec.word[1], "${n}");
        assert_string_equal(job.program.exec.word[2], "$$");
        job_clear(&job);
}

/* --- complaints --- */

static const struct {
        const char *text, *error, *second; /* NULL: it is the only one */
} bad[] = {
        { SWEEP, "s.conf:11: [Sweep] has no name=values", NULL },
        { SWEEP "n=\n", "s.conf:12: a value is empty", NULL },
        { SWEEP "n=1,,2\n", "s.conf:12: a value is empty", NULL },
        { SWEEP "n=1\nn=2\n", "s.conf:13: n= stands on line 12 already", NULL },
        { SWEEP "n=1\n2n=2\n",
                "s.conf:13: '2n' is no name: letters, digits and '_', no digit first, at most 32",
                NULL },
        { SWEEP "n=1\na-b=2\n",
                "s.conf:13: 'a-b' is no name: letters, digits and '_', no digit first, at most 32",
                NULL },
        { SWEEP "n=3..1\nm=x\nm=y\n",
                "s.conf:12: '3..1' does not come from its first number to its last: the step has "
                "to be negative",
                "s.conf:14: m= stands on line 13 already" },
        { SWEEP "n=1\nm=1,2\n", "s.conf:13: 'm' is not used: no line has ${m}", NULL },
        { SWEEP "N=1\n", "s.conf:6: ${n} is not known: [Sweep] has no 'n='",
                "s.conf:12: 'N' is not used: no line has ${N}" },
        { KERNEL "Argument=u32 ${x}\nArgument=u32 ${y\n" OUT "[Sweep]\nn=1\n",
                "s.conf:8: ${x} is not known: [Sweep] has no 'x='",
                "s.conf:9: a '${' has no '}' behind it; a dollar is written $$" },
        { SWEEP "n=1..1000\nm=1..101\n", "s.conf:11: [Sweep] has more than 100000 points", NULL },
        { SWEEP "n=no.csv\n", "s.conf:12: 'no.csv' does not exist", NULL },
        { SWEEP "n=../t.csv\n",
                "s.conf:12: the path '../t.csv' has a '..' component and may leave the job folder",
                NULL },
        { SWEEP "n=t.csv\n", "s.conf:12: t.csv:3: a value is empty", NULL },
        { SWEEP "m=t.csv\n", "s.conf:6: ${n} is not known: [Sweep] has no 'n='", NULL },
        { SWEEP "n=1,2,0,x\n",
                "s.conf:6: Grid=0: the x part is not between 1 and 2147483647 "
                "(point 3: n=0)",
                NULL },
        { SWEEP "n=0,1\n", "s.conf:6: Grid=0: the x part is not between 1 and 2147483647", NULL },
        { KERNEL OUT "[Sweep]\nn=1\nk\n[Sweep]\nn=2\n",
                "s.conf:13: neither Key=value, nor [Section], nor a comment",
                "s.conf:15: n= stands on line 12 already" },
        { "[Job]\nType=kernel\nDescription=with ${n}\n[Sweep]\nn=1\n",
                "s.conf:3: ${...} can stand in [Kernel], [Program] and [Expect] only; this is the "
                "same for all points",
                "s.conf:5: 'n' is not used: no line has ${n}" },
        { "[Job]\nType=kernel\n[Kernel]\nModule=a\nFunction=f\nBlock=1\nGrid=${n}\nGrid=1\n" OUT
          "[Sweep]\nn=1\n",
                "s.conf:8: Grid= stands on line 7 already", NULL },
        { "[Job]\nType=kernel\n[Kernel]\nModule=a\nFunction=f\nBlock=1\nGrid=1\n"
          "Argument=out o${n} 8\nArgument=out o1 8\n[Expect]\no1=like r as u8\n[Sweep]\nn=2,1\n",
                "s.conf:9: the output 'o1' is in the way of 'o1' of line 8 (point 2: n=1)", NULL },
        { "[Job]\nType=check\n[Check]\nLevel=quick\n[Sweep]\nn=1\n",
                "s.conf:5: [Sweep] does not go with Type=check", NULL },
        { "[Job]\nType=program\n[Program]\nExec=/${p}\n[Sweep]\np=x\n",
                "s.conf:4: the path '/x' is absolute, but must be inside the job folder", NULL },
        { "[Job]\nType=program\n[Program]\nExec=./x ${n}\nCollect=${f}\n[Sweep]\nf=a,/b\nn=1,2\n",
                "s.conf:5: the path '/b' is absolute, but must be inside the job folder "
                "(point 3: f=/b, n=1)",
                NULL },
};

static void mistakes_are_named(void **state)
{
        static const struct table table = { "t.csv", "n,m\n1,2\n,3\n" };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct job job;

                if (parse(bad[i].text, &table, &job))
                        fail_msg("case %zu was taken", i);
                if (strcmp(job.error, bad[i].error) != 0)
                        fail_msg("case %zu: '%s' instead of '%s'", i, job.error, bad[i].error);
                if (bad[i].second && (job.complaints.count < 2 ||
                                             strcmp(job.complaints.word[1], bad[i].second) != 0))
                        fail_msg("case %zu: '%s' instead of '%s'", i,
                                job.complaints.count < 2 ? "" : job.complaints.word[1],
                                bad[i].second);
                assert_null(job.sweep); /* one broken job, not many */
                job_clear(&job);
        }
}

static void a_name_leaves_room_for_the_number(void **state)
{
        static const char long_name[] =
                "a123456789b123456789c123456789d123456789e123456789f1234567";
        static const char text[] = SWEEP "n=1\n";
        static const struct sweep_reader none = { read_table, NULL };
        struct job job;

        (void)state;
        assert_true(jobfile_parse_sweep(long_name + 1, text, strlen(text), &none, &job));
        job_clear(&job);
        assert_false(jobfile_parse_sweep(long_name, text, strlen(text), &none, &job));
        assert_non_null(strstr(job.error,
                ".conf: the name has 58 bytes; with a [Sweep] at most 57, because its points are "
                "called NAME@NUMBER"));
        job_clear(&job);
}

static void too_much_is_refused(void **state)
{
        char text[6000], *at = text;
        struct job job;

        (void)state;
        at += sprintf(at, "%s", KERNEL "Argument=out o");
        for (int i = 0; i < 40; i++)
                at += sprintf(at, "${v}");
        at += sprintf(at, " 8\n[Expect]\no=like r as f32\n[Sweep]\nn=1\nv=%0128d\n", 1);
        assert_false(parse(text, NULL, &job));
        assert_string_equal(
                job.error, "s.conf:8: with the values of the sweep it is longer than 4096 bytes");
        job_clear(&job);
        at = text + sprintf(text, "%s", SWEEP "n=1\n");
        for (int i = 0; i < 16; i++)
                at += sprintf(at, "a%d=1\n", i);
        assert_false(parse(text, NULL, &job));
        assert_string_equal(job.error, "s.conf:28: more than 16 names");
        job_clear(&job);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(lists_and_ranges_are_read),
                cmocka_unit_test(a_hundredth_a_hundred_times_is_one),
                cmocka_unit_test(what_is_no_value_is_named),
                cmocka_unit_test(tables_are_read),
                cmocka_unit_test(several_names_are_crossed),
                cmocka_unit_test(columns_go_line_by_line),
                cmocka_unit_test(names_are_stable),
                cmocka_unit_test(programs_have_points),
                cmocka_unit_test(without_a_sweep_a_dollar_is_one),
                cmocka_unit_test(mistakes_are_named),
                cmocka_unit_test(a_name_leaves_room_for_the_number),
                cmocka_unit_test(too_much_is_refused),
        };

        return run_tap(tests);
}
