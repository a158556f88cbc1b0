/* A host in its pool: what xe and xl say of it, well or badly, and what arm and doctor make of it.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include <jansson.h>

#include "dom0/host/program.h"
#include "dom0/pool/advice.h"
#include "dom0/pool/answer.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ESP          "/boot/efi/EFI/forestage"
#define US           "6c6bd0f4-9c35-4f7b-9b0b-3c1d9e5a7f10"
#define OTHER        "b2f4a0de-1111-4a5b-8c7d-0e9f8a7b6c5d"
#define POOL         "0d9c8b7a-2222-4c3d-9e8f-1a2b3c4d5e6f"

/* --- what is read --- */

static void reads_the_inventory(void **state)
{
        static const struct {
                const char *text, *host; /* NULL: none */
        } cases[] = {
                { "PRIMARY_DISK='/dev/disk/by-id/ata-X'\nPRODUCT_VERSION='8.3.0'\n"
                  "CONTROL_DOMAIN_UUID='" OTHER "'\nINSTALLATION_UUID='" US "'\n"
                  "MANAGEMENT_INTERFACE='xenbr0'\n",
                        US },
                { "INSTALLATION_UUID='" US "'", US }, /* no line feed at its end */
                { "INSTALLATION_UUID=\"" US "\"\n", US },
                { "INSTALLATION_UUID=" US "\n", US },
                { "INSTALLATION_UUID='" OTHER "'\nINSTALLATION_UUID='" US "'\n", US },
                { "INSTALLATION_UUID='6C6BD0F4-9C35-4F7B-9B0B-3C1D9E5A7F10'\n",
                        "6C6BD0F4-9C35-4F7B-9B0B-3C1D9E5A7F10" },
                { "", NULL },
                { "#INSTALLATION_UUID='" US "'\n", NULL },
                { "OLD_INSTALLATION_UUID='" US "'\n", NULL },
                { "INSTALLATION_UUID=''\n", NULL },
                { "INSTALLATION_UUID='\n", NULL },
                { "INSTALLATION_UUID='" US "\n", NULL },
                { "INSTALLATION_UUID='" US "\"\n", NULL },
                { "INSTALLATION_UUID='" US "' \n", NULL },
                { "INSTALLATION_UUID='" US "'\r\n", NULL },
                { "INSTALLATION_UUID='$(reboot)'\n", NULL },
                { "INSTALLATION_UUID='6c6bd0f4-9c35-4f7b-9b0b-3c1d9e5a7f1g'\n", NULL },
                { "INSTALLATION_UUID='" US "'\nINSTALLATION_UUID='x'\n", NULL },
        };
        char host[UUID_LENGTH + 1];

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                bool found = inventory_parse(cases[i].text, host);

                if (found != (cases[i].host != NULL) ||
                        strcmp(host, cases[i].host ? cases[i].host : "") != 0)
                        fail_msg("%zu: %s", i, host);
        }
}

/* Its text, and its length where there is a NUL in it. */
#define TEXT(text) (text), sizeof(text) - 1

static void reads_lists_of_uuids(void **state)
{
        static const struct {
                const char *text;
                size_t length;
                int count; /* -1: no answer */
        } cases[] = {
                { TEXT(""), 0 },
                { TEXT("\n"), 0 },
                { TEXT(US), 1 },
                { TEXT(US "\n"), 1 },
                { TEXT(US "," OTHER "\n"), 2 },
                { TEXT(US "," OTHER "," POOL "\n"), 3 },
                { TEXT(US ",\n"), -1 },
                { TEXT("," US "\n"), -1 },
                { TEXT(US ",," OTHER "\n"), -1 },
                { TEXT(US ", " OTHER "\n"), -1 },
                { TEXT(US "\n" OTHER "\n"), -1 },
                { TEXT(US "\n\n"), -1 },
                { TEXT("\n\n"), -1 },
                { TEXT(US "\0"), -1 },
                { TEXT(US "," OTHER "\0,\n"), -1 },
                { TEXT("\0"), -1 },
                { TEXT("<not in database>\n"), -1 },
                { TEXT("1234,5678\n"), -1 },
                { TEXT(US "f\n"), -1 },
                { TEXT("\033[2J" US "\n"), -1 },
                { TEXT("uuid ( RO) : " US "\n"), -1 },
        };

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                size_t count = 99;
                bool good = answer_uuids(cases[i].text, cases[i].length, &count);

                if (good != (cases[i].count >= 0) || count != (good ? (size_t)cases[i].count : 99))
                        fail_msg("%zu: %d, %zu", i, good, count);
        }
}

