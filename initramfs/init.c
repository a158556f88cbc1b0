/*
 * PID 1 of the stage. It does one step after another, records each, and ends in Xen whatever
 * happened on the way; it resets the machine only when Xen cannot be loaded, or the
 * GPU's driver does not let go of the GPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "efi/parse/conf.h"
#include "efi/parse/order.h"
#include "initramfs/driver/driver.h"
#include "initramfs/driver/fabric.h"
#include "initramfs/driver/switches.h"
#include "initramfs/jobs.h"
#include "initramfs/stage/confine.h"
#include "initramfs/stage/consoles.h"
#include "initramfs/stage/event.h"
#include "initramfs/stage/file.h"
#include "initramfs/stage/phase.h"
#include "initramfs/stage/physical.h"
#include "initramfs/stage/stage.h"
#include "initramfs/stage/watchdog.h"
#include "initramfs/store/claim.h"
#include "initramfs/store/inputs.h"
#include "initramfs/xen/handoff.h"
#include "lib/uuid.h"
#include "lib/why.h"
#include "store/kept.h"

#define JOBS_FOLDER "/forestage/jobs"
#define CONF_FILE   "/forestage/forestage.conf"
#define ORDER_FILE  "/forestage/order"
#define RUNNER      "/bin/forestage-run"

/* Room that jobs may not fill: the closing events, logs in part and the RUN record. */
#define CLOSING_ROOM (64u << 10)

#define KLOG_READ_ALL 3
#define KLOG_SIZE     10

static const struct {
        const char *type, *target, *options;
} mounts[] = {
        { "proc", "/proc", NULL },
        { "sysfs", "/sys", NULL },
        { "devtmpfs", "/dev", NULL },
        { "tmpfs", "/run", "mode=0755" },
        { "tmpfs", "/tmp", "mode=1777" },
        { "tmpfs", "/dev/shm", "mode=1777" },
};

static bool mount_all(struct stage *stage)
{
        for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
                mkdir(mounts[i].target, 0755);
                if (mount(mounts[i].type, mounts[i].target, mounts[i].type, MS_NOSUID,
                            mounts[i].options) < 0)
                        return stage_fail(stage, "%s: %s", mounts[i].target, strerror(errno));
        }
        return true;
}

/* The image holds no device nodes, so the kernel could not open the console for us. */
static void open_console(void)
{
        int fd = open("/dev/console", O_RDWR);

        if (fd < 0)
                return;
        for (int i = 0; i <= STDERR_FILENO; i++)
                dup2(fd, i);
        if (fd > STDERR_FILENO)
                close(fd);
}

static bool read_command_line(struct stage *stage)
{
        struct bootline_error error = { 0 };
        _cleanup_slice_ struct slice text = { 0 };

        if (!file_read("/proc/cmdline", &text))
                return stage_fail(stage, "/proc/cmdline: %s", strerror(errno));
        return bootline_parse(text.data, text.length, &stage->line, &error) ||
               stage_fail(stage, "command line: %s %s", error.parameter, error.problem);
}

static bool find_region(struct stage *stage)
{
        struct memory_range range = stage->line.region;
        enum region_error error;
        void *mapping;

        if (!stage->line.has_region || !stage->line.has_run)
                return stage_fail(stage,
                        "command line: forestage.region= or forestage.run= is missing: "
                        "this kernel was not started by forestage.efi");
        mapping = physical_map(range.address, range.size);
        if (!mapping)
                return stage_fail(stage, "/dev/mem at 0x%llx: %s",
                        (unsigned long long)range.address, strerror(errno));
        /* forestage.efi has just made it: nothing is dirty behind its records */
        error = region_writer_find(mapping, range.size, &stage->writer);
        if (error != REGION_OK)
                return stage_fail(stage, "region: %s", region_strerror(error));
        if (memcmp(stage->writer.run_id, stage->line.run_id, sizeof(stage->line.run_id)) != 0)
                return stage_fail(stage, "region: it belongs to another run");
        stage->region = mapping;
        stage->writer.keep_free = CLOSING_ROOM;
        region_set_state(&stage->writer, REGION_RUNNING);
        return true;
}

static void record_start(struct stage *stage)
{
        char uuid[UUID_LENGTH + 1];
        _cleanup_slice_ struct slice line = { 0 };
        struct utsname kernel;

        uname(&kernel);
        uuid_format(stage->line.run_id, uuid);
        stage_say("Linux %s, run %s", kernel.release, uuid);
        file_read("/proc/cmdline", &line);
        event_add(stage, "stage.init",
                json_pack("{s:s, s:s%}", "kernel", kernel.release, "cmdline",
                        line.data ? line.data : "", slice_trim(line).length));
}

