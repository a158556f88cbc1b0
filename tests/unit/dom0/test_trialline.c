/* The command lines of a trial in dom0. */
#include <stdio.h>
#include <string.h>

#include "dom0/trialline/lines.h"
#include "dom0/trialline/wordlist.h"
#include "dom0/trialline/xenline.h"
#include "tests/unit/tap.h"

#define NO_MASKS ((const char *const[]){ NULL })
#define ID       "0f0e0d0c-0b0a-4908-8706-050403020100"
#define FIXED    "dom0_mem=1G,max:1G"

/* --- Xen's line --- */

struct row {
        const char *name, *before, *after;
        bool pvh;
        const char *given[3];
};

static struct option_words words_of(const char *const *given)
{
        struct option_words words = { .count = 0 };

        for (; words.count < 3 && given[words.count]; words.count++)
                words.word[words.count] = given[words.count];
        return words;
}

static char *xen_line(const struct row *row, uint64_t memory_kib, struct failure *error)
{
        const struct option_words given = words_of(row->given);
        const struct xenline_wish wish = { row->pvh, memory_kib, &given };

        return xenline_make(row->before, &wish, error);
}

static void check_rows(const struct row *rows, size_t count, uint64_t memory_kib)
{
        for (size_t i = 0; i < count; i++) {
                struct failure failure = { .text = "" };
                char *line = xen_line(&rows[i], memory_kib, &failure);

                if (!line || strcmp(line, rows[i].after) != 0)
                        fail_msg("%s: \"%s\" gives \"%s\" and not \"%s\" %s", rows[i].name,
                                rows[i].before, line ? line : "(nothing)", rows[i].after,
                                failure.text);
                free(line);
        }
}

#define CHECK_ROWS(rows, memory) check_rows(rows, sizeof(rows) / sizeof((rows)[0]), memory)

static void what_stops_a_reset_goes(void **state)
{
        static const struct row rows[] = {
                { "noreboot", FIXED " watchdog noreboot", FIXED " watchdog", false, { NULL } },
                { "first", "noreboot " FIXED " watchdog", FIXED " watchdog", false, { NULL } },
                { "twice", "noreboot " FIXED " noreboot=1 watchdog", FIXED " watchdog", false,
                        { NULL } },
                { "its opposite too", FIXED " no-noreboot watchdog", FIXED " watchdog", false,
                        { NULL } },
                { "reboot=no", FIXED " reboot=no watchdog", FIXED " watchdog", false, { NULL } },
                { "its first letter", FIXED " reboot=n watchdog", FIXED " watchdog", false,
                        { NULL } },
                { "among others", FIXED " reboot=acpi,no,warm watchdog",
                        FIXED " reboot=acpi,warm watchdog", false, { NULL } },
                { "no-reboot", FIXED " no-reboot watchdog", FIXED " watchdog", false, { NULL } },
                { "others stay", FIXED " reboot=acpi watchdog", FIXED " reboot=acpi watchdog",
                        false, { NULL } },
                { "a crash kernel", FIXED " crashkernel=256M,below=4G watchdog", FIXED " watchdog",
                        false, { NULL } },
                { "a crash kernel, twice", "crashkernel=1G " FIXED " watchdog crashkernel=2G",
                        FIXED " watchdog", false, { NULL } },
                { "a person's crash kernel", FIXED " crashkernel=256M watchdog",
                        FIXED " watchdog crashkernel=1G", false, { "crashkernel=1G", NULL } },
                { "another word", FIXED " noreboots watchdog", FIXED " noreboots watchdog", false,
                        { NULL } },
        };

        (void)state;
        CHECK_ROWS(rows, 0);
}

static void the_watchdog_is_on(void **state)
{
        static const struct row rows[] = {
                { "none", FIXED, FIXED " watchdog", false, { NULL } },
                { "there", "watchdog " FIXED, "watchdog " FIXED, false, { NULL } },
                { "there with force", FIXED " watchdog=force", FIXED " watchdog=force", false,
                        { NULL } },
                { "there with 1", FIXED " watchdog=1", FIXED " watchdog=1", false, { NULL } },
                { "off", FIXED " watchdog=0", FIXED " watchdog", false, { NULL } },
                { "off by a word", FIXED " watchdog=off", FIXED " watchdog", false, { NULL } },
                { "inverted", FIXED " no-watchdog", FIXED " watchdog", false, { NULL } },
                { "the last wins: off", "watchdog " FIXED " watchdog=no", FIXED " watchdog", false,
                        { NULL } },
                { "the last wins: on", "watchdog=no " FIXED " watchdog",
                        "watchdog=no " FIXED " watchdog", false, { NULL } },
                { "its time is another option", FIXED " watchdog_timeout=30",
                        FIXED " watchdog_timeout=30 watchdog", false, { NULL } },
        };

        (void)state;
        CHECK_ROWS(rows, 0);
}