static void reads_one_uuid(void **state)
{
        static const char *const bad[] = { "", "\n", (US "," OTHER "\n"), (US "\n" US "\n"),
                (US " \n"), "OpaqueRef:NULL\n", ("\t" US) };
        char uuid[UUID_LENGTH + 1] = "kept";

        (void)state;
        for (size_t i = 0; i < COUNT(bad); i++)
                assert_false(answer_uuid(bad[i], strlen(bad[i]), uuid));
        assert_string_equal(uuid, "kept");
        assert_true(answer_uuid(TEXT(US "\n"), uuid));
        assert_string_equal(uuid, US);
}

static void reads_truths(void **state)
{
        static const char *const bad[] = { "", "\n", "True\n", "TRUE\n", " true\n", "true \n",
                "true,true\n", "true\nfalse\n", "1\n", "yes\n", "truefalse\n", "tru\n", "<null>\n",
                "\033[1mtrue\n" };
        bool truth = true;

        (void)state;
        assert_true(answer_truth(TEXT("false\n"), &truth));
        assert_false(truth);
        assert_true(answer_truth(TEXT("true"), &truth));
        assert_true(truth);
        for (size_t i = 0; i < COUNT(bad); i++)
                assert_false(answer_truth(bad[i], strlen(bad[i]), &truth));
        assert_false(answer_truth(TEXT("true\0"), &truth));
}

static void reads_names(void **state)
{
        static const struct {
                const char *text, *name; /* NULL: none */
        } cases[] = {
                { "xcp1\n", "xcp1" },
                { "rack 3\\, left\n", "rack 3, left" },
                { "a\\b\\\n", "a\\b\\" },
                { "\\,", "," },
                { "%s%n\n", "%s%n" },
                { "b\xc3\xbc"
                  "ro\n",
                        "b\xc3\xbc"
                        "ro" },
                { "\033[2J\n", "\\x1b[2J" },
                { "\xe2\x80\xae"
                  "1pcx\n",
                        "\\xe2\\x80\\xae"
                        "1pcx" },
                { "\xff\xfe\n", "\\xff\\xfe" },
                { "\n", NULL },
                { "", NULL },
                { "one\ntwo\n", NULL },
        };
        char name[64], longer[1000];

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                bool good = answer_name(cases[i].text, strlen(cases[i].text), name, sizeof(name));

                if (good != (cases[i].name != NULL) || (good && strcmp(name, cases[i].name) != 0))
                        fail_msg("%zu: %s", i, name);
        }
        memset(longer, 'x', sizeof(longer));
        assert_true(answer_name(longer, sizeof(longer), name, sizeof(name)));
        assert_int_equal(strlen(name), sizeof(name) - 1);
        assert_string_equal(name + 60, "...");
}

/* As xl prints it. */
#define HEAD "Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
#define ZERO "Domain-0                                     0  2048     4     r-----     100.5\n"

#define ROW(name, number, state) name " " number "  1024     2     " state "      17.3\n"

