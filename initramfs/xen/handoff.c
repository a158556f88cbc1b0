#include "initramfs/xen/handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "efi/layout/payload.h"
#include "initramfs/stage/consoles.h"
#include "initramfs/stage/file.h"
#include "initramfs/stage/physical.h"
#include "initramfs/xen/display.h"
#include "initramfs/xen/load.h"
#include "initramfs/xen/next.h"

#define BUNDLE    "/forestage/"
#define XEN_FILE  BUNDLE "next/xen"
#define NEXT_CONF BUNDLE "next/next.conf"
#define XEN_PLAIN "/run/xen"

#define LINE_SIZE       4096 /* both Xen and Linux cut a longer command line */
#define LOAD_DEADLINE_S 120  /* reading and placing a few hundred megabytes */
#define LINGER_S        1

/* The last line that a program printed, for an error message. */
static void last_line(struct capture *capture, char *ret_line, size_t size)
{
        size_t end = capture->length, start, length;

        while (end > 0 && capture->text[end - 1] == '\n')
                end--;
        for (start = end; start > 0 && capture->text[start - 1] != '\n'; start--)
                ;
        length = end - start < size - 1 ? end - start : size - 1;
        memcpy(ret_line, capture->text ? capture->text + start : "", length);
        ret_line[length] = '\0';
}

/* Runs a program that must end with exit code 0; otherwise stage->error says what it printed. */
static bool run_tool(struct stage *stage, char *const argv[])
{
        struct capture capture = { 0 };
        struct outcome outcome;
        char line[128];

        if (!child_run(argv, NULL, LOAD_DEADLINE_S, false, &outcome, &capture))
                return stage_fail(stage, "%s: %s", argv[0], strerror(errno));
        last_line(&capture, line, sizeof(line));
        free(capture.text);
        if (outcome.exited && outcome.exit_code == 0)
                return true;
        if (outcome.deadline)
                return stage_fail(stage, "%s took longer than %d s", argv[0], LOAD_DEADLINE_S);
        return stage_fail(stage, "%s: %s %d: %s", argv[0], outcome.exited ? "exit code" : "signal",
                outcome.exited ? outcome.exit_code : outcome.signal, line);
}

/* --- Xen --- */

struct xen {
        void *bytes;
        size_t size;
};

static bool is_compressed(const struct xen *xen)
{
        static const uint8_t gzip[2] = { 0x1f, 0x8b };

        return xen->size > sizeof(gzip) && memcmp(xen->bytes, gzip, sizeof(gzip)) == 0;
}

static bool map_xen(struct stage *stage, const char *path, struct xen *ret_xen)
{
        return file_map(path, &ret_xen->bytes, &ret_xen->size) ||
               stage_fail(stage, "%s: %s", path, strerror(errno));
}

static void unmap_xen(struct xen *xen)
{
        if (xen->bytes)
                munmap(xen->bytes, xen->size);
        *xen = (struct xen){ 0 };
}

/* Without compression: scripts that make bundles take it away, and others may not. */
static bool read_xen(struct stage *stage, struct xen *xen)
{
        char *argv[] = { "/bin/busybox", "sh", "-c", "exec zcat " XEN_FILE " > " XEN_PLAIN, NULL };

        if (!map_xen(stage, XEN_FILE, xen))
                return false;
        if (!is_compressed(xen))
                return true;
        unmap_xen(xen);
        return run_tool(stage, argv) && map_xen(stage, XEN_PLAIN, xen);
}

/* The arguments that are made from next.conf and the run, with kexec-tools' options before them. */
#define XEN_OPTION    "--command-line="
#define MODULE_OPTION "--module="

/* A module's name is a file only for kexec-tools, which takes nothing else. Xen does not look at
 * it. */
#define MODULE(name) MODULE_OPTION BUNDLE name

static char *const module_options[MODULES_MAX] = { MODULE("next/vmlinuz"), MODULE("next/module-1"),
        MODULE("next/module-2"), MODULE("next/module-3"), MODULE("next/module-4"),
        MODULE("next/module-5"), MODULE("next/module-6"), MODULE("next/module-7") };