static void the_kind_of_dom0(void **state)
{
        static const struct row rows[] = {
                { "pvh", FIXED " watchdog", FIXED " watchdog dom0=pvh", true, { NULL } },
                { "pv needs no word", FIXED " watchdog", FIXED " watchdog", false, { NULL } },
                { "pvh already", "dom0=pvh " FIXED " watchdog", "dom0=pvh " FIXED " watchdog", true,
                        { NULL } },
                { "from pvh to pv", "dom0=pvh " FIXED " watchdog", "dom0=pv " FIXED " watchdog",
                        false, { NULL } },
                { "others stay", "dom0=msr-relaxed,verbose " FIXED " watchdog",
                        "dom0=pvh,msr-relaxed,verbose " FIXED " watchdog", true, { NULL } },
                { "from pv among others", "dom0=verbose,pv,shadow=0 " FIXED " watchdog",
                        "dom0=pvh,verbose,shadow=0 " FIXED " watchdog", true, { NULL } },
                { "two words are one", "dom0=pv " FIXED " dom0=verbose watchdog",
                        "dom0=pvh,verbose " FIXED " watchdog", true, { NULL } },
                { "the last wins: pv", "dom0=pvh,pv " FIXED " watchdog",
                        "dom0=pvh,pv " FIXED " watchdog", false, { NULL } },
                { "the last wins: pvh after all", "dom0=pvh " FIXED " dom0=pv watchdog",
                        "dom0=pvh " FIXED " watchdog", true, { NULL } },
                { "other options start so", "dom0-iommu=strict " FIXED " dom0_max_vcpus=2 watchdog",
                        "dom0-iommu=strict " FIXED " dom0_max_vcpus=2 watchdog dom0=pvh", true,
                        { NULL } },
        };

        (void)state;
        CHECK_ROWS(rows, 0);
}

static void a_pvh_dom0_gets_an_iommu(void **state)
{
        static const struct row rows[] = {
                { "off", FIXED " watchdog iommu=off", FIXED " watchdog iommu=off dom0=pvh iommu=1",
                        true, { NULL } },
                { "0 among others", FIXED " watchdog iommu=verbose,0",
                        FIXED " watchdog iommu=verbose,0 dom0=pvh iommu=1", true, { NULL } },
                { "inverted", FIXED " watchdog no-iommu",
                        FIXED " watchdog no-iommu dom0=pvh iommu=1", true, { NULL } },
                { "on", FIXED " watchdog iommu=required,on",
                        FIXED " watchdog iommu=required,on dom0=pvh", true, { NULL } },
                { "on at last", FIXED " watchdog iommu=0 iommu=1",
                        FIXED " watchdog iommu=0 iommu=1 dom0=pvh", true, { NULL } },
                { "a part of it is off", FIXED " watchdog iommu=no-intremap",
                        FIXED " watchdog iommu=no-intremap dom0=pvh", true, { NULL } },
                { "a pv dom0 needs none", FIXED " watchdog iommu=off", FIXED " watchdog iommu=off",
                        false, { NULL } },
        };

        (void)state;
        CHECK_ROWS(rows, 0);
}

