/* A trial in its dom0, on a stand-in host: every step, whatever becomes of the one before. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0/base/exit.h"
#include "dom0/base/json.h"
#include "dom0/trial/gpudriver.h"
#include "dom0/trial/launch.h"
#include "guard/watchdog.h"
#include "lib/sha256.h"
#include "tests/unit/dom0/trial.h"
#include "tests/unit/tap.h"

static json_t *outcome_of(const struct stand_in *host)
{
        char *text = stand_in_read(host, TRIAL_FOLDER "/trial.json");
        json_t *outcome;

        assert_non_null(text);
        outcome = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(outcome);
        free(text);
        return outcome;
}

static void assert_stops(struct stand_in *host, const char *step, const char *why)
{
        json_t *outcome = outcome_of(host), *obstacle = get_value(outcome, "obstacle");

        assert_string_equal(get_text(outcome, "verdict"), "fail");
        assert_string_equal(get_text(obstacle, "step"), step);
        if (!strstr(get_text(obstacle, "why"), why))
                fail_msg("not \"%s\" but: %s", why, get_text(obstacle, "why"));
        json_decref(outcome);
}

static char *phases_of(const struct stand_in *host)
{
        static char words[256];
        char *text = stand_in_read(host, TRIAL_FOLDER "/phases");

        *words = '\0';
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                sprintf(words + strlen(words), "%s ", strchr(line, ' ') + 1);
        free(text);
        return words;
}

static void assert_log(const struct stand_in *host, const char *text, bool there)
{
        char *log = stand_in_read(host, "/log");

        if (!!strstr(log ? log : "", text) != there)
                fail_msg("%s in the log: %s", there ? "not" : "wrongly", log);
        free(log);
}

static int put(void **state)
{
        if (stand_in_debian(state) != 0)
                return 1;
        trial_put(*state);
        launch_grace_s = 2;
        return 0;
}

#define ALL "armed begin driver ladder jobs unload collect compare end "

static void a_trial_passes(void **state)
{
        struct stand_in *host = *state;
        json_t *outcome;

        if (stand_in_run(host, "trial run") != 0)
                fail_msg("%s%s", host->output, host->errors);
        assert_string_equal(phases_of(host), ALL "pass ");
        outcome = outcome_of(host);
        assert_string_equal(get_text(outcome, "verdict"), "pass");
        assert_true(json_is_null(get_value(outcome, "obstacle")));
        assert_int_equal(json_array_size(get_value(outcome, "comparison")), 3);
        assert_string_equal(get_text(outcome, "phase"), "end");
        json_decref(outcome);
        assert_string_equal(trial_net, "set 1 600; set 1 300; ");
        assert_log(host, "--run-id " TRIAL_ID, true);
        assert_log(host, "/driver/lib\nLD_PRELOAD=\n", true);
        assert_log(host, "--preload-programs", false);
        assert_log(host, "systemctl reboot", true);
        assert_true(stand_in_has(host, TRIAL_FOLDER "/trial.html"));
        assert_true(stand_in_has(host, TRIAL_FOLDER "/dom0/run.json"));
        assert_false(stand_in_has(host, TRIAL_FOLDER "/region.bin"));
}

/* --- what is refused --- */

static void assert_refused(struct stand_in *host, int code, const char *why)
{
        *trial_net = '\0';
        if (stand_in_run(host, "trial run") != code)
                fail_msg("exit code %d: %s", host->code, host->errors);
        assert_errors(host, why);
        assert_string_equal(trial_net, "");
        assert_log(host, "forestage-run", false);
        assert_log(host, "systemctl", false);
        assert_false(stand_in_has(host, TRIAL_FOLDER "/trial.json"));
}

#define RUN_LINE "forestage.region=0x200000,0x40000 forestage.run=" ORDER_ID