/* What was started is said, and first in the region, whether there is one or not. */
static bool open_region(struct stage *stage)
{
        bool ok = find_region(stage);

        record_start(stage);
        return ok;
}

static void set_hand_off(struct stage *stage, enum hand_off hand_off)
{
        stage->config.keep = hand_off != HAND_OFF_KEXEC;
        stage->config.reset = hand_off == HAND_OFF_RESET;
}

/* What the order says takes the place of what forestage.conf does. */
static bool read_order(struct stage *stage)
{
        _cleanup_slice_ struct slice text = { 0 };
        char problem[STAGE_TEXT];
        struct text reason;
        struct order order;

        text_init(&reason, problem, sizeof(problem));
        if (!file_read(ORDER_FILE, &text))
                return stage_fail(stage, "%s: %s", ORDER_FILE, strerror(errno));
        if (!order_parse(text, &order, &reason))
                return stage_fail(stage, "%s", problem);
        if (order.has_hand_off)
                set_hand_off(stage, order.hand_off);
        return true;
}

static bool read_config(struct stage *stage)
{
        _cleanup_slice_ struct slice text = { 0 };
        char problem[STAGE_TEXT];
        struct text reason;
        struct conf conf;
        bool ok;

        conf_defaults(&conf);
        text_init(&reason, problem, sizeof(problem));
        if (!file_read(CONF_FILE, &text) && errno != ENOENT)
                return stage_fail(stage, "%s: %s", CONF_FILE, strerror(errno));
        ok = conf_parse(text.data ? text : SLICE(""), &conf, &reason);
        stage->config.deadline_s = conf.deadline;
        stage->config.concurrency = conf.concurrency;
        stage->config.rescue = conf.rescue;
        stage->config.store_above = conf.store_above;
        set_hand_off(stage, conf.hand_off);
        return ok ? read_order(stage) : stage_fail(stage, "%s", problem);
}

/* Lives as long as this kernel: a GPU that does not answer leaves a thread behind. */
static struct driver driver;
static struct fabric fabric;

/*
 * After the runner, which has written with a writer of its own. One that came to its end by itself
 * left nothing behind its last record; to read all that is free would cost as much as a pass over
 * it.
 */
static bool reopen_region(struct stage *stage, bool ended_well)
{
        uint64_t size = stage->line.region.size;
        enum region_error error = ended_well
                                          ? region_writer_find(stage->region, size, &stage->writer)
                                          : region_writer_open(stage->region, size, &stage->writer);

        return error == REGION_OK;
}

/* As long as this kernel: its map and its disk. */
static struct claim claim = { .fd = -1 };
static struct inputs inputs = { .control = -1 };

/* What the runner alone keeps open of init's. */
static bool confine_runner(void)
{
        return confine_self() && (claim.fd < 0 || fcntl(claim.fd, F_SETFD, 0) == 0) &&
               (inputs.control < 0 || fcntl(inputs.control, F_SETFD, 0) == 0);
}

/*
 * Large files go behind the room that the run itself is kept in, if it is. A store that has no more
 * than that takes none: then they go into the region, as without a store.
 */
static uint64_t room_of_files(const struct stage *stage)
{
        return stage->config.keep ? kept_room(stage->line.region.size) : STORE_BLOCK;
}

static bool has_room_of_files(const struct stage *stage)
{
        return claim.fd >= 0 && claim.map.results > room_of_files(stage) &&
               claim.map.results - room_of_files(stage) >= REGION_MIN_SIZE;
}

/* Of the options of the runner; empty: there is nothing to say. */
static void describe_inputs(char option[STAGE_TEXT + 32])
{
        if (*inputs.lost)
                snprintf(option, STAGE_TEXT + 32, "--no-inputs=%s", inputs.lost);
        else if (inputs.control >= 0)
                snprintf(option, STAGE_TEXT + 32, "--inputs=%d,%s", inputs.control, CLAIM_FILE);
        else
                *option = '\0';
}

/* What the runner has put there is told by records that are sealed after this. */
static bool settle_store(struct stage *stage)
{
        return claim.fd < 0 || fsync(claim.fd) == 0 ||
               stage_fail(stage, "the store's disk did not write: %s", strerror(errno));
}

