#include "tests/unit/dom0/trial.h"

#include <errno.h>
#include <stdio.h>

#include "dom0/base/verb.h"
#include "dom0/trialresult/obstacle.h"
#include "guard/watchdog.h"
#include "tests/unit/tap.h"

char trial_net[512];
int trial_net_error;

static int record_net(int fd, unsigned long request, void *argument)
{
        const uint64_t *call = argument;
        const uint32_t *words = (const uint32_t *)(uintptr_t)call[2];
        size_t length = strlen(trial_net);

        (void)fd;
        (void)request;
        assert_int_equal(call[0], 29);
        assert_int_equal(call[1], 6);
        snprintf(trial_net + length, sizeof(trial_net) - length, "set %u %u; ", words[0], words[1]);
        errno = trial_net_error;
        return trial_net_error ? -1 : 0;
}

void trial_use_net(void)
{
        *trial_net = '\0';
        trial_net_error = 0;
        xen_watchdog_call = record_net;
}

json_t *trial_plan_made(const struct stand_in *host)
{
        json_error_t error;
        json_t *plan = json_pack_ex(&error, 0,
                "{s:s, s:s, s:s, s:s, s:b, s:b, s:s+, s:s, s:[], s:i, s:s, s:s, s:s, s:s, s:s, "
                "s:s, "
                "s:s, s:i, s:i, s:s, s:s, s:[]}",
                "schema", "forestage-trial-plan/1", "trial", TRIAL_ID, "order", ORDER_ID, "mode",
                "pv", "cached", 0, "stay", 0, "driver", host->root, "/driver", "driver_version",
                "535.261.03", "modules", "jobs", 3, "entry", "Xen", "xen_options",
                "dom0_mem=2G,max:2G watchdog", "dom0_options", "panic=10", "host_xen_options",
                "dom0_mem=2G", "host_dom0_options", "root=UUID=5f1c ro", "kernel", "6.1.1", "xen",
                "/boot/xen.gz", "boot_s", 300, "trial_s", 600, "made", "2026-11-29T20:00:00Z",
                "version", "0", "next");

        if (!plan)
                fail_msg("%s", error.text);
        return plan;
}

static void put_json(struct stand_in *host, const char *path, const json_t *document)
{
        char *text = json_dumps(document, JSON_INDENT(2));

        stand_in_write(host, path, text, strlen(text));
        free(text);
}

void trial_put_plan(struct stand_in *host, const json_t *plan)
{
        put_json(host, TRIAL_FOLDER "/plan.json", plan);
}

json_t *trial_ladder(
        const char *status, const char *odd, const char *odd_status, const char *odd_reason)
{
        json_t *steps = json_array();
        bool of_gpu = false;

        for (size_t i = 0; obstacle_steps[i]; i++) {
                bool is_odd = odd && strcmp(odd, obstacle_steps[i]) == 0;

                of_gpu = of_gpu || strcmp(obstacle_steps[i], "context") == 0;
                json_array_append_new(
                        steps, json_pack("{s:s, s:s, s:s, s:f, s:s?, s:{}, s:o}", "step",
                                       obstacle_steps[i], "title", "a step", "status",
                                       is_odd ? odd_status : status, "seconds", 0.25, "reason",
                                       is_odd ? odd_reason : NULL, "figures", "device",
                                       of_gpu ? json_integer(0) : json_null()));
        }
        return json_pack("{s:s, s:b, s:o, s:s?}", "schema", "forestage-ladder/1", "rehearsal", 0,
                "steps", steps, "obstacle", odd);
}

static void put_region(struct stand_in *host, const char *path)
{
        struct sample sample;

        sample_passed(&sample);
        stand_in_write(host, path, sample.base, sample.size);
        sample_free(&sample);
}

json_t *trial_run_document(struct stand_in *host, const char *id)
{
        json_t *document;

        put_region(host, "/given.region");
        assert_int_equal(
                stand_in_run(host, "collect --json --region %s/given.region", host->root), 0);
        document = json_loads(host->output, 0, NULL);
        assert_non_null(document);
        json_object_set_new(document, "run_id", json_string(id));
        return document;
}

static const char forestage_run[] =
        "printf '%s\\n' \"forestage-run $*\" \"LD_LIBRARY_PATH=$LD_LIBRARY_PATH\" "
        "\"LD_PRELOAD=$LD_PRELOAD\" \"INJECT=$INJECT\" >>\"$root/log\"\n"
        "[ ! -e \"$root/act\" ] || . \"$root/act\"\n"
        "case $1 in\n"
        "--ladder) cat \"$root/ladder.given\" >\"$2\"; exit \"$(cat \"$root/ladder.code\")\" ;;\n"
        "--jobs) cat \"$root/given.region\" >\"$4\" ;;\n"
        "esac\n";

void trial_put_ladder(struct stand_in *host, const json_t *ladder, int code)
{
        put_json(host, "/ladder.given", ladder);
        stand_in_text(host, "/ladder.code", "%d", code);
}

void trial_put(struct stand_in *host)
{
        json_t *plan = trial_plan_made(host), *run = trial_run_document(host, ORDER_ID);
        json_t *ladder = trial_ladder("pass", NULL, NULL, NULL);

        trial_use_net();
        trial_put_plan(host, plan);
        put_json(host, "/var/lib/forestage/runs/" ORDER_ID "/run.json", run);
        trial_put_ladder(host, ladder, 0);
        stand_in_text(host, TRIAL_FOLDER "/phases", "1764446400 armed\n");
        stand_in_text(host, TRIAL_FOLDER "/jobs/vecadd.conf", "[Job]\n");
        stand_in_text(host, "/driver/lib/libcuda.so.1", "library");
        stand_in_text(host, "/cmdline",
                "root=UUID=1 forestage.region=0x200000,0x40000 forestage.run=" ORDER_ID
                " forestage.trial=" TRIAL_ID " forestage.guard=300\n");
        stand_in_text(host, "/dev/xen/privcmd", " ");
        stand_in_text(host, "/dev/kmsg", "6,0,0,-;Linux version 6.1.1\n");
        stand_in_text(host, "/sys/hypervisor/type", "xen\n");
        stand_in_text(host, "/sys/hypervisor/guest_type", "PV\n");
        stand_in_text(host, "/sys/hypervisor/version/major", "4\n");
        stand_in_text(host, "/sys/hypervisor/version/minor", "17\n");
        stand_in_program(host, "forestage-run", forestage_run);
        stand_in_program(host, "systemctl", "echo \"systemctl $*\" >>\"$root/log\"\n");
        json_decref(plan);
        json_decref(run);
        json_decref(ladder);
}