static void other_boots_are_refused(void **state)
{
        struct stand_in *host = *state;
        static const struct {
                const char *line;
                int code;
                const char *why;
        } lines[] = {
                { "root=UUID=1 quiet", EXIT_USAGE, "no trial's" },
                { RUN_LINE, EXIT_USAGE, "no trial's" },
                { RUN_LINE " xforestage.trial=" TRIAL_ID, EXIT_USAGE, "no trial's" },
                { RUN_LINE " forestage.trial=", EXIT_USAGE, "is not a UUID" },
                { RUN_LINE " forestage.trial=../x", EXIT_USAGE, "is not a UUID" },
                { RUN_LINE " forestage.trial=" ORDER_ID, EXIT_FAIL, "plan.json" },
                { RUN_LINE " forestage.trial=" TRIAL_ID " forestage.trial=" ORDER_ID, EXIT_FAIL,
                        "plan.json" },
                { "forestage.trial=" TRIAL_ID, EXIT_NO_RUN, "region" },
                { "forestage.region=0x200000,0x40000 forestage.run=" TRIAL_ID
                  " forestage.trial=" TRIAL_ID,
                        EXIT_USAGE, "this boot is of run " TRIAL_ID },
        };

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                stand_in_text(host, "/cmdline", "%s\n", lines[i].line);
                assert_refused(host, lines[i].code, lines[i].why);
        }
        assert_string_equal(phases_of(host), "armed ");
}

static void it_is_made_once(void **state)
{
        static const char *const behind[] = { "begin", "driver", "jobs", "compare", "end pass" };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
                stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n2 begin\n3 %s\n", behind[i]);
                assert_refused(host, EXIT_USAGE, "has begun before");
        }
        assert_int_equal(stand_in_run(host, "trial run now"), EXIT_USAGE);
        assert_int_equal(stand_in_run(host, "trial"), EXIT_USAGE);
}

/* The line that a power cut has torn was not written; what was behind it is in its place now. */
static void a_torn_beginning_is_none(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n2 beg");
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_string_equal(phases_of(host), ALL "pass ");
}

static void a_plan_that_is_not_whole_is_refused(void **state)
{
        static const char *const keys[] = { "order", "mode", "driver", "modules", "trial_s", "jobs",
                "stay", "cached", "schema" };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                json_t *plan = trial_plan_made(host);

                json_object_del(plan, keys[i]);
                trial_put_plan(host, plan);
                assert_refused(host, EXIT_FAIL, keys[i]);
                json_decref(plan);
        }
}

/* --- the net --- */

static void without_a_net_nothing_is_tried(void **state)
{
        static const int errors[] = { EINVAL, ENOSPC, ENOSYS, EPERM };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
                stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
                trial_net_error = errors[i];
                assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
                assert_stops(host, "begin", "watchdog");
                assert_log(host, "forestage-run", false);
                assert_log(host, "systemctl reboot", true);
        }
        stand_in_delete(host, "/dev/xen/privcmd");
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
        stand_in_run(host, "trial run");
        assert_stops(host, "begin", "xen-privcmd is not loaded");
}

static int no_such_watchdog(int fd, unsigned long request, void *argument)
{
        const uint64_t *call = argument;
        const uint32_t *words = (const uint32_t *)(uintptr_t)call[2];

        (void)fd;
        (void)request;
        sprintf(trial_net + strlen(trial_net), "set %u %u; ", words[0], words[1]);
        errno = EINVAL;
        return words[0] == 1 ? -1 : words[0] == 0 ? 2 : 0;
}

/* The guard's may be gone: then there is another one, and that is the one that is set again. */
static void a_watchdog_that_is_not_set_is_made(void **state)
{
        struct stand_in *host = *state;

        xen_watchdog_call = no_such_watchdog;
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_string_equal(trial_net, "set 1 600; set 0 600; set 2 300; ");
}

static void one_that_stays_takes_the_net_away(void **state)
{
        struct stand_in *host = *state;
        json_t *plan = trial_plan_made(host);

        json_object_set_new(plan, "stay", json_true());
        trial_put_plan(host, plan);
        json_decref(plan);
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_string_equal(trial_net, "set 1 600; set 1 0; ");
        assert_log(host, "systemctl", false);
}

static void a_reboot_that_fails_leaves_the_net(void **state)
{
        struct stand_in *host = *state;

        stand_in_program(host, "systemctl", "echo no bus >&2\nexit 1\n");
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_string_equal(trial_net, "set 1 600; set 1 300; ");
        assert_errors(host, "systemctl failed (1): no bus");
}

/* --- the driver --- */