/* The runner writes into the region through its own mapping while it lives. */
static bool run_jobs(struct stage *stage)
{
        char range[64], concurrency[32], store[64], above[48], given[STAGE_TEXT + 32];
        char word[32];
        char *argv[12] = { RUNNER, "--jobs", JOBS_FOLDER, "--region", range, "--keep-open" };
        size_t words = 6;
        const char *refusal = jobs_refusal(stage, driver.silent || fabric.stuck);
        struct capture capture = { 0 };
        json_t *detail;
        bool ok;

        if (refusal)
                return stage_fail(stage, "%s", refusal);
        mkdir(JOBS_FOLDER, 0700); /* an order may come without jobs */
        snprintf(range, sizeof(range), "0x%llx,0x%llx",
                (unsigned long long)stage->line.region.address,
                (unsigned long long)stage->line.region.size);
        snprintf(concurrency, sizeof(concurrency), "--concurrency=%u", stage->config.concurrency);
        snprintf(store, sizeof(store), "--store=%d,%llu,%s", claim.fd,
                (unsigned long long)room_of_files(stage), CLAIM_FILE);
        snprintf(above, sizeof(above), "--store-above=%llu",
                (unsigned long long)stage->config.store_above);
        if (stage->config.concurrency > 1)
                argv[words++] = concurrency;
        if (has_room_of_files(stage)) {
                argv[words++] = store;
                argv[words++] = above;
        }
        describe_inputs(given);
        if (*given)
                argv[words++] = given;
        snprintf(word, sizeof(word), "--fabric=%s", fabric_word(fabric.state));
        if (fabric.state != FABRIC_UNTOLD)
                argv[words++] = word;
        event_add(stage, "runner.start", NULL);
        stage->jobs_began = true;
        ok = child_run(
                argv, confine_runner, stage->config.deadline_s, true, &stage->runner, &capture);
        fabric_end(&fabric_places, &fabric);
        child_sweep();
        if (!reopen_region(stage, ok && stage->runner.exited))
                return stage_fail(stage, "the region cannot be written any more");
        stage->writer.keep_free = CLOSING_ROOM / 2;
        if (!ok)
                return stage_fail(stage, "%s: %s", RUNNER, strerror(errno));
        stage->ran = true;
        detail = stage->runner.exited ? json_pack("{s:i}", "exit_code", stage->runner.exit_code)
                                      : json_pack("{s:i}", "signal", stage->runner.signal);
        if (stage->runner.deadline)
                json_object_set_new(detail, "deadline", json_true());
        event_add(stage, "runner.end", detail);
        fabric_tell(stage, &fabric_places, &fabric);
        event_file(stage, "stage/runner.log", capture.text ? capture.text : "", capture.length);
        free(capture.text);
        return settle_store(stage) && jobs_ended(stage, RUNNER) &&
               inputs_are_sound(stage, &claim, &inputs);
}

#define WATCHDOG_PERIOD_S 60
#define WATCHDOG_SLACK_S  600 /* for all that is not the jobs */

static struct watchdog watchdog = { .fd = -1 };

/* From here on a machine that stops is reset, and so is one whose jobs do not come to an end. */
static bool start_watchdog(struct stage *stage)
{
        watchdog_load(WATCHDOG_MODULES);
        if (watchdog_start(&watchdog, WATCHDOG_DEVICE, WATCHDOG_PERIOD_S,
                    (unsigned int)stage->config.deadline_s + WATCHDOG_SLACK_S)) {
                event_add(stage, "stage.watchdog_on",
                        json_pack("{s:s, s:i}", "name", watchdog.name, "period_s",
                                watchdog.period_s));
                return true;
        }
        return errno == ENOENT || errno == ENODEV || errno == ENXIO ||
               stage_fail(stage, "%s: %s", WATCHDOG_DEVICE, strerror(errno));
}

static bool load_driver(struct stage *stage)
{
        return driver_load(stage, &driver);
}

static bool start_fabric(struct stage *stage)
{
        return fabric_start(stage, &fabric_places, &fabric);
}

static const struct disks_place disks = { "/sys/block", "/dev" };

static bool find_store(struct stage *stage)
{
        char why[WHY_SIZE];

        confine_nodes(); /* whatever becomes of it, there may be disks from now on */
        disks_load(DISKS_FOLDER);
        if (!claim_make(stage, CLAIM_FILE, &disks, CLAIM_PATIENCE_S, &claim)) {
                snprintf(inputs.lost, sizeof(inputs.lost), "%s", stage->error);
                return false;
        }
        return !stage->config.keep || kept_clear(&claim.pen, why) || stage_fail(stage, "%s", why);
}

static bool map_inputs(struct stage *stage)
{
        return inputs_map(stage, &claim, JOBS_FOLDER, &inputs);
}

