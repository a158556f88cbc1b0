/* What is said of a trial: by status, by trial show, and by what is given to others. */
#include <stdio.h>
#include <unistd.h>

#include "dom0/base/exit.h"
#include "dom0/base/json.h"
#include "dom0/trialrecord/standing.h"
#include "dom0/trialresult/share.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/dom0/trial.h"
#include "tests/unit/tap.h"

/* --- the file of phases --- */

static const struct {
        const char *text;
        enum trial_phase last;
        bool torn;
} files[] = {
        { "", TRIAL_NONE, false },
        { "1 armed\n", TRIAL_ARMED, false },
        { "1 armed\n2 begin\n3 driver\n", TRIAL_DRIVER, false },
        { "1 armed\n2 begin\n3 driver", TRIAL_BEGIN, true },
        { "1 armed\n2 begin\n3", TRIAL_BEGIN, true },
        { "1 armed\n2 begin\n3 drive\n", TRIAL_BEGIN, true },
        { "1 armed\n\n2 begin\n", TRIAL_ARMED, true },
        { "armed\n2 begin\n", TRIAL_NONE, true },
        { "-1 armed\n", TRIAL_NONE, true },
        { "99999999999999999999 armed\n", TRIAL_NONE, true },
        { "1 armed\n2 none\n", TRIAL_ARMED, true },
        { "1 armed\n2 end pass and more words\n", TRIAL_END, false },
        { "1  armed\n", TRIAL_NONE, true },
        { "1 armed\xff\n", TRIAL_NONE, true },
};

static void phases_are_read_up_to_what_is_torn(void **state)
{
        struct trial_phases phases;

        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                trial_phases_parse(files[i].text, strlen(files[i].text), &phases);
                if (phases.last != files[i].last || phases.torn != files[i].torn)
                        fail_msg("\"%s\": %s", files[i].text, trial_phase_name(phases.last));
        }
        /* ext4 and XFS may leave zeroes where a line was to be */
        trial_phases_parse("1 armed\n2 begin\n\0\0\0\0\n", 21, &phases);
        assert_int_equal(phases.last, TRIAL_BEGIN);
        assert_true(phases.torn);
        trial_phases_parse("1 armed x\0y\n", 12, &phases);
        assert_int_equal(phases.last, TRIAL_NONE);
}

/* A cut at each byte: never more than was there, and never less than what was whole. */
static void every_cut_is_read(void **state)
{
        static const char text[] = "1764446400 armed\n1764446500 begin\n1764446501 driver\n";
        struct trial_phases phases;

        (void)state;
        for (size_t length = 0; length < sizeof(text); length++) {
                size_t lines = 0;

                for (size_t i = 0; i < length; i++)
                        lines += text[i] == '\n';
                trial_phases_parse(text, length, &phases);
                assert_int_equal(phases.last, lines);
                assert_int_equal(phases.torn, length > 0 && text[length - 1] != '\n');
        }
}

static void a_phase_is_added_behind_what_is_whole(void **state)
{
        struct stand_in *host = *state;
        struct trial_phases phases;
        struct failure failure;
        char folder[160], *text;

        snprintf(folder, sizeof(folder), "%s" TRIAL_FOLDER, host->root);
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n2 beg");
        assert_true(trial_phases_note(folder, TRIAL_BEGIN, NULL, &failure));
        assert_true(trial_phases_note(folder, TRIAL_END, "fail\n3 end pass", &failure));
        trial_phases_read(folder, &phases);
        assert_int_equal(phases.last, TRIAL_END);
        assert_string_equal(phases.of[TRIAL_END].text, "fail 3 end pass");
        assert_true(phases.of[TRIAL_BEGIN].noted && !phases.torn);
        text = stand_in_read(host, TRIAL_FOLDER "/phases");
        assert_null(strstr(text, "beg1"));
        free(text);
        assert_false(trial_phases_note("/nowhere/at/all", TRIAL_END, NULL, &failure));
}

/* --- the decision --- */

#define PASS                                                                                 \
        "{\"schema\":\"forestage-trial/1\",\"trial\":\"" TRIAL_ID "\",\"verdict\":\"pass\"," \
        "\"obstacle\":null,\"rehearsal\":false}"