static void reads_tables_of_domains(void **state)
{
        static const struct {
                const char *text;
                int count;
        } cases[] = {
                { HEAD ZERO, 0 },
                { HEAD ZERO ROW("web", "1", "-b----"), 1 },
                { HEAD ZERO ROW("web", "1", "-b----") ROW("db", "12", "r-----"), 2 },
                { HEAD ZERO ROW("paused", "3", "--p---"), 1 },
                /* names are of others' choice */
                { HEAD ZERO ROW("my second vm", "4", "-b----"), 1 },
                { HEAD ZERO ROW("Domain-0", "5", "-b----"), 1 },
                { HEAD ZERO ROW("Domain-0 0 1 1 r----- 1.0", "6", "-b----"), 1 },
                { HEAD ZERO ROW("two\nlines", "7", "-b----"), 1 },
                { HEAD ZERO ROW("", "8", "-b----"), 1 },
                { HEAD ZERO ROW("(null)", "9", "-b----"), 1 },
                { HEAD ZERO ROW("\033[2J\xff", "10", "-b----"), 1 },
                { HEAD ZERO ROW("far", "184467440737095516170", "-b----"), 1 },
                /* what is going, or gone */
                { HEAD ZERO ROW("gone", "11", "---s--"), 0 },
                { HEAD ZERO ROW("crashed", "11", "---sc-"), 0 },
                { HEAD ZERO ROW("dying", "11", "-----d"), 0 },
                /* no rows */
                { HEAD ZERO "web 1\n", 0 },
                { HEAD ZERO ROW("web", "one", "-b----"), 0 },
                { HEAD ZERO ROW("web", "-1", "-b----"), 0 },
                { HEAD ZERO ROW("web", "1", "running"), 0 },
                { HEAD ZERO "\n\n", 0 },
                { HEAD "Domain-00 00 2048 4 r----- 100.5", 0 },
                { HEAD, 0 },
                /* no table */
                { "", -1 },
                { "\n", -1 },
                { ZERO, -1 },
                { "Name\n" ZERO, -1 },
                { "Name  ID", -1 },
                { "libxl: error: Name  ID\n", -1 },
        };

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                size_t count = 99;
                bool good = answer_domains(cases[i].text, strlen(cases[i].text), &count);

                if (good != (cases[i].count >= 0) || count != (good ? (size_t)cases[i].count : 99))
                        fail_msg("%zu: %d, %zu", i, good, count);
        }
        assert_false(answer_domains(TEXT(HEAD ZERO "\0" ZERO), &(size_t){ 0 }));
}

static void reads_many_domains(void **state)
{
        char *text = malloc(200000);
        size_t length = (size_t)sprintf(text, HEAD ZERO), count;

        (void)state;
        for (int i = 1; i <= 1000; i++)
                length += (size_t)sprintf(text + length, "%-40s %5d %5d %5d     -b----  %8.1f\n",
                        "a guest", i, 512, 1, 1.5);
        assert_true(answer_domains(text, length, &count));
        assert_int_equal(count, 1000);
        free(text);
}

/* --- a pool --- */

static void put_script(struct stand_in *host, const char *name)
{
        char path[64], *text;
        FILE *file;
        long size;

        snprintf(path, sizeof(path), "tests/standins/%s", name);
        file = fopen(path, "rb");
        assert_non_null(file);
        fseek(file, 0, SEEK_END);
        size = ftell(file);
        rewind(file);
        text = calloc(1, (size_t)size + 1);
        assert_int_equal(fread(text, 1, (size_t)size, file), size);
        fclose(file);
        stand_in_program(host, name, text);
        free(text);
}

#define XE "/programs/xe.state/"
#define XL "/programs/xl.state/"

static void put_pool(struct stand_in *host, const char *master, const char *ha)
{
        stand_in_text(host, XE "pool", "uuid=" POOL "\tname-label=pool\tmaster=%s\tha-enabled=%s\n",
                master, ha);
}

static void put_hosts(struct stand_in *host, const char *name, const char *enabled, bool alone)
{
        stand_in_text(host, XE "hosts", "uuid=" US "\tname-label=%s\tenabled=%s\n%s", name, enabled,
                alone ? "" : "uuid=" OTHER "\tname-label=xcp2\tenabled=true\n");
}