static void a_fixed_amount_of_memory(void **state)
{
        static const struct row rows[] = {
                { "none", "watchdog", "watchdog dom0_mem=2048M,max:2048M", false, { NULL } },
                { "its own amount", "dom0_mem=1G watchdog", FIXED " watchdog", false, { NULL } },
                { "fixed already", "dom0_mem=4192M,max:4192M watchdog",
                        "dom0_mem=4192M,max:4192M watchdog", false, { NULL } },
                { "fixed in two words", "dom0_mem=1G dom0_mem=max:1G watchdog",
                        "dom0_mem=1G dom0_mem=max:1G watchdog", false, { NULL } },
                { "fixed, said otherwise", "dom0_mem=1024M,max:1G watchdog",
                        "dom0_mem=1024M,max:1G watchdog", false, { NULL } },
                { "a larger maximum", "dom0_mem=1G,max:8G watchdog", FIXED " watchdog", false,
                        { NULL } },
                { "a smaller maximum", "dom0_mem=8G,max:1G watchdog", FIXED " watchdog", false,
                        { NULL } },
                { "a minimum", "dom0_mem=min:512M,1G,max:2G watchdog", FIXED " watchdog", false,
                        { NULL } },
                { "a maximum alone", "dom0_mem=max:8G watchdog",
                        "dom0_mem=2048M,max:2048M watchdog", false, { NULL } },
                { "all but some", "dom0_mem=-1G watchdog", "dom0_mem=2048M,max:2048M watchdog",
                        false, { NULL } },
                { "a share", "dom0_mem=25% watchdog", "dom0_mem=2048M,max:2048M watchdog", false,
                        { NULL } },
                { "a share more", "dom0_mem=1G+10%,max:4G watchdog",
                        "dom0_mem=2048M,max:2048M watchdog", false, { NULL } },
                { "the last amount wins", "dom0_mem=4G watchdog dom0_mem=1G", FIXED " watchdog",
                        false, { NULL } },
                { "what a person says stands alone", "dom0_mem=4G,max:8G watchdog",
                        "watchdog dom0_mem=3G,max:3G", false, { "dom0_mem=3G,max:3G", NULL } },
                { "KiB", "dom0_mem=1048576 watchdog", "dom0_mem=1048576,max:1048576 watchdog",
                        false, { NULL } },
        };
        static const struct row unknown = { "", "watchdog", NULL, false, { NULL } };
        struct failure failure;
        struct row odd = { "odd", "watchdog", "watchdog dom0_mem=1001K,max:1001K", false,
                { NULL } };

        (void)state;
        CHECK_ROWS(rows, 2048 * 1024);
        check_rows(&odd, 1, 1001);
        assert_null(xen_line(&unknown, 0, &failure));
        assert_non_null(strstr(failure.text, "dom0_mem=4G,max:4G"));
}

static void what_a_person_adds_comes_last(void **state)
{
        static const struct row rows[] = {
                { "one", FIXED " watchdog iommu=verbose",
                        FIXED " watchdog iommu=verbose iommu=debug", false,
                        { "iommu=debug", NULL } },
                { "several in order", FIXED " watchdog", FIXED " watchdog b=1 a=2", false,
                        { "b=1", "a=2", NULL } },
                { "before a --", FIXED " watchdog --", FIXED " watchdog loglvl=all --", false,
                        { "loglvl=all", NULL } },
                { "twice the same", FIXED " watchdog", FIXED " watchdog a a", false,
                        { "a", "a", NULL } },
        };

        (void)state;
        CHECK_ROWS(rows, 0);
}