#define REHEARSED                                                                   \
        "{\"schema\":\"forestage-trial/1\",\"trial\":\"" TRIAL_ID "\",\"verdict\":" \
        "\"pass\",\"obstacle\":null,\"rehearsal\":true}"
#define FAIL                                                                                 \
        "{\"schema\":\"forestage-trial/1\",\"trial\":\"" TRIAL_ID "\",\"verdict\":\"fail\"," \
        "\"obstacle\":{\"step\":\"context\",\"why\":\"refused\"}}"

static const struct {
        struct trial_start start;
        const char *phases, *outcome;
        enum trial_state state;
        const char *text;
} cases[] = {
        /* the order is still live */
        { { .armed = true }, "1 armed\n", NULL, TRIAL_IS_ARMED, "the next boot starts it" },
        /* it is gone, and nothing has begun */
        { { 0 }, "1 armed\n", NULL, TRIAL_IS_CALLED_OFF, "not started" },
        /* the stage was lost */
        { { .lost = true, .where = "while the jobs ran" }, "1 armed\n", NULL, TRIAL_WAS_LOST,
                "it ended while the jobs ran" },
        { { .lost = true }, "1 armed\n", NULL, TRIAL_WAS_LOST, "somewhere" },
        /* Xen that refused its option; a dom0 that panicked, hung or never reached the unit */
        { { .lost = true, .handed_over = true, .where = "at the hand-off" }, "1 armed\n", NULL,
                TRIAL_NEVER_BEGAN, "Xen refused an option" },
        /* the same behind forestage-collect.service */
        { { .collected = true }, "1 armed\n", NULL, TRIAL_NEVER_BEGAN, "dom0 came up" },
        { { .collected = true }, "1 armed\n2 beg", NULL, TRIAL_NEVER_BEGAN, "dom0 came up" },
        /* its dom0 is running */
        { { .here = true }, "1 armed\n", NULL, TRIAL_IS_WAITING, "has not begun" },
        { { .here = true, .collected = true }, "1 armed\n2 begin\n3 ladder\n", NULL,
                TRIAL_IS_AT_WORK, "while the ladder was climbed" },
        /* a hang while the driver was loaded, and a power cut in each phase */
        { { .collected = true }, "1 armed\n2 begin\n", NULL, TRIAL_WAS_STOPPED,
                "before the driver was loaded" },
        { { .collected = true }, "1 armed\n2 begin\n3 driver\n", NULL, TRIAL_WAS_STOPPED,
                "while the driver was loaded" },
        { { 0 }, "1 armed\n2 begin\n3 driver\n4 lad", NULL, TRIAL_WAS_STOPPED,
                "while the driver was loaded" },
        { { .lost = true, .handed_over = true }, "1 armed\n2 begin\n3 ladder\n", NULL,
                TRIAL_WAS_STOPPED, "while the ladder was climbed" },
        { { .collected = true }, "1 armed\n2 begin\n3 jobs\n", NULL, TRIAL_WAS_STOPPED,
                "while the jobs ran in dom0" },
        { { .collected = true }, "1 armed\n2 begin\n3 unload\n", NULL, TRIAL_WAS_STOPPED,
                "while the driver was unloaded" },
        { { .collected = true }, "1 armed\n2 begin\n3 collect\n", NULL, TRIAL_WAS_STOPPED,
                "were collected" },
        { { .collected = true }, "1 armed\n2 begin\n3 compare\n", PASS, TRIAL_WAS_STOPPED,
                "were compared" },
        { { .collected = true }, "1 armed\n2 begin\n3 compare\n4 end", PASS, TRIAL_WAS_STOPPED,
                "were compared" },
        /* another order is armed since */
        { { .armed = false }, "1 armed\n2 begin\n3 end fail\n", FAIL, TRIAL_HAS_FAILED,
                "it stops at context: refused" },
        { { .here = true }, "1 armed\n2 begin\n3 end pass\n", PASS, TRIAL_HAS_PASSED,
                "CUDA works in this dom0" },
        { { 0 }, "1 armed\n2 begin\n3 end pass\n", REHEARSED, TRIAL_HAS_PASSED,
                "no GPU was tried" },
        { { 0 }, "1 armed\n2 begin\n3 end pass\n", NULL, TRIAL_IS_UNKNOWN, "cannot be read" },
        { { 0 }, "1 armed\n2 begin\n3 end pass\n", "{}", TRIAL_IS_UNKNOWN, "cannot be read" },
        { { 0 }, "1 armed\n2 begin\n3 end pass\n",
                "{\"schema\":\"forestage-trial/1\",\"trial\":\"" ORDER_ID "\",\"verdict\":\"pass\","
                "\"obstacle\":null}",
                TRIAL_IS_UNKNOWN, "not of this trial" },
        { { 0 }, "1 armed\n2 begin\n3 end pass\n",
                "{\"schema\":\"forestage-trial/1\",\"trial\":\"" TRIAL_ID
                "\",\"verdict\":\"pass\"}",
                TRIAL_IS_UNKNOWN, "cannot be read" },
        { { 0 }, "1 armed\n2 begin\n3 end pass\n",
                "{\"schema\":\"forestage-trial/1\",\"trial\":\"" TRIAL_ID "\",\"verdict\":\"pass\","
                "\"obstacle\":{\"step\":\"x\",\"why\":\"y\"}}",
                TRIAL_IS_UNKNOWN, "cannot be read" },
};