/* A domain that xe knows. */
struct vm {
        bool control;
        const char *state, *host;
};

static void put_vms(struct stand_in *host, const struct vm *vms, size_t count)
{
        char text[2048] = "";

        for (size_t i = 0; i < count; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text),
                        "uuid=5f0e0d0c-0b0a-4908-8706-0504030201%02zx\tname-label=vm\t"
                        "is-control-domain=%s\tpower-state=%s\tresident-on=%s\n",
                        i, vms[i].control ? "true" : "false", vms[i].state, vms[i].host);
        stand_in_text(host, XE "vms", "%s", text);
}

/* One guest here and one paused, two elsewhere, one nowhere; a control domain for each host. */
static void put_guests(struct stand_in *host)
{
        static const struct vm vms[] = { { true, "running", US }, { true, "running", OTHER },
                { false, "running", US }, { false, "paused", US }, { false, "running", OTHER },
                { false, "running", OTHER }, { false, "halted", "<not in database>" } };

        put_vms(host, vms, COUNT(vms));
}

/* An XCP-ng, member of a pool of two, without guests and without HA. */
static int set_up(void **state)
{
        struct stand_in *host;

        if (stand_in_xenserver(state) != 0)
                return -1;
        host = *state;
        stand_in_text(host, "/etc/xensource-inventory",
                "PRODUCT_BRAND='XCP-ng'\nINSTALLATION_UUID='" US "'\n");
        put_script(host, "xe");
        put_script(host, "xl");
        stand_in_text(host, XL "info", "xen_commandline        : x\n");
        put_pool(host, OTHER, "false");
        put_hosts(host, "xcp1", "true", false);
        return stand_in_run(host, "install --yes --method grub");
}

static struct standing ask(struct stand_in *host)
{
        struct standing standing;

        standing_ask(&host->host, &standing);
        return standing;
}

static void assert_lacks(const struct stand_in *host, const char *text)
{
        if (strstr(host->output, text))
                fail_msg("\"%s\" is in:\n%s", text, host->output);
}

/* As text of one line: what print_wrapped has broken is put together again. */
static void assert_says(const struct stand_in *host, const char *text)
{
        char *flat = calloc(1, strlen(host->output) + 1);
        size_t used = 0;

        for (const char *c = host->output; *c; c++)
                if ((*c != ' ' && *c != '\n') || (used > 0 && flat[used - 1] != ' '))
                        flat[used++] = *c == '\n' ? ' ' : *c;
        if (!strstr(flat, text))
                fail_msg("no \"%s\" in:\n%s", text, host->output);
        free(flat);
}

static void only_guests_of_this_host_count(void **state)
{
        struct stand_in *host = *state;
        struct standing standing;

        put_guests(host);
        standing = ask(host);
        assert_string_equal(standing.why, "");
        assert_true(standing.has_guests);
        assert_false(standing.by_xl);
        assert_int_equal(standing.guests, 2);
        stand_in_run(host, "arm --yes");
        assert_says(host, "Warning: 2 guests are running here, and the reboot ends them do: "
                          "xe host-disable host=" US ", xe host-evacuate host=" US);
        stand_in_text(host, "/etc/xensource-inventory", "INSTALLATION_UUID='" OTHER "'\n");
        put_pool(host, US, "false");
        put_vms(host, &(struct vm){ false, "running", OTHER }, 1);
        stand_in_run(host, "doctor");
        assert_says(host, "Warning: 1 guest is running here, and the reboot ends it do: xe "
                          "host-disable host=" OTHER ", xe host-evacuate host=" OTHER);
}

static void no_guest_is_no_warning(void **state)
{
        static const struct vm vms[] = { { true, "running", US }, { false, "running", OTHER } };
        struct stand_in *host = *state;

        put_vms(host, vms, COUNT(vms));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_lacks(host, "running here");
        assert_lacks(host, "xe has not");
        assert_lacks(host, "master: ");
        assert_says(
                host, "Host: \"xcp1\" (" US "), enabled; not the master of its pool; HA is off");
}