static struct {
        char text[1024];
        const char *failing; /* module: "nvidia" */
        int error;
        const char *log; /* what the kernel says then */
        struct stand_in *host;
} kernel;

static int insert(int fd, const char *parameters)
{
        char path[64], name[512], *base;
        ssize_t length;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        length = readlink(path, name, sizeof(name) - 1);
        name[length] = '\0';
        base = strrchr(name, '/') + 1;
        *strchr(base, '.') = '\0';
        sprintf(kernel.text + strlen(kernel.text), "+%s%s ", base, *parameters ? "*" : "");
        if (!kernel.failing || strcmp(kernel.failing, base) != 0)
                return 0;
        if (kernel.log)
                stand_in_text(
                        kernel.host, "/dev/kmsg", "6,0,0,-;Linux version 6.1.1\n%s", kernel.log);
        errno = kernel.error;
        return -1;
}

static const char *stuck_module;

static int take_out(const char *module)
{
        sprintf(kernel.text + strlen(kernel.text), "-%s ", module);
        errno = EBUSY;
        return stuck_module && strcmp(stuck_module, module) == 0 ? -1 : 0;
}

static int node(const char *path, unsigned major, unsigned minor)
{
        FILE *file = fopen(path, "wx");

        if (!file)
                return -1;
        fclose(file);
        sprintf(kernel.text + strlen(kernel.text), "%s:%u:%u ", strrchr(path, '/') + 1, major,
                minor);
        return 0;
}

/* A driver of three modules in the folder, and in the plan. */
static int put_driver(void **state)
{
        static const char *const names[] = { "drm", "nvidia", "nvidia-uvm" };
        json_t *plan, *modules;
        struct stand_in *host;
        uint8_t digest[SHA256_SIZE];
        char text[2 * SHA256_SIZE + 1], path[64];

        if (put(state) != 0)
                return 1;
        host = *state;
        plan = trial_plan_made(host);
        modules = get_value(plan, "modules");
        for (size_t i = 0; i < 3; i++) {
                snprintf(path, sizeof(path), "/driver/modules/%s.ko", names[i]);
                stand_in_text(host, path, "module %s", names[i]);
                snprintf(path, sizeof(path), "module %s", names[i]);
                sha256(path, strlen(path), digest);
                sha256_format(digest, text);
                json_array_append_new(
                        modules, json_pack("{s:s, s:s}", "name", names[i], "sha256", text));
        }
        trial_put_plan(host, plan);
        json_decref(plan);
        stand_in_text(host, "/driver/firmware/nvidia/535.261.03/gsp.bin", "firmware");
        stand_in_text(host, "/sys/module/firmware_class/parameters/path", "/mine\n");
        stand_in_text(host, "/proc/devices",
                "Character devices:\n195 nvidia\n237 nvidia-uvm\n\nBlock devices:\n");
        stand_in_text(host, "/proc/driver/nvidia/gpus/0000:01:00.0/information",
                "Model: NVIDIA H100\nDevice Minor: \t 0\n");
        memset(&kernel, 0, sizeof(kernel));
        kernel.host = host;
        stuck_module = NULL;
        gpudriver_calls = (struct gpudriver_calls){ insert, take_out, node, 0 };
        return 0;
}

static void the_driver_is_loaded_and_unloaded(void **state)
{
        struct stand_in *host = *state;
        char *path;

        stand_in_text(host, "/act",
                "cat \"$root/sys/module/firmware_class/parameters/path\" >>\"$root/log\"\n");
        if (stand_in_run(host, "trial run") != 0)
                fail_msg("%s", host->errors);
        assert_string_equal(kernel.text, "+drm +nvidia* +nvidia-uvm nvidiactl:195:255 "
                                         "nvidia-uvm:237:0 nvidia-uvm-tools:237:1 "
                                         "nvidia0:195:0 -nvidia_uvm -nvidia -drm ");
        assert_log(host, "/driver/firmware", true); /* while the ladder was climbed */
        path = stand_in_read(host, "/sys/module/firmware_class/parameters/path");
        assert_string_equal(path, "/mine");
        free(path);
        assert_false(stand_in_has(host, "/dev/nvidiactl"));
        assert_false(stand_in_has(host, "/dev/nvidia0"));
}