static void the_standing_is_true(void **state)
{
        json_t *document = trial_plan_made(*state);
        const struct trial_plan plan = { TRIAL_ID, ORDER_ID, NULL, document };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                json_t *outcome = cases[i].outcome ? json_loads(cases[i].outcome, 0, NULL) : NULL;
                struct trial_standing standing;
                struct trial_phases phases;

                trial_phases_parse(cases[i].phases, strlen(cases[i].phases), &phases);
                trial_standing_decide(&plan, &phases, &cases[i].start, outcome, &standing);
                if (standing.state != cases[i].state || !strstr(standing.text, cases[i].text))
                        fail_msg("case %zu: %s: %s", i, trial_state_name(standing.state),
                                standing.text);
                assert_string_equal(standing.trial, TRIAL_ID);
                assert_string_equal(standing.mode, "pv");
                json_decref(outcome);
        }
        json_decref(document);
}

/* --- status --- */

static char *trial_of_status(struct stand_in *host, const char *key)
{
        static char text[1024];
        json_t *object;

        stand_in_run(host, "status --json");
        object = json_loads(host->output, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        assert_non_null(get_value(object, "trial"));
        snprintf(text, sizeof(text), "%s", get_text(get_value(object, "trial"), key));
        json_decref(object);
        return text;
}

#define ARMED "/var/lib/forestage/armed.json"

static void put_variables(struct stand_in *host, const char *run, const char *phase)
{
        char text[96];

        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, run, strlen(run));
        snprintf(text, sizeof(text), "%s %s", run, phase);
        stand_in_variable(host, "ForestagePhase", OUR_VENDOR, text, strlen(text));
}

static int put_armed(void **state)
{
        struct stand_in *host;
        json_t *plan, *order;
        char *text;

        if (stand_in_debian(state) != 0)
                return 1;
        host = *state;
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        plan = trial_plan_made(host);
        text = stand_in_read(host, ARMED);
        order = json_loads(text, 0, NULL);
        json_object_set_new(plan, "order", json_string(get_text(order, "order")));
        trial_put_plan(host, plan);
        stand_in_text(host, TRIAL_FOLDER "/phases", "1764446400 armed\n");
        free(text);
        json_decref(order);
        json_decref(plan);
        return 0;
}

/* The order's id, and a host as it is behind the boot that has used it. */
static char *use_order(struct stand_in *host, const char *phase)
{
        static char id[UUID_LENGTH + 1];
        json_t *order;
        char *text = stand_in_read(host, ARMED);

        order = json_loads(text, 0, NULL);
        snprintf(id, sizeof(id), "%s", get_text(order, "order"));
        json_decref(order);
        free(text);
        stand_in_delete(host, "/boot/efi/EFI/forestage/order");
        if (phase)
                put_variables(host, id, phase);
        return id;
}