static void xl_counts_where_there_is_no_xapi(void **state)
{
        struct stand_in *host = *state;
        struct standing standing;

        stand_in_delete(host, "/etc/xensource-inventory");
        put_guests(host); /* xe is not asked: this is no host of XCP-ng's */
        stand_in_text(host, XL "domains",
                "Domain-0\t0\t2048\t4\tr-----\t10\nmy web\t3\t512\t1\t-b----\t1\n");
        standing = ask(host);
        assert_true(standing.by_xl);
        assert_int_equal(standing.guests, 1);
        assert_false(stand_in_has(host, XE "log"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_says(host, "Warning: 1 guest is running here, and the reboot ends it Warning: dom0");
        assert_output(host, "\nNext: reboot; dom0 collects");
        assert_lacks(host, "Host:");
        assert_lacks(host, "xe ");
        stand_in_delete(host, "/programs/xl");
        assert_false(ask(host).has_guests);
}

static void the_next_commands_are_those_of_the_host(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_output(host, "\nNext:      xe host-disable host=" US "\n"
                            "           xe host-evacuate host=" US "\n"
                            "           xe host-reboot host=" US "\n"
                            "dom0 collects the results by itself");
        assert_lacks(host, "Next: reboot");
        put_hosts(host, "xcp1", "false", false);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_output(host, "\nNext:      xe host-evacuate host=" US "\n"
                            "           xe host-reboot host=" US "\n"
                            "dom0 collects");
        assert_says(host, "(" US "), disabled; not the master");
        stand_in_text(host, "/etc/xensource-inventory", "INSTALLATION_UUID='$(halt)'\n");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_output(host, "xe host-reboot host=HOST\n");
        assert_says(host, "names no INSTALLATION_UUID");
        assert_lacks(host, "halt");
}

/* The commands that are printed do what they should: they are given to a shell as they stand. */
static void the_next_commands_work(void **state)
{
        struct stand_in *host = *state;
        char *command = NULL, *log;

        put_guests(host);
        stand_in_text(
                host, XE "on-reboot", "#!/bin/sh\necho restarted >>\"$(dirname \"$0\")/log\"\n");
        assert_true(asprintf(&command, "chmod 755 '%s" XE "on-reboot'", host->root) > 0);
        assert_int_equal(system(command), 0);
        free(command);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_text(host, "/next", "set -e\n%s", strstr(host->output, "Next:      ") + 11);
        assert_true(asprintf(&command,
                            "sed -i '/^dom0/,$d' '%s/next' && PATH='%s/programs':$PATH sh "
                            "'%s/next'",
                            host->root, host->root, host->root) > 0);
        assert_int_equal(system(command), 0);
        free(command);
        log = stand_in_read(host, XE "log");
        assert_non_null(strstr(log, "restarted"));
        assert_int_equal(ask(host).guests, 0);
        free(log);
}

/* --- HA --- */

static void with_ha_arm_wants_a_word(void **state)
{
        static const char *const answers[] = { NULL, "n\n", "y\n", "yes\n" };
        struct stand_in *host = *state;

        put_pool(host, OTHER, "true");
        for (size_t i = 0; i < COUNT(answers); i++) {
                assert_int_equal(stand_in_run_answer(host, answers[i], "arm"), 1);
                assert_errors(host, "HA is on in this pool");
                assert_errors(host, "xe host-reboot host=" US);
                assert_errors(host, "--yes");
                assert_false(stand_in_has(host, ESP "/order"));
        }
        assert_says(host, "Warning: high availability (HA) is on in this pool, and nothing tells "
                          "it of a bare reboot");
        assert_int_equal(stand_in_run(host, "arm --dry-run"), 0);
        assert_says(host, "Without --yes arm refuses");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_says(host, "(HA) is on in this pool");
        assert_output(host, "           xe host-reboot host=" US "\n");
        assert_true(stand_in_has(host, ESP "/order"));
}

static void without_ha_arm_asks_as_ever(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run_answer(host, "y\n", "arm"), 0);
        assert_lacks(host, "(HA)");
        assert_true(stand_in_has(host, ESP "/order"));
        stand_in_run(host, "disarm");
        stand_in_text(host, XE "mode", "refused"); /* it may be on, and may not */
        assert_int_equal(stand_in_run_answer(host, "y\n", "arm"), 0);
        assert_says(host, "Not known: whether HA is on in its pool");
        assert_true(stand_in_has(host, ESP "/order"));
}

/* --- the master --- */

static void a_master_is_told_what_its_pool_goes_without(void **state)
{
        struct stand_in *host = *state;

        put_pool(host, US, "false");
        stand_in_run(host, "arm --yes");
        assert_says(host, "Warning: this host is the master of its pool: nobody manages the pool "
                          "while it is away, which takes the stage's time (at most 15 min, "
                          "deadline= in forestage.conf) and that of the boot do: xe "
                          "pool-designate-new-master host-uuid=ANOTHER");
        assert_says(host, "enabled; the master of its pool; HA is off");
        put_pool(host, US, "true");
        stand_in_text(host, ESP "/forestage.conf",
                "fallback=\\EFI\\xenserver\\grubx64.efi\n"
                "deadline=90\n");
        stand_in_run(host, "arm --yes");
        assert_says(host, "(at most 90 s, deadline= in forestage.conf) and that of the boot; HA "
                          "may make another host the master");
        assert_lacks(host, "pool-designate-new-master");
        stand_in_run(host, "doctor");
        assert_says(host, "at most 90 s");
        put_pool(host, US, "false");
        put_hosts(host, "xcp1", "true", true);
        stand_in_run(host, "arm --yes");
        assert_says(host, "Note: this host is the master of its pool, in which it is alone: ");
        assert_lacks(host, "pool-designate-new-master");
        put_pool(host, OTHER, "false");
        stand_in_run(host, "arm --yes");
        assert_lacks(host, "this host is the master");
}

/* --- xe that does not answer, or not as it should --- */

static time_t now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec;
}