/* Nobody can record what becomes of it: the record is what is kept. */
static void keep(const struct stage *stage)
{
        const struct region_writer *writer = &stage->writer;
        char why[WHY_SIZE];

        if (!stage->config.keep)
                return;
        if (claim.fd < 0)
                stage_say("the run is not kept: there is no store");
        else if (kept_write(&claim.pen, writer->run_id, stage->region, stage->line.region.size,
                         writer->offset, why))
                stage_say("kept in the store: %llu bytes", (unsigned long long)writer->offset);
        else
                stage_say("the run is not kept: %s", why);
}

/* A run that is kept can pass without: that Xen cannot be loaded is told, and no more than that. */
static bool load_next(struct stage *stage)
{
        bool loaded = handoff_load(stage);

        stage->loaded = loaded && !stage->config.reset;
        return loaded || stage->config.reset; /* of what nobody wants, nothing is told */
}

/*
 * Before the jobs: what they could otherwise do as root that would reach past their own run. When
 * it cannot be taken away, they do not run.
 */
static bool confine(struct stage *stage)
{
        bool has_driver = driver.module_count > 0;

        if (access(PHASE_MODULE, F_OK) == 0)
                phase_wait(); /* it may load that, and will not be able to any more */
        disks_hide(&disks);   /* a kernel may have drivers of disks built in */
        if (!confine_helpers())
                return stage_fail(stage, "helper programs of the kernel: %s", strerror(errno));
        /* a kernel that knows no modules has no such switch */
        if (!has_driver && !confine_modules() && errno != ENOENT)
                return stage_fail(stage, "kernel.modules_disabled: %s", strerror(errno));
        stage->confined = true;
        event_add(stage, "stage.modules", json_pack("{s:b}", "disabled", !has_driver));
        return true;
}

static bool leave_driver(struct stage *stage)
{
        bool left;

        fabric_end(&fabric_places, &fabric); /* where no job was started */
        fabric_tell(stage, &fabric_places, &fabric);
        left = driver_leave(stage, &driver);

        stage->must_reset = driver.stuck;
        return left;
}

static bool save_kernel_log(struct stage *stage)
{
        int size = klogctl(KLOG_SIZE, NULL, 0), length;
        _cleanup_free_ char *text = size > 0 ? malloc((size_t)size) : NULL;

        if (!text)
                return stage_fail(stage, "the kernel log cannot be read");
        length = klogctl(KLOG_READ_ALL, text, size);
        if (length > 0)
                event_file(stage, "stage/kernel.log", text, (size_t)length);
        return length > 0 || stage_fail(stage, "the kernel log is empty");
}

static bool seal(struct stage *stage)
{
        if (!stage->region)
                return stage_fail(stage, "no region to seal");
        stage->writer.keep_free = 0;
        event_add(stage, "stage.seal", NULL);
        if (!event_run(stage) || region_seal(&stage->writer) != REGION_OK)
                return stage_fail(stage, "the region could not be sealed");
        physical_flush(stage->region, stage->line.region.size);
        stage_say("sealed: %llu records, %llu bytes", (unsigned long long)stage->writer.number,
                (unsigned long long)(stage->writer.offset - REGION_HEADER_SIZE));
        keep(stage);
        return true;
}

static bool announce_acpi(struct stage *stage)
{
        const char *problem = physical_announce_ebda(stage->line.ebda);

        return problem == NULL ||
               stage_fail(stage, "0x%llx: %s", (unsigned long long)stage->line.ebda, problem);
}

/* --- when a phase applies --- */

static bool has_driver(const struct stage *stage)
{
        (void)stage;
        return access(DRIVER_FOLDER "/order", F_OK) == 0;
}

/* Without the driver it would only fail, and so it would with a GPU that hangs. */
static bool has_switches(const struct stage *stage)
{
        (void)stage;
        return driver.module_count > 0 && !driver.silent &&
               switches_count(fabric_places.devices) > 0;
}

static bool has_store(const struct stage *stage)
{
        (void)stage;
        return access(CLAIM_FILE, F_OK) == 0;
}

static bool has_inputs(const struct stage *stage)
{
        (void)stage;
        return claim.fd >= 0 && claim.map.input_count > 0;
}

static bool has_jobs(const struct stage *stage)
{
        (void)stage;
        return access(JOBS_FOLDER, F_OK) == 0;
}

static bool is_stuck(const struct stage *stage)
{
        return stage->must_reset;
}

static bool can_kexec(const struct stage *stage)
{
        return stage->loaded && !stage->must_reset;
}

static bool has_nothing_loaded(const struct stage *stage)
{
        return !stage->loaded && !stage->must_reset;
}

/*
 * In this order, each whatever became of the one before. The event of a step says how it went; the
 * phase is for the case that nobody comes back to tell. Each phase is a write to flash, which takes
 * its time: there is none for a step that has nothing to do.
 */