static void status_knows_an_armed_trial(void **state)
{
        struct stand_in *host = *state;

        assert_string_equal(trial_of_status(host, "state"), "armed");
        assert_string_equal(trial_of_status(host, "id"), TRIAL_ID);
        stand_in_run(host, "status");
        assert_output(host, "Trial:      6f1d2c3b (pv): armed: the next boot starts it");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_string_equal(trial_of_status(host, "state"), "called_off");
}

static void status_knows_what_the_stage_lost(void **state)
{
        struct stand_in *host = *state;

        use_order(host, "jobs");
        assert_string_equal(trial_of_status(host, "state"), "lost");
        assert_string_equal(answers_status(host, "state"), "lost");
        stand_in_run(host, "status");
        assert_output(host, "while the jobs ran");
}

static void status_knows_what_never_began(void **state)
{
        struct stand_in *host = *state;
        const char *id = use_order(host, "kexec");
        json_t *plan;

        assert_string_equal(trial_of_status(host, "state"), "never_began");
        stand_in_run(host, "status");
        assert_output(host, "Xen refused an option");
        assert_non_null(strstr(trial_of_status(host, "text"), "hung and was reset"));
        /* only a PVH dom0 loses a disk that others have */
        plan = trial_plan_made(host);
        json_object_set_new(plan, "mode", json_string("pvh"));
        json_object_set_new(plan, "order", json_string(id));
        trial_put_plan(host, plan);
        json_decref(plan);
        assert_non_null(strstr(trial_of_status(host, "text"), "lost its disk as a PVH dom0 may"));
}

static void status_knows_the_boot_of_the_trial(void **state)
{
        struct stand_in *host = *state;
        const char *id = use_order(host, NULL);

        stand_in_text(host, "/cmdline",
                "forestage.region=0x200000,0x40000 forestage.run=%s forestage.trial=" TRIAL_ID "\n",
                id);
        assert_string_equal(trial_of_status(host, "state"), "waiting");
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n2 begin\n3 driver\n");
        assert_string_equal(trial_of_status(host, "state"), "at_work");
        assert_string_equal(trial_of_status(host, "phase"), "driver");
        /* reset: the boot behind it is a normal one */
        stand_in_text(host, "/cmdline", "root=UUID=1\n");
        put_variables(host, id, "kexec");
        assert_string_equal(trial_of_status(host, "state"), "stopped");
        stand_in_run(host, "status");
        assert_output(host, "lost its power while the");
}

static void status_of_a_host_without_trials(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/var/lib/forestage/trials");
        assert_string_equal(answers_status(host, "trial"), "null");
        stand_in_run(host, "status");
        assert_null(strstr(host->output, "Trial:"));
        assert_int_equal(stand_in_run(host, "trial show"), EXIT_NO_RUN);
        assert_int_equal(stand_in_run(host, "trial show --all"), EXIT_NO_RUN);
}

/* --- trial show --- */

static int put_made(void **state)
{
        struct stand_in *host;

        if (stand_in_debian(state) != 0)
                return 1;
        host = *state;
        trial_put(host);
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        stand_in_text(host, "/cmdline", "root=UUID=1\n");
        return 0;
}

static void a_pass_is_shown(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "trial show"), 0);
        assert_output(host, "CUDA works in this dom0");
        assert_output(host, "pass     second_process");
        assert_output(host, "vecadd/0");
        assert_output(host, "1.000");
        assert_output(host, "535.261.03");
        assert_int_equal(stand_in_run(host, "trial show 6f1d"), 0);
        assert_int_equal(stand_in_run(host, "trial show 7"), EXIT_USAGE);
        assert_int_equal(stand_in_run(host, "trial show --all --html x"), EXIT_USAGE);
        assert_int_equal(stand_in_run(host, "trial show --nothing"), EXIT_USAGE);
}