/* What xe does, and what is said of it. */
static const struct ailment {
        const char *mode, *said;
} ailments[] = {
        { "refused", "xe failed (1): Error: Connection refused (calling connect )" },
        { "initialising", "xe failed (1): The host toolstack is still initialising. Please wait." },
        { "hang", "xe has not answered within 4 s" },
        { "garbage", "xe pool-list has not answered in its form" },
        { "flood", "xe printed more than 1048576 bytes" },
};

static void check_ailment(struct stand_in *host, const char *what, const char *said)
{
        static const char *const verbs[] = { "arm --yes", "doctor" };
        time_t start = now();

        for (size_t i = 0; i < COUNT(verbs); i++) {
                stand_in_run(host, "%s", verbs[i]);
                assert_says(host, said);
                assert_says(host, "Not known: whether HA is on in its pool, whether it is the "
                                  "pool's master, whether it takes guests; its guests were counted "
                                  "with xl list");
                assert_says(host, "Warning: 1 guest is running here");
                assert_says(host, "xe-toolstack-restart");
                assert_lacks(host, "\033");
        }
        stand_in_run(host, "arm --yes");
        assert_int_equal(host->code, 0);
        assert_output(host, "xe host-reboot host=" US "\n");
        if (now() - start > 300)
                fail_msg("%s took %lld s", what, (long long)(now() - start));
}

static void an_xe_without_an_answer_hangs_nobody(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, XL "domains",
                "Domain-0\t0\t2048\t4\tr-----\t10\nweb\t3\t512\t1\t-b----\t1\n");
        for (size_t i = 0; i < COUNT(ailments); i++) {
                host->host.patience = strcmp(ailments[i].mode, "hang") == 0 ? 4 : 60;
                stand_in_text(host, XE "mode", "%s", ailments[i].mode);
                check_ailment(host, ailments[i].mode, ailments[i].said);
        }
        stand_in_delete(host, "/programs/xe");
        check_ailment(host, "missing", "xe is not installed here");
}