static void options_that_xen_must_not_get(void **state)
{
        static const struct {
                const char *word;
                bool pvh, taken;
        } rows[] = {
                { "noreboot", false, false },
                { "noreboot=0", false, false },
                { "reboot=no", false, false },
                { "reboot=acpi,n", true, false },
                { "reboot=acpi", true, true },
                { "watchdog=0", false, false },
                { "no-watchdog", true, false },
                { "watchdog=force", true, true },
                { "watchdog_timeout=20", true, true },
                { "dom0=pv", true, false },
                { "dom0=pvh", false, false },
                { "dom0=pvh,verbose", true, true },
                { "dom0=msr-relaxed", false, true },
                { "iommu=off", false, true },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if ((xenline_problem(rows[i].word, rows[i].pvh) == NULL) != rows[i].taken)
                        fail_msg("%s", rows[i].word);
}

/* --- both lines --- */

struct both {
        const char *xen, *dom0;
        const char *after_xen, *after_dom0;
};

#define OURS "forestage.trial=" ID " forestage.guard=600 rdinit=/forestage-guard panic=10"

static bool make(const char *xen, const char *dom0, const char *const *masks,
        const char *const *given_xen, const char *const *given_dom0, struct lines *ret_lines,
        struct failure *ret_error)
{
        const struct option_words more_xen = words_of(given_xen), more_dom0 = words_of(given_dom0);
        const struct lines host = { (char *)xen, (char *)dom0 };
        const struct lines_wish wish = { .mode = TRIAL_PV,
                .trial = ID,
                .guard_s = 600,
                .memory_kib = 1 << 20,
                .masks = masks,
                .xen = &more_xen,
                .dom0 = &more_dom0 };

        return lines_make(&host, &wish, ret_lines, ret_error);
}

#define NOTHING ((const char *const[]){ NULL })

static void the_line_of_dom0(void **state)
{
        static const struct both rows[] = {
                { FIXED " watchdog", "root=/dev/sda1 ro quiet", FIXED " watchdog",
                        "root=/dev/sda1 ro quiet " OURS },
                { FIXED " watchdog", "panic=60 ro", FIXED " watchdog", "ro " OURS },
                { FIXED " watchdog", "ro panic", FIXED " watchdog", "ro " OURS },
                { FIXED " watchdog", "crashkernel=auto ro", FIXED " watchdog", "ro " OURS },
                { FIXED " watchdog", "panic=10 ro panic=-1", FIXED " watchdog", "ro " OURS },
                { FIXED " watchdog", "ro \"panic=0\"", FIXED " watchdog", "ro " OURS },
                { FIXED " watchdog", "ro panic_on_warn=1", FIXED " watchdog",
                        "ro panic_on_warn=1 " OURS },
                { FIXED " watchdog", "ro dyndbg=\"file a +p\" x", FIXED " watchdog",
                        "ro dyndbg=\"file a +p\" x " OURS },
                { FIXED " watchdog", "ro a=\"b panic=0 c\"", FIXED " watchdog",
                        "ro a=\"b panic=0 c\" " OURS },
                { FIXED " watchdog", "ro\t quiet", FIXED " watchdog", "ro quiet " OURS },
                { FIXED " watchdog", "ro -- single", FIXED " watchdog", "ro " OURS " -- single" },
                { FIXED " watchdog", "", FIXED " watchdog", OURS },
                { FIXED " watchdog", "ro forestage.trial=old forestage.guard=1", FIXED " watchdog",
                        "ro " OURS },
                /* what Xen hands on */
                { FIXED " watchdog -- console=hvc0", "ro", FIXED " watchdog -- console=hvc0",
                        "ro " OURS },
                { FIXED " watchdog -- panic=0 console=hvc0", "ro",
                        FIXED " watchdog -- console=hvc0", "ro " OURS },
                { FIXED " watchdog -- panic=0", "ro", FIXED " watchdog", "ro " OURS },
                { FIXED " -- noreboot", "ro", FIXED " watchdog -- noreboot", "ro " OURS },
                { "-- a", "ro", "dom0_mem=1024M,max:1024M watchdog -- a", "ro " OURS },
        };
        struct failure failure;
        struct lines lines;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                if (!make(rows[i].xen, rows[i].dom0, NO_MASKS, NOTHING, NOTHING, &lines, &failure))
                        fail_msg("%s", failure.text);
                assert_string_equal(lines.xen, rows[i].after_xen);
                assert_string_equal(lines.dom0, rows[i].after_dom0);
                lines_free(&lines);
        }
}

static void guests_are_masked(void **state)
{
        const char *const masks[] = { "xendomains.service", "libvirtd.service", NULL };
        struct failure failure;
        struct lines lines;

        (void)state;
        assert_true(make(FIXED, "ro systemd.mask=libvirtd.service", masks, NOTHING,
                (const char *const[]){ "iommu=pt", "a=\"b c\"", NULL }, &lines, &failure));
        assert_string_equal(lines.dom0, "ro systemd.mask=libvirtd.service " OURS
                                        " systemd.mask=xendomains.service iommu=pt a=\"b c\"");
        lines_free(&lines);
}

static void lines_that_cannot_be_tried(void **state)
{
        static const struct {
                const char *xen, *dom0, *more_xen, *more_dom0, *message;
        } rows[] = {
                { "", "ro rdinit=/init2", NULL, NULL, "dom0's command line has rdinit=/init2" },
                { "", "noinitrd ro", NULL, NULL, "dom0's command line has noinitrd" },
                { "x -- rdinit=/a", "ro", NULL, NULL, "dom0's command line has rdinit=/a" },
                { "", "ro", "noreboot", NULL, "--xen-option noreboot: that would take away" },
                { "", "ro", "dom0=pvh", NULL, "--xen-option dom0=pvh: that contradicts" },
                { "", "ro", "a b", NULL, "--xen-option a b: that is not one word" },
                { "", "ro", " a", NULL, "is not one word" },
                { "", "ro", "--", NULL, "--xen-option --: that would give the rest" },
                { "", "ro", "a\tb", NULL, "has a control character" },
                { "", "ro", "a\nb", NULL, "has a control character" },
                { "", "ro", "\xff", NULL, "is no UTF-8" },
                { "", "ro", NULL, "--", "--dom0-option --: that would give the rest" },
                { "", "ro", NULL, "a b", "--dom0-option a b: that is not one word" },
                { "", "ro", NULL, "a=\"b", "has a quote that is left open" },
                { "", "ro", NULL, "panic=0", "--dom0-option panic=0: that is what the trial sets" },
                { "", "ro", NULL, "rdinit=/x", "that is what the trial sets itself" },
                { "", "ro", NULL, "\"panic=0\"", "that is what the trial sets itself" },
                { "", "ro", NULL, "forestage.guard=9", "that is what the trial sets itself" },
                { "", "ro", NULL, "noinitrd", "that is what the trial sets itself" },
        };
        struct failure failure;
        struct lines lines;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *const more_xen[] = { rows[i].more_xen, NULL };
                const char *const more_dom0[] = { rows[i].more_dom0, NULL };

                if (make(rows[i].xen, rows[i].dom0, NO_MASKS, more_xen, more_dom0, &lines,
                            &failure))
                        fail_msg("row %zu was taken: %s", i, lines.dom0);
                if (!strstr(failure.text, rows[i].message))
                        fail_msg("row %zu: %s", i, failure.text);
        }
}