static const char *module_file(size_t number)
{
        return module_options[number] + strlen(MODULE_OPTION);
}

struct lines {
        char xen[LINE_SIZE + 32], dom0[LINE_SIZE + 32];
};

static bool make_lines(struct stage *stage, struct slice conf, struct lines *lines)
{
        struct text xen, dom0, reason;
        char problem[STAGE_TEXT];
        struct next next;

        text_init(&reason, problem, sizeof(problem));
        if (!next_parse(conf, &next, &reason))
                return stage_fail(stage, "%s", problem);
        text_init(&xen, lines->xen, sizeof(lines->xen));
        text_init(&dom0, lines->dom0, sizeof(lines->dom0));
        text_add(&xen, XEN_OPTION);
        next_xen_line(&next, &xen);
        text_add(&dom0, MODULE_OPTION);
        next_dom0_line(&next, module_file(0), &stage->line, &dom0);
        if (xen.cut || dom0.cut)
                return stage_fail(
                        stage, "next.conf: a command line is longer than %d bytes", LINE_SIZE);
        return true;
}

/* --- dom0's kernel and the other modules, where forestage.efi has left them --- */

static bool read_payload(struct stage *stage, struct payload *ret_payload)
{
        char problem[STAGE_TEXT];
        _cleanup_slice_ struct slice content = { 0 };
        struct text reason;

        if (!file_read(BUNDLE PAYLOAD_FILE, &content))
                return stage_fail(stage, "%s: %s", BUNDLE PAYLOAD_FILE, strerror(errno));
        text_init(&reason, problem, sizeof(problem));
        return payload_parse(content, ret_payload, &reason) || stage_fail(stage, "%s", problem);
}

static bool map_part(
        struct stage *stage, const struct payload_part *part, const char *line, struct load *load)
{
        const void *bytes;

        bytes = physical_map_reading(part->address, part->size);
        if (!bytes)
                return stage_fail(stage, "/dev/mem at 0x%llx: %s",
                        (unsigned long long)part->address, strerror(errno));
        load->modules[load->module_count++] =
                (struct load_module){ bytes, part->address, part->size, line };
        return true;
}

static bool map_payload(struct stage *stage, const struct lines *lines, struct load *load)
{
        struct payload payload;

        if (!read_payload(stage, &payload) ||
                !map_part(stage, &payload.modules[0], lines->dom0 + strlen(MODULE_OPTION), load))
                return false;
        for (size_t i = 1; i < payload.count; i++)
                if (!map_part(stage, &payload.modules[i], module_file(i), load))
                        return false;
        return true;
}

static void unmap_payload(const struct load *load)
{
        for (size_t i = 0; i < load->module_count; i++)
                munmap((void *)load->modules[i].bytes, load->modules[i].size);
}

/* --- loading --- */

/* For a Xen that we cannot place: kexec-tools knows more kinds of it, and takes longer. */
static bool load_with_tools(struct stage *stage, const struct load *load, struct lines *lines)
{
        /*
         * kexec_load, not kexec_file_load, which takes Linux only; not below page 1, because Xen
         * copies nothing from address 0 rightly.
         */
        char *argv[8 + MODULES_MAX + 1] = { "/sbin/kexec", "-c", "-l", XEN_PLAIN,
                "--type=multiboot2-x86", "--mem-min=0x1000", "--mem-max=0xffffffff", lines->xen,
                lines->dom0 };

        if (!file_write(XEN_PLAIN, load->xen, load->xen_size))
                return stage_fail(stage, "%s: %s", XEN_PLAIN, strerror(errno));
        for (size_t i = 0; i < load->module_count; i++) {
                if (!file_write(module_file(i), load->modules[i].bytes, load->modules[i].size))
                        return stage_fail(stage, "%s: %s", module_file(i), strerror(errno));
                if (i > 0)
                        argv[8 + i] = module_options[i];
        }
        return run_tool(stage, argv);
}