/* Ways to hang that are not those of a program which only waits. */
static void other_ways_to_hang(void **state)
{
        static const char *const scripts[] = { "exec >&- 2>&-; exec sleep 600\n", /* a closed end */
                "sleep 600 & exit 0\n", /* a child that keeps the end open */
                "trap '' TERM INT HUP; sleep 600; sleep 600\n", "printf tr; exec sleep 600\n" };
        struct stand_in *host = *state;

        host->host.patience = 1;
        for (size_t i = 0; i < COUNT(scripts); i++) {
                time_t start = now();

                stand_in_program(host, "xe", scripts[i]);
                assert_non_null(strstr(ask(host).why, "xe has not answered within 1 s"));
                assert_true(now() - start < 300);
        }
        stand_in_text(host, XL "mode", "hang");
        assert_false(ask(host).has_guests);
        stand_in_run(host, "arm --yes");
        assert_int_equal(host->code, 0);
        assert_says(host, "whether guests run on it");
        stand_in_run(host, "doctor");
        assert_says(host, "whether guests run on it");
}

/* Slow is not silent: as long as all fits into the time, all is known. */
static void questions_share_the_time(void **state)
{
        struct stand_in *host = *state;
        struct standing standing;
        time_t start = now();

        stand_in_text(host, XE "mode", "slow"); /* two seconds for each of six */
        host->host.patience = 8;
        put_pool(host, OTHER, "true");
        standing = ask(host);
        assert_int_equal(standing.ha, TRUTH_YES); /* the heaviest comes first */
        assert_int_equal(standing.alone, TRUTH_UNKNOWN);
        assert_string_equal(standing.why, "xe has not answered within 8 s");
        assert_true(now() - start < 300);
}

static void what_others_have_named_is_harmless(void **state)
{
        struct stand_in *host = *state;

        put_hosts(host, "\033]0;x\007 %s%n$(halt)\xe2\x80\xae", "true", false);
        stand_in_run(host, "arm --yes");
        assert_output(host, "Host:      \"\\x1b]0;x\\x07 %s%n$(halt)\\xe2\\x80\\xae\" (" US ")");
        assert_lacks(host, "\033");
        stand_in_run(host, "doctor");
        assert_says(host, "\"\\x1b]0;x\\x07 %s%n$(halt)\\xe2\\x80\\xae\"");
        put_pool(host, "OpaqueRef:NULL", "false");
        assert_int_equal(ask(host).master, TRUTH_UNKNOWN);
        put_pool(host, "6C6BD0F4-9C35-4F7B-9B0B-3C1D9E5A7F10", "maybe");
        assert_int_equal(ask(host).master, TRUTH_YES);
        assert_int_equal(ask(host).ha, TRUTH_UNKNOWN);
        put_hosts(host, "", "true", false);
        stand_in_run(host, "arm --yes");
        assert_output(host, "Host:      " US ", enabled");
}

/* --- doctor --- */