/* The kernel's empty path is written as one NUL byte: no bytes would be no write. */
static void an_empty_firmware_path_comes_back(void **state)
{
        struct stand_in *host = *state;
        struct stat status;
        char *path;

        stand_in_text(host, "/sys/module/firmware_class/parameters/path", "\n");
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        path = NULL;
        assert_true(
                asprintf(&path, "%s/sys/module/firmware_class/parameters/path", host->root) > 0);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_size, 1);
        free(path);
}

static const struct {
        const char *module;
        int error;
        const char *log, *why;
} refusals[] = {
        { "nvidia", ENODEV, "6,1,5000000,-;NVRM: No NVIDIA GPU found.\n", "found no GPU" },
        { "nvidia", ENOEXEC, "3,1,5000000,-;nvidia: version magic 'a' should be 'b'\n",
                "of another kernel" },
        { "nvidia-uvm", ENOENT, "3,1,5000000,-;nvidia_uvm: Unknown symbol x (err -2)\n",
                "misses a part of the kernel" },
        { "nvidia", EEXIST, NULL, "loaded already" },
        { "nvidia", EKEYREJECTED, NULL, "nvidia cannot be loaded" },
};

static void a_driver_that_is_not_loaded_is_the_obstacle(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
                stand_in_text(host, "/dev/kmsg", "6,0,0,-;Linux version 6.1.1\n");
                stand_in_delete(host, "/log");
                kernel.failing = refusals[i].module;
                kernel.error = refusals[i].error;
                kernel.log = refusals[i].log;
                assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
                assert_stops(host, "driver", refusals[i].why);
                assert_string_equal(phases_of(host), ALL "fail ");
                assert_log(host, "--ladder", true); /* it says what is missing */
                assert_log(host, "--jobs", false);
                assert_log(host, "systemctl reboot", true);
        }
}

/* The folder brings NVIDIA's two alone, as driver.sh --for makes it. */
static void plan_drm_of_dom0(struct stand_in *host)
{
        json_t *plan = trial_plan_made(host), *modules = get_value(plan, "modules");
        char *text = stand_in_read(host, TRIAL_FOLDER "/plan.json");
        json_t *before = json_loads(text, 0, NULL);

        json_array_extend(modules, get_value(before, "modules"));
        json_array_remove(modules, 0);
        json_object_set_new(plan, "host_modules", json_pack("[s]", "drm"));
        trial_put_plan(host, plan);
        json_decref(before);
        json_decref(plan);
        free(text);
}

static void what_the_folder_does_not_bring_is_dom0s(void **state)
{
        struct stand_in *host = *state;

        plan_drm_of_dom0(host);
        stand_in_program(host, "modprobe", "echo \"modprobe $*\" >>\"$root/log\"\n");
        if (stand_in_run(host, "trial run") != 0)
                fail_msg("%s", host->errors);
        assert_log(host, "modprobe drm\n", true);
        assert_int_equal(strncmp(kernel.text, "+nvidia* +nvidia-uvm ", 21), 0);
        assert_null(strstr(kernel.text, "-drm")); /* it is dom0's, and stays */
}

static void what_dom0_does_not_have_is_the_obstacle(void **state)
{
        struct stand_in *host = *state;

        plan_drm_of_dom0(host);
        stand_in_program(host, "modprobe", "echo 'Module drm not found' >&2\nexit 1\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "driver",
                "the driver needs drm, which its folder does not bring, and dom0's own is not "
                "loaded: modprobe failed (1): Module drm not found");
        assert_string_equal(kernel.text, "");
}

/* What nvidia.ko needs of the kernel may be there already. */
static void other_modules_may_fail(void **state)
{
        struct stand_in *host = *state;

        kernel.failing = "drm";
        kernel.error = EEXIST;
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_null(strstr(kernel.text, "-drm"));
}

static void another_module_is_not_loaded(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/driver/modules/nvidia.ko", "module nvidib");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_string_equal(kernel.text, "+drm -drm ");
        assert_stops(host, "driver", "is not the module that the trial was armed with");
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
        stand_in_delete(host, "/driver/modules/nvidia.ko");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "driver", "cannot read");
}