/* What is in its folder is not believed when its phases lack the end. */
static void a_trial_that_was_reset_is_shown(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n2 begin\n3 driver\n4 ladder\n");
        assert_int_equal(stand_in_run(host, "trial show"), 0);
        assert_output(host, "while the ladder was");
        assert_output(host, "Phase:      ladder");
        assert_null(strstr(host->output, "CUDA works"));
        assert_int_equal(stand_in_run(host, "trial show --json"), 0);
        assert_output(host, "\"verdict\": \"incomplete\"");
        assert_output(host, "the machine was reset (by");
        /* and of one that is at work nobody says that it was reset */
        stand_in_text(host, "/cmdline",
                "forestage.region=0x200000,0x40000 forestage.run=" ORDER_ID
                " forestage.trial=" TRIAL_ID "\n");
        assert_int_equal(stand_in_run(host, "trial show --json"), 0);
        assert_output(host, "at work in this boot");
        assert_null(strstr(host->output, "the machine was reset (by"));
        assert_int_equal(stand_in_run(host, "trial show --html %s/page.html", host->root), 0);
}

/* A second one, of another kind, that stops. */
static void put_second(struct stand_in *host)
{
        json_t *plan = trial_plan_made(host);
        char *text;

        json_object_set_new(plan, "trial", json_string("7f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1"));
        json_object_set_new(plan, "mode", json_string("pvh"));
        json_object_set_new(plan, "made", json_string("2026-11-29T21:00:00Z"));
        json_object_set_new(plan, "next", json_pack("[s]", "pv"));
        text = json_dumps(plan, 0);
        stand_in_text(host,
                "/var/lib/forestage/trials/7f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1/plan.json", "%s",
                text);
        stand_in_text(host, "/var/lib/forestage/trials/7f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1/phases",
                "1 armed\n2 begin\n3 driver\n");
        free(text);
        json_decref(plan);
}

static void all_are_shown_side_by_side(void **state)
{
        struct stand_in *host = *state;
        const char *first, *second;

        put_second(host);
        stand_in_text(host, "/var/lib/forestage/trials/no-trial/plan.json", "{}");
        assert_int_equal(stand_in_run(host, "trial show --all"), 0);
        first = strstr(host->output, "6f1d2c3b pv   535.261.03   pass");
        second = strstr(host->output, "7f1d2c3b pvh  535.261.03   stopped");
        assert_true(first && second && first < second);
        assert_output(host, "13 of 13");
        assert_null(strstr(host->output, "no-trial"));
        assert_int_equal(stand_in_run(host, "trial show --all --json"), 0);
        assert_output(host, "forestage-trials/1");
        /* the last one; what was to follow does not by itself */
        assert_int_equal(stand_in_run(host, "trial show"), 0);
        assert_output(host, "to go on: forestage trial pv");
        assert_null(strstr(host->output, "other outputs"));
}

static void the_page_is_written(void **state)
{
        struct stand_in *host = *state;
        char *page;

        assert_int_equal(stand_in_run(host, "trial show --html %s/page.html", host->root), 0);
        assert_output(host, "open it in a browser");
        page = stand_in_read(host, "/page.html");
        assert_page(page, "CUDA works in this dom0");
        assert_page(page, "The ladder");
        assert_page(page, "<strong>vecadd</strong>");
        assert_page(page, "root=UUID=5f1c ro");
        assert_page(page, "default-src 'none'");
        free(page);
        assert_int_equal(stand_in_run(host, "trial show --html %s/no/page.html", host->root), 1);
}

/* --- what is given to others --- */