/* What Xen was given, for the event: `screen` is its place, or why there is none. */
static json_t *describe(const struct load *load, const char *no_screen)
{
        json_t *detail = json_pack("{s:i}", "modules", (int)load->module_count);

        if (no_screen)
                json_object_set_new(detail, "no_screen", json_string(no_screen));
        else
                json_object_set_new(detail, "screen",
                        json_sprintf("%ux%u at 0x%x", load->screen->width, load->screen->height,
                                load->screen->base));
        return detail;
}

static bool load(struct stage *stage, const struct xen *xen, struct lines *lines)
{
        struct screen screen;
        const char *no_screen = display_find(&screen);
        struct load load = {
                .xen = xen->bytes,
                .xen_size = xen->size,
                .xen_line = lines->xen + strlen(XEN_OPTION),
                .screen = no_screen ? NULL : &screen,
        };
        char problem[STAGE_TEXT];
        bool ok = map_payload(stage, lines, &load);

        if (ok && !load_xen(&load, problem, sizeof(problem))) {
                stage_say("kexec-tools has to load Xen: %s", problem);
                no_screen = "kexec-tools tells Xen of none";
                ok = load_with_tools(stage, &load, lines);
        }
        unmap_payload(&load);
        stage->detail = describe(&load, no_screen);
        return ok;
}

static bool load_next(struct stage *stage)
{
        _cleanup_free_ struct lines *lines = malloc(sizeof(*lines));
        _cleanup_slice_ struct slice conf = { 0 };
        struct xen xen = { 0 };
        bool ok;

        if (!lines)
                return stage_fail(stage, "out of memory");
        ok = read_xen(stage, &xen);
        if (ok && !file_read(NEXT_CONF, &conf))
                ok = stage_fail(stage, "%s: %s", NEXT_CONF, strerror(errno));
        ok = ok && make_lines(stage, conf, lines) && load(stage, &xen, lines);
        stage->loaded = ok;
        unmap_xen(&xen);
        return ok;
}

/* The kernel has its own copy now; the files' memory is the jobs'. */
static void remove_files(void)
{
        unlink(XEN_FILE);
        unlink(XEN_PLAIN);
        for (size_t i = 0; i < MODULES_MAX; i++)
                unlink(module_file(i));
}

/*
 * The loading at work beside init. It has a stage of its own, so that only init writes events:
 * without a region it cannot.
 */
static struct {
        struct stage stage;
        pthread_t thread;
        bool started, joined, ok;
} loading;

static void *load_beside(void *nothing)
{
        loading.ok = load_next(&loading.stage);
        return nothing;
}

void handoff_start(const struct stage *stage)
{
        loading.stage.line = stage->line;
        loading.started = pthread_create(&loading.thread, NULL, load_beside, NULL) == 0;
}

bool handoff_linger(struct stage *stage)
{
        struct timespec end;

        (void)stage;
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_sec += LINGER_S;
        loading.joined = loading.started && pthread_timedjoin_np(loading.thread, NULL, &end) == 0;
        return true;
}

bool handoff_is_at_work(const struct stage *stage)
{
        (void)stage;
        return !loading.joined;
}

bool handoff_load(struct stage *stage)
{
        if (!loading.started)
                load_beside(NULL);
        else if (!loading.joined)
                pthread_join(loading.thread, NULL);
        stage->loaded = loading.ok;
        stage->detail = loading.stage.detail;
        if (!loading.ok)
                return stage_fail(stage, "%s", loading.stage.error);
        remove_files();
        return true;
}

_Noreturn void handoff_go(const struct stage *stage)
{
        sync();
        if (stage->must_reset)
                stage_say("the GPU driver could not be unloaded: Xen needs a reset first");
        if (stage->loaded && !stage->must_reset) {
                stage_say("kexec: starting Xen");
                consoles_close();
                syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
                        LINUX_REBOOT_CMD_KEXEC, NULL);
                stage_say("kexec: Xen did not start: %s", strerror(errno));
        }
        stage_say("rebooting: the next boot is a normal one");
        consoles_close();
        sleep(2); /* for whoever reads the console */
        syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART,
                NULL);
        _exit(1); /* PID 1 ends: the kernel panics, and panic= resets the machine */
}