static void a_module_that_stays_is_noted(void **state)
{
        struct stand_in *host = *state;
        json_t *outcome;

        stuck_module = "nvidia";
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        outcome = outcome_of(host);
        assert_string_equal(
                get_text(json_array_get(get_value(outcome, "notes"), 0), "step"), "unload");
        assert_non_null(strstr(get_text(json_array_get(get_value(outcome, "notes"), 0), "text"),
                "nvidia cannot be unloaded"));
        json_decref(outcome);
}

/* --- ladder and jobs --- */

static void the_ladder_stops_and_the_jobs_run(void **state)
{
        struct stand_in *host = *state;
        json_t *ladder = trial_ladder("pass", "context", "fail", "cuCtxCreate: 801 NOT_SUPPORTED");
        char *log;

        trial_put_ladder(host, ladder, 1);
        json_decref(ladder);
        stand_in_text(host, "/act",
                "[ \"$1\" = --jobs ] || printf '4,7,8123456,-;NVRM: PAT configuration "
                "unsupported.\\n 6,8\\n' >>\"$root/dev/kmsg\"\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "context", "does not accept the page attribute table");
        assert_log(host, "--jobs", true);
        log = stand_in_read(host, TRIAL_FOLDER "/kernel.log");
        assert_string_equal(log, "[    8.123456] NVRM: PAT configuration unsupported.\n");
        free(log);
}

static const struct {
        const char *act, *step, *why;
        bool jobs; /* whether they were started */
} acts[] = {
        { "[ $1 = --jobs ] || kill -SEGV $$\n", "ladder", "signal 11", true },
        { "[ $1 = --jobs ] || exit 2\n", "ladder", "ended with 2", true },
        { "[ $1 = --jobs ] || { echo no >\"$2\"; exit 0; }\n", "ladder", "no ladder.json", true },
        { "[ $1 = --jobs ] || { sleep 60 & exit 0; }\n", "ladder", "no ladder.json", true },
        { "[ $1 = --ladder ] || kill -KILL $$\n", "jobs", "signal 9", true },
        { "[ $1 = --ladder ] || exit 4\n", "jobs", "ended with 4", true },
        { "[ $1 = --ladder ] || exit 0\n", "jobs", "no run.json", true },
        { "[ $1 = --ladder ] || { head -c 70000 \"$root/given.region\" >\"$4\"; exit 0; }\n",
                "jobs", "", true },
        { "[ $1 = --ladder ] || { cat \"$root/given.region\" >\"$4\"; exit 1; }\n", "jobs",
                "does not say", true },
};

static void whatever_a_program_does_the_end_is_reached(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
                stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
                stand_in_delete(host, TRIAL_FOLDER "/region.bin");
                stand_in_delete(host, TRIAL_FOLDER "/dom0");
                stand_in_delete(host, TRIAL_FOLDER "/ladder.json");
                stand_in_delete(host, "/log");
                stand_in_text(host, "/act", "%s", acts[i].act);
                assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
                assert_stops(host, acts[i].step, acts[i].why);
                assert_string_equal(phases_of(host), ALL "fail ");
                assert_log(host, "--jobs", acts[i].jobs);
                assert_log(host, "systemctl reboot", true);
        }
}