static const struct {
        const char *text, *clean;
} sentences[] = {
        { "GPU-1ec2f3a4-0000-4a59-9b77-8695a4b3c2d1 is lost", "[gpu] is lost" },
        { "GPU-1ec2f3a4 is lost", "[gpu] is lost" },
        { "run 6f1d2c3b-4a59-4e68-9b77-8695a4b3c2d1.", "run [uuid]." },
        { "eth0: 52:54:00:12:34:56 up", "eth0: [mac] up" },
        { "eth0: 52-54-00-AB-cd-EF", "eth0: [mac]" },
        { "from 192.168.0.17, port 5", "from [address], port 5" },
        { "fe80::1 and 2001:db8::17", "[address] and [address]" },
        { "cannot open /root/alice/libcuda.so.1: no", "cannot open [path] no" },
        { "(/home/alice)", "([path])" },
        { "Serial Number: 1320220012345, ok", "[serial], ok" },
        { "board 1320220012345", "board [number]" },
        { "S/N=ABC123 x", "[serial] x" },
        { "xcp-01 says no", "[name] says no" },
        { "XCP-01.lab.example", "[name].lab.example" },
        { "xcp-012 is another", "xcp-012 is another" },
        /* what must stay */
        { "NVRM: PAT configuration unsupported.", "NVRM: PAT configuration unsupported." },
        { "cuCtxCreate: 801 CUDA_ERROR_NOT_SUPPORTED",
                "cuCtxCreate: 801 CUDA_ERROR_NOT_SUPPORTED" },
        { "driver 610.43.02, 535.261.03", "driver 610.43.02, 535.261.03" },
        { "[   12.345678] nvidia 0000:01:00.0: irq", "[   12.345678] nvidia 0000:01:00.0: irq" },
        { "page 7 is wrong from byte 16 on: 57 of 56623104",
                "page 7 is wrong from byte 16 on: 57 of 56623104" },
        { "", "" },
};

static const char *const names[] = { "xcp-01", "", NULL };

static void sentences_are_cleaned(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
                char *clean = share_clean(sentences[i].text, names);

                assert_string_equal(clean, sentences[i].clean);
                free(clean);
        }
}

static const struct {
        const char *line, *shared;
} options[] = {
        { "dom0=pvh dom0_mem=2G,max:2G iommu=on", "dom0=pvh dom0_mem=2G,max:2G iommu=on" },
        { "root=UUID=5f1c ro quiet", "root=[value] ro quiet" },
        { "root=LABEL=root-abcdef nolvm", "root=[value] nolvm" },
        { "crashkernel=1 ip=10.0.0.2 hostname", "crashkernel=[value] ip=[value] [option]" },
        { " watchdog  swiotlb=force\n", "watchdog swiotlb=force" },
        { "forestage.guard=300 forestage.run=6f1d rdinit=/forestage-guard",
                "forestage.guard=300 forestage.run=[value] rdinit=/forestage-guard" },
        { "=x", "=[value]" },
        { "", "" },
};

static void options_are_cleaned(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
                char *shared = share_options(options[i].line);

                assert_string_equal(shared, options[i].shared);
                free(shared);
        }
}

/* Put in wherever a text may stand; none of it may come out. */
static const char *const secrets[] = { "GPU-5ec2e7a4-1111-4a59-9b77-8695a4b3c2d1",
        "5ec2e7a4-2222-4a59-9b77-8695a4b3c2d1", "52:54:00:5e:c2:e7", "10.20.30.40",
        "/home/alice/secret", "serial number 1320220099999", "1320220088888", "secrethost" };

static void plant(json_t *at, const char *secret)
{
        const char *key;
        json_t *value;
        void *next;
        size_t i;

        json_array_foreach(at, i, value) {
                if (json_is_string(value))
                        json_array_set_new(at, i, json_string(secret));
                else
                        plant(value, secret);
        }
        json_object_foreach_safe(at, next, key, value)
        {
                bool keep = strcmp(key, "schema") == 0;

                if (json_is_object(value) || json_is_array(value))
                        plant(value, secret);
                else if (!keep)
                        json_object_set_new(at, key, json_string(secret));
        }
}

static void nothing_that_names_comes_out(void **state)
{
        static const char *const own[] = { "secrethost", NULL };
        struct stand_in *host = *state;
        char *text = stand_in_read(host, TRIAL_FOLDER "/trial.json");
        json_t *outcome;

        for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
                json_t *shared;
                char *said, *planted;

                outcome = json_loads(text, 0, NULL);
                assert_non_null(outcome);
                json_object_set_new(outcome, "kernel_log", json_pack("[s]", "x"));
                json_object_set_new(outcome, "obstacle",
                        json_pack(
                                "{s:s, s:s, s:[s]}", "step", "context", "why", "x", "kernel", "x"));
                json_object_set_new(
                        outcome, "notes", json_pack("[{s:s, s:s}]", "step", "driver", "text", "x"));
                plant(outcome, secrets[i]);
                planted = json_dumps(outcome, 0);
                assert_true(strlen(planted) > 30 * strlen(secrets[i]));
                shared = share_make(outcome, own);
                said = json_dumps(shared, 0);
                if (strstr(said, secrets[i]) || strstr(said, "1320220099999") ||
                        strstr(said, "alice"))
                        fail_msg("%s came out: %s", secrets[i], said);
                assert_non_null(strstr(said, "forestage-trial-share/1"));
                free(said);
                free(planted);
                json_decref(shared);
                json_decref(outcome);
        }
        free(text);
}