static const struct step {
        const char *event; /* NULL: nothing to tell */
        const char *phase; /* NULL: still the one before */
        bool (*run)(struct stage *stage);
        bool (*applies)(const struct stage *stage); /* whether the phase does; NULL: always */
        bool closes; /* the region: no event can be written behind it */
        bool rare;   /* without its phase there is no such step, and no event of it */
} steps[] = {
        { .event = "stage.region", .run = open_region }, /* its phase: phase_start */
        { .event = "stage.config", .run = read_config },
        { .event = "stage.watchdog", .run = start_watchdog },
        { "stage.driver", "driver", load_driver, has_driver, false, false },
        { "stage.fabric", "fabric", start_fabric, has_switches, false, true },
        { "stage.store", "store", find_store, has_store, false, true },
        { "stage.inputs", NULL, map_inputs, has_inputs, false, true },
        { .run = handoff_linger },
        { "stage.kexec_load", "kexec_load", load_next, handoff_is_at_work, false, false },
        { .event = "stage.confine", .run = confine },
        { "stage.jobs", "jobs", run_jobs, has_jobs, false, false },
        { "stage.driver_left", "driver_leave", leave_driver, has_driver, false, false },
        /* the way out begins */
        { .phase = "driver_stuck", .applies = is_stuck },
        { .phase = "kexec", .applies = can_kexec },
        { .phase = "reset", .applies = has_nothing_loaded },
        { .event = "stage.acpi", .run = announce_acpi },
        { .event = "stage.kernel_log", .run = save_kernel_log },
        { .event = "stage.sealed", .run = seal, .closes = true },
};

static void note_failure(struct stage *stage, const char *event)
{
        stage_say("%s: %s", event, stage->error);
        if (!stage->failed)
                snprintf(stage->problem, sizeof(stage->problem), "%s: %s", event, stage->error);
        stage->failed = true;
}

/* What the event of a step that is done holds. */
static json_t *take_detail(struct stage *stage, bool ok)
{
        json_t *detail = stage->detail;

        stage->detail = NULL;
        if (ok)
                return detail;
        json_decref(detail);
        return json_pack("{s:s}", "error", stage->error);
}

static void run_step(struct stage *stage, const struct step *step)
{
        bool ok;

        if (step->rare && !step->applies(stage))
                return;
        if (step->phase && (!step->applies || step->applies(stage)))
                phase_enter(step->phase);
        stage->error[0] = '\0';
        ok = !step->run || step->run(stage);
        if (!ok)
                note_failure(stage, step->event);
        if (step->event && !step->closes)
                event_add(stage, step->event, take_detail(stage, ok));
}

/*
 * Once jobs have run, the shell is a program from a root that they could write, and so are those
 * that it starts: it then has the rights that a job had, and no more.
 */
static void become_shell(bool jobs_began)
{
        char *argv[] = { "/bin/busybox", "sh", "-i", NULL };

        if (jobs_began && !confine_self())
                _exit(CHILD_UNCONFINED);
        setsid();
        open_console(); /* a descriptor that waits, for a shell that does not know another kind */
        execve(argv[0], argv, child_environment);
        _exit(CHILD_NOT_STARTED);
}

static void rescue(struct stage *stage)
{
        pid_t child;

        if (!stage->failed || !stage->config.rescue)
                return;
        consoles_close();
        stage_say("rescue=yes: a shell; leave it with exit to go on");
        child = fork();
        if (child == 0)
                become_shell(stage->jobs_began);
        if (child > 0)
                waitpid(child, NULL, 0);
}

int main(void)
{
        static struct stage stage; /* all zero: nothing done yet */

        if (getpid() != 1) {
                fprintf(stderr, "forestage: this is the stage's init; it only runs as PID 1\n");
                return 2;
        }
        mount_all(&stage);
        open_console();
        consoles_open(CONSOLES_ACTIVE);
        reboot(RB_DISABLE_CAD);
        if (stage.error[0] != '\0')
                note_failure(&stage, "stage.mount");
        if (!read_command_line(&stage))
                note_failure(&stage, "stage.cmdline");
        handoff_start(&stage);
        if (stage.line.has_run)
                phase_start(stage.line.run_id, "region");
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
                run_step(&stage, &steps[i]);
        if (stage.failed && stage.config.rescue)
                watchdog_leave(&watchdog, true); /* somebody is there */
        rescue(&stage);
        if (!watchdog_leave(&watchdog, can_kexec(&stage)))
                stage_say("the hardware watchdog %s cannot be switched off", watchdog.name);
        handoff_go(&stage);
}