/* Nothing else has what could not be collected. */
static void a_region_that_is_not_whole_is_kept(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/act",
                "[ $1 = --ladder ] || { head -c 70000 \"$root/given.region\" >\"$4\"; exit 0; }\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_true(stand_in_has(host, TRIAL_FOLDER "/region.bin"));
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
        stand_in_delete(host, TRIAL_FOLDER "/dom0");
        stand_in_text(host, "/act",
                "[ $1 = --ladder ] || { cat \"$root/given.region\" >\"$4\"; exit 1; }\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_false(stand_in_has(host, TRIAL_FOLDER "/region.bin"));
}

static void no_forestage_run_is_said(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/programs/forestage-run");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "ladder", "forestage-run is not installed here");
        assert_string_equal(phases_of(host), ALL "fail ");
}

/* A deadline of seconds: what is late is killed with all it has started, wherever that has gone. */
static void what_is_late_is_killed_whole(void **state)
{
        struct stand_in *host = *state;
        json_t *plan = trial_plan_made(host);
        char *pid;

        json_object_set_new(plan, "trial_s", json_integer(8));
        trial_put_plan(host, plan);
        json_decref(plan);
        launch_grace_s = 1;
        stand_in_text(host, "/act",
                "[ $1 = --jobs ] || { trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ "
                ">\"$0/pid\"; "
                "while :; do sleep 1; done' \"$root\" & while :; do sleep 1; done; }\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "ladder", "did not end in its time");
        assert_log(host, "--jobs", true);
        pid = stand_in_read(host, "/pid");
        assert_non_null(pid);
        assert_int_equal(kill(atoi(pid), 0), -1);
        assert_int_equal(errno, ESRCH);
        free(pid);
}

static int kill_nothing(pid_t pid, int signal)
{
        (void)pid;
        (void)signal;
        return 0;
}

/* As a process that hangs in the kernel: nothing ends it. Then nothing more is started. */
static void what_cannot_be_killed_ends_the_trial(void **state)
{
        struct stand_in *host = *state;
        pid_t pid;

        launch_grace_s = 1;
        launch_kill = kill_nothing;
        stand_in_text(host, "/act", "sleep 8 & cp \"$root/ladder.given\" \"$2\"; exit 0\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        launch_kill = kill;
        assert_stops(host, "ladder", "it hangs in the kernel");
        assert_log(host, "--jobs", false);
        assert_string_equal(phases_of(host), ALL "fail ");
        assert_log(host, "systemctl reboot", true);
        while ((pid = waitpid(-1, NULL, 0)) > 0) /* it was left to us */
                ;
}

static void cached_memory_is_asked_for(void **state)
{
        struct stand_in *host = *state;
        json_t *plan = trial_plan_made(host);

        json_object_set_new(plan, "cached", json_true());
        trial_put_plan(host, plan);
        json_decref(plan);
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "ladder", "forestage-cached.so is not there");
        assert_log(host, "forestage-run", false);
        stand_in_text(host, "/usr/lib/forestage/forestage-cached.so", "shim");
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
        /* the loader says that it is none, and goes on */
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_log(host, "/usr/lib/forestage/forestage-cached.so\nINJECT=cached\n", true);
        assert_log(host, "--run-id " TRIAL_ID " --preload-programs", true);
}

/* --- the next one of --all --- */

static void put_next(struct stand_in *host, bool stay)
{
        json_t *plan = trial_plan_made(host);

        json_object_set_new(plan, "next", json_pack("[s]", "pvh"));
        json_object_set_new(plan, "cached", json_false());
        json_object_set_new(plan, "stay", json_boolean(stay));
        json_object_set_new(plan, "given",
                json_pack("{s:n, s:s, s:[s, s], s:[]}", "esp", "entry", "Debian, with Xen",
                        "xen-option", "iommu=verbose", "loglvl=all", "dom0-option"));
        trial_put_plan(host, plan);
        json_decref(plan);
        stand_in_program(host, "forestage",
                "for word; do echo \"[$word]\"; done >>\"$root/log\"\n[ ! -e \"$root/no\" ] || "
                "{ echo forestage: no room >&2; exit 1; }\n");
}

static void the_next_one_is_armed_behind_the_end(void **state)
{
        struct stand_in *host = *state;
        char *log, *armed, *reboot;

        put_next(host, false);
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_string_equal(trial_net, "set 1 600; set 1 300; set 1 300; ");
        log = stand_in_read(host, "/log");
        armed = strstr(log, "[trial]\n[pvh]\n[--driver=");
        reboot = strstr(log, "systemctl reboot");
        assert_true(armed && reboot && armed < reboot);
        assert_non_null(strstr(armed, TRIAL_FOLDER "/jobs]\n[--entry=Debian, with "
                                                   "Xen]\n[--xen-option=iommu=verbose]\n"
                                                   "[--xen-option=loglvl=all]\n[--yes]\n"));
        free(log);
}

static void one_that_is_not_armed_is_said(void **state)
{
        struct stand_in *host = *state;

        put_next(host, false);
        stand_in_text(host, "/no", "no");
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_errors(host, "the next one is not armed: forestage failed (1): forestage: no room");
        assert_log(host, "systemctl reboot", true);
        stand_in_run(host, "trial show");
        assert_output(host, "forestage trial pvh");
        assert_output(host, "'--entry=Debian, with Xen'");
}

static void none_is_armed_where_the_machine_stays(void **state)
{
        struct stand_in *host = *state;

        put_next(host, true);
        assert_int_equal(stand_in_run(host, "trial run"), 0);
        assert_log(host, "[pvh]", false);
        trial_net_error = EPERM; /* nor without a net */
        put_next(host, false);
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
        stand_in_run(host, "trial run");
        assert_log(host, "[pvh]", false);
}

/* --- the kind of dom0, the baseline --- */

static void another_kind_of_dom0_is_no_pass(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/sys/hypervisor/guest_type", "PVH\n");
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "mode", "of the kind \"pvh\", not pv");
}

static void without_a_baseline_there_is_no_pass(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/var/lib/forestage/runs/" ORDER_ID);
        assert_int_equal(stand_in_run(host, "trial run"), EXIT_FAIL);
        assert_stops(host, "baseline", "the run before Xen");
}

static void the_outcome_is_as_its_schema(void **state)
{
        struct stand_in *host = *state;
        char command[256];

        for (int i = 0; i < 2; i++) {
                stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n");
                assert_int_equal(stand_in_run(host, "trial run"), i);
                snprintf(command, sizeof(command),
                        "/usr/bin/python3 tests/schema.py docs/trial.schema.json %s" TRIAL_FOLDER
                        "/trial.json",
                        host->root);
                assert_int_equal(system(command), 0);
                stand_in_delete(host, "/programs/forestage-run");
                stand_in_delete(host, TRIAL_FOLDER "/dom0");
                stand_in_delete(host, TRIAL_FOLDER "/region.bin");
        }
        stand_in_text(host, TRIAL_FOLDER "/phases", "1 armed\n2 begin\n3 driver\n");
        assert_int_equal(stand_in_run(host, "trial show --json"), 0);
        stand_in_text(host, "/shown.json", "%s", host->output);
        snprintf(command, sizeof(command),
                "/usr/bin/python3 tests/schema.py docs/trial.schema.json %s/shown.json",
                host->root);
        assert_int_equal(system(command), 0);
}

#define TEST(name)        cmocka_unit_test_setup_teardown(name, put, stand_in_remove)
#define DRIVER_TEST(name) cmocka_unit_test_setup_teardown(name, put_driver, stand_in_remove)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                TEST(a_trial_passes),
                TEST(other_boots_are_refused),
                TEST(it_is_made_once),
                TEST(a_torn_beginning_is_none),
                TEST(a_plan_that_is_not_whole_is_refused),
                TEST(without_a_net_nothing_is_tried),
                TEST(a_watchdog_that_is_not_set_is_made),
                TEST(one_that_stays_takes_the_net_away),
                TEST(a_reboot_that_fails_leaves_the_net),
                DRIVER_TEST(the_driver_is_loaded_and_unloaded),
                DRIVER_TEST(an_empty_firmware_path_comes_back),
                DRIVER_TEST(a_driver_that_is_not_loaded_is_the_obstacle),
                DRIVER_TEST(what_the_folder_does_not_bring_is_dom0s),
                DRIVER_TEST(what_dom0_does_not_have_is_the_obstacle),
                DRIVER_TEST(other_modules_may_fail),
                DRIVER_TEST(another_module_is_not_loaded),
                DRIVER_TEST(a_module_that_stays_is_noted),
                TEST(the_ladder_stops_and_the_jobs_run),
                TEST(whatever_a_program_does_the_end_is_reached),
                TEST(a_region_that_is_not_whole_is_kept),
                TEST(no_forestage_run_is_said),
                TEST(what_is_late_is_killed_whole),
                TEST(what_cannot_be_killed_ends_the_trial),
                TEST(cached_memory_is_asked_for),
                TEST(the_next_one_is_armed_behind_the_end),
                TEST(one_that_is_not_armed_is_said),
                TEST(none_is_armed_where_the_machine_stays),
                TEST(another_kind_of_dom0_is_no_pass),
                TEST(without_a_baseline_there_is_no_pass),
                TEST(the_outcome_is_as_its_schema),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