/* Xen cuts dom0's line at 1023 bytes, and what the stage adds comes last. */
static void a_line_that_xen_would_cut(void **state)
{
        char line[1024];
        struct failure failure;
        struct lines lines;
        size_t most = 1023 - 160 - 1 - 1 - strlen(OURS);

        (void)state;
        memset(line, 'a', sizeof(line));
        line[most] = '\0';
        assert_true(make(FIXED, line, NO_MASKS, NOTHING, NOTHING, &lines, &failure));
        lines_free(&lines);
        line[most] = 'a';
        line[most + 1] = '\0';
        assert_false(make(FIXED, line, NO_MASKS, NOTHING, NOTHING, &lines, &failure));
        assert_non_null(strstr(failure.text, "Xen hands 1023 on"));
        line[most - 10] = '\0';
        assert_false(
                make(FIXED " -- 12345678901", line, NO_MASKS, NOTHING, NOTHING, &lines, &failure));
}

static void modes_have_names(void **state)
{
        enum trial_mode mode;

        (void)state;
        assert_true(trial_mode_parse("pv", &mode));
        assert_int_equal(mode, TRIAL_PV);
        assert_true(trial_mode_parse("pvh", &mode));
        assert_string_equal(trial_mode_name(mode), "pvh");
        assert_false(trial_mode_parse("hvm", &mode));
        assert_false(trial_mode_parse("", &mode));
}

static void the_difference_is_shown(void **state)
{
        static const struct {
                enum wordlist_reader reader;
                const char *before, *after, *shown;
        } rows[] = {
                { WORDLIST_XEN, "a b c", "a b c", "" },
                { WORDLIST_XEN, "a b c", "a c d", "  - b\n  + d\n" },
                { WORDLIST_XEN, "", "a a", "  + a\n  + a\n" },
                { WORDLIST_XEN, "a a", "a", "  - a\n" },
                { WORDLIST_LINUX, "x=\"a b\"", "x=\"a c\"", "  - x=\"a b\"\n  + x=\"a c\"\n" },
                { WORDLIST_XEN, "x=\"a b\"", "x=\"a c\"", "  - b\"\n  + c\"\n" },
                { WORDLIST_XEN, "\033[2J", "", "  - \\x1b[2J\n" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char *text = NULL;
                size_t length;
                FILE *to = open_memstream(&text, &length);

                lines_print_difference(to, 2, rows[i].reader, rows[i].before, rows[i].after);
                fclose(to);
                assert_string_equal(text, rows[i].shown);
                free(text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_stops_a_reset_goes),
                cmocka_unit_test(the_watchdog_is_on),
                cmocka_unit_test(the_kind_of_dom0),
                cmocka_unit_test(a_pvh_dom0_gets_an_iommu),
                cmocka_unit_test(a_fixed_amount_of_memory),
                cmocka_unit_test(what_a_person_adds_comes_last),
                cmocka_unit_test(options_that_xen_must_not_get),
                cmocka_unit_test(the_line_of_dom0),
                cmocka_unit_test(guests_are_masked),
                cmocka_unit_test(lines_that_cannot_be_tried),
                cmocka_unit_test(a_line_that_xen_would_cut),
                cmocka_unit_test(modes_have_names),
                cmocka_unit_test(the_difference_is_shown),
        };

        return run_tap(tests);
}