/* A host may be called as a step is. */
static void words_of_ours_stay(void **state)
{
        static const char *const own[] = { "pass", "context", "pv", NULL };
        struct stand_in *host = *state;
        char *text = stand_in_read(host, TRIAL_FOLDER "/trial.json");
        json_t *outcome = json_loads(text, 0, NULL), *shared = share_make(outcome, own);
        const json_t *step = json_array_get(get_value(shared, "ladder"), 4);

        assert_string_equal(get_text(shared, "verdict"), "pass");
        assert_string_equal(get_text(shared, "mode"), "pv");
        assert_string_equal(get_text(step, "step"), "context");
        assert_string_equal(get_text(step, "status"), "pass");
        json_decref(shared);
        json_decref(outcome);
        free(text);
}

static void a_trial_is_given_away(void **state)
{
        struct stand_in *host = *state;
        char node[256], *shared;
        json_t *document;

        assert_int_equal(stand_in_run(host, "trial show --share %s/share.json", host->root), 0);
        assert_output(host, "read it before you give it away");
        shared = stand_in_read(host, "/share.json");
        document = json_loads(shared, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(document);
        assert_string_equal(get_text(document, "verdict"), "pass");
        assert_string_equal(get_text(document, "driver"), "535.261.03");
        assert_string_equal(get_text(get_value(get_value(document, "dom0"), "where"), "pat_names"),
                "WB  WC  UC- UC  WB  WP  UC- WT");
        assert_int_equal(json_array_size(get_value(document, "ladder")), 13);
        assert_non_null(strstr(shared, "\"job 3\""));
        assert_non_null(strstr(shared, "NVIDIA H100"));
        assert_non_null(strstr(shared, "root=[value] ro"));
        assert_int_equal(gethostname(node, sizeof(node)), 0);
        assert_true(strlen(node) < 6 || !strstr(shared, node));
        assert_null(strstr(shared, "vecadd"));
        assert_null(strstr(shared, "5f1c"));
        assert_null(strstr(shared, "GPU-0"));
        assert_null(strstr(shared, TRIAL_ID));
        assert_null(strstr(shared, host->root));
        json_decref(document);
        free(shared);
}

#define ARMED_TEST(name) cmocka_unit_test_setup_teardown(name, put_armed, stand_in_remove)
#define MADE_TEST(name)  cmocka_unit_test_setup_teardown(name, put_made, stand_in_remove)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(phases_are_read_up_to_what_is_torn),
                cmocka_unit_test(every_cut_is_read),
                ARMED_TEST(a_phase_is_added_behind_what_is_whole),
                ARMED_TEST(the_standing_is_true),
                ARMED_TEST(status_knows_an_armed_trial),
                ARMED_TEST(status_knows_what_the_stage_lost),
                ARMED_TEST(status_knows_what_never_began),
                ARMED_TEST(status_knows_the_boot_of_the_trial),
                ARMED_TEST(status_of_a_host_without_trials),
                MADE_TEST(a_pass_is_shown),
                MADE_TEST(a_trial_that_was_reset_is_shown),
                MADE_TEST(all_are_shown_side_by_side),
                MADE_TEST(the_page_is_written),
                cmocka_unit_test(sentences_are_cleaned),
                cmocka_unit_test(options_are_cleaned),
                MADE_TEST(nothing_that_names_comes_out),
                MADE_TEST(words_of_ours_stay),
                MADE_TEST(a_trial_is_given_away),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