static json_t *examine(struct stand_in *host)
{
        json_t *answer;

        stand_in_run(host, "doctor --json");
        answer = json_loads(host->output, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(answer);
        return answer;
}

static void doctor_knows_the_pool(void **state)
{
        struct stand_in *host = *state;
        json_t *answer;

        put_pool(host, US, "true");
        put_guests(host);
        answer = examine(host);
        assert_string_equal(
                json_string_value(json_object_get(answers_finding(answer, "ha"), "next")),
                "xe host-reboot host=" US);
        assert_non_null(answers_finding(answer, "master"));
        assert_non_null(answers_finding(answer, "guests"));
        assert_null(answers_finding(answer, "xe"));
        assert_int_equal(json_integer_value(json_object_get(answer, "guests")), 2);
        assert_true(json_is_true(json_object_get(json_object_get(answer, "pool"), "ha")));
        assert_true(json_is_true(json_object_get(json_object_get(answer, "pool"), "enabled")));
        json_decref(answer);
        stand_in_text(host, XE "mode", "refused");
        answer = examine(host);
        assert_non_null(answers_finding(answer, "xe"));
        assert_null(answers_finding(answer, "ha"));
        assert_true(json_is_null(json_object_get(json_object_get(answer, "pool"), "ha")));
        json_decref(answer);
        stand_in_delete(host, "/etc/xensource-inventory");
        stand_in_delete(host, "/programs/xl");
        answer = examine(host);
        assert_true(json_is_null(json_object_get(answer, "pool")));
        assert_true(json_is_null(json_object_get(answer, "guests")));
        json_decref(answer);
}

static void doctor_asks_xl_for_each_thing_once(void **state)
{
        struct stand_in *host = *state;
        char *log;

        stand_in_text(host, "/sys/hypervisor/type", "xen\n");
        stand_in_text(host, "/sys/hypervisor/properties/features", "000008f0\n");
        stand_in_text(host, XL "info",
                "virt_caps : pv hvm_directio\ntotal_memory : 65536\n"
                "xen_commandline        : x\n");
        stand_in_delete(host, XL "log");
        stand_in_run(host, "doctor");
        assert_output(host, "65536 MiB in the machine");
        log = stand_in_read(host, XL "log");
        assert_string_equal(log, "xl info\n");
        free(log);
}

/* --- status --- */

static void status_speaks_as_to_xcp_ng(void **state)
{
        static const char upgrade[] =
                "Upgrade: one from the installer's ISO formats the EFI system partition and the "
                "root file system. First copy the results in /var/lib/forestage/runs to another "
                "machine, then forestage uninstall";
        struct stand_in *host = *state;

        stand_in_run(host, "status");
        assert_says(host, upgrade);
        stand_in_run(host, "status --json");
        assert_output(host, "\"upgrade\": \"one from");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_delete(host, XE "log");
        stand_in_run(host, "status");
        assert_says(host, "Next: restart this host to run it (xe host-disable, xe host-evacuate "
                          "and xe host-reboot, each with host=" US "), or call it off");
        assert_says(host, upgrade);
        assert_false(stand_in_has(host, XE "log")); /* it asks nobody who may not answer */
        stand_in_run(host, "disarm");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        stand_in_run(host, "status");
        assert_lacks(host, "Upgrade:"); /* nothing is lost any more */
        stand_in_delete(host, "/etc/xensource-inventory");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_run(host, "status");
        assert_lacks(host, "Upgrade:");
        assert_says(host, "Next: reboot to run it");
        stand_in_run(host, "status --json");
        assert_output(host, "\"upgrade\": null");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_the_inventory),
                cmocka_unit_test(reads_lists_of_uuids),
                cmocka_unit_test(reads_one_uuid),
                cmocka_unit_test(reads_truths),
                cmocka_unit_test(reads_names),
                cmocka_unit_test(reads_tables_of_domains),
                cmocka_unit_test(reads_many_domains),
                TEST(only_guests_of_this_host_count),
                TEST(no_guest_is_no_warning),
                TEST(xl_counts_where_there_is_no_xapi),
                TEST(the_next_commands_are_those_of_the_host),
                TEST(the_next_commands_work),
                TEST(with_ha_arm_wants_a_word),
                TEST(without_ha_arm_asks_as_ever),
                TEST(a_master_is_told_what_its_pool_goes_without),
                TEST(an_xe_without_an_answer_hangs_nobody),
                TEST(other_ways_to_hang),
                TEST(questions_share_the_time),
                TEST(what_others_have_named_is_harmless),
                TEST(doctor_knows_the_pool),
                TEST(doctor_asks_xl_for_each_thing_once),
                TEST(status_speaks_as_to_xcp_ng),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
