#include "initramfs/handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/file.h"
#include "initramfs/load.h"
#include "initramfs/next.h"

#define XEN_FILE    "/forestage/next/xen"
#define KERNEL_FILE "/forestage/next/vmlinuz"
#define INITRD_FILE "/forestage/next/initrd"
#define NEXT_CONF   "/forestage/next/next.conf"
#define XEN_PLAIN   "/run/xen"

#define LINE_SIZE       4096 /* both Xen and Linux cut a longer command line */
#define LOAD_DEADLINE_S 120  /* reading and placing a few hundred megabytes */

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

/* kexec-tools cannot read a compressed Xen: gives the path of a plain one. */
static bool unpack_xen(struct stage *stage, const char **ret_path)
{
        static const uint8_t gzip[2] = { 0x1f, 0x8b };
        char *argv[] = { "/bin/busybox", "sh", "-c", "exec zcat " XEN_FILE " > " XEN_PLAIN, NULL };
        uint8_t magic[2];

        if (!file_head(XEN_FILE, magic, sizeof(magic)))
                return stage_fail(stage, "%s: %s", XEN_FILE, strerror(errno));
        if (memcmp(magic, gzip, sizeof(gzip)) != 0) {
                *ret_path = XEN_FILE;
                return true;
        }
        if (!run_tool(stage, argv))
                return false;
        *ret_path = XEN_PLAIN;
        return true;
}

/* The arguments that are made from next.conf and the run, with kexec-tools' options before them. */
#define XEN_OPTION    "--command-line="
#define MODULE_OPTION "--module="

struct lines {
        char xen[LINE_SIZE + 32], dom0[LINE_SIZE + 32], initrd[64];
};

static bool make_lines(struct stage *stage, struct slice conf, struct lines *lines)
{
        struct text xen, dom0, initrd, reason;
        struct next next;

        text_init(&reason, stage->error, sizeof(stage->error));
        if (!next_parse(conf, &next, &reason))
                return false;
        text_init(&xen, lines->xen, sizeof(lines->xen));
        text_init(&dom0, lines->dom0, sizeof(lines->dom0));
        text_init(&initrd, lines->initrd, sizeof(lines->initrd));
        text_add(&xen, XEN_OPTION);
        next_xen_line(&next, &xen);
        text_add(&dom0, MODULE_OPTION);
        next_dom0_line(&next, KERNEL_FILE, &stage->line, &dom0);
        text_add(&initrd, MODULE_OPTION INITRD_FILE);
        if (xen.cut || dom0.cut)
                return stage_fail(
                        stage, "next.conf: a command line is longer than %d bytes", LINE_SIZE);
        return true;
}

static bool has_initrd(void)
{
        return access(INITRD_FILE, R_OK) == 0;
}

/* For a Xen that we cannot place: kexec-tools knows more kinds of it, and takes longer. */
static bool load_with_tools(struct stage *stage, const char *xen, struct lines *lines)
{
        /*
         * kexec_load, not kexec_file_load, which takes Linux only; not below page 1, because Xen
         * copies nothing from address 0 rightly.
         */
        char *argv[] = { "/sbin/kexec", "-c", "-l", (char *)xen, "--type=multiboot2-x86",
                "--mem-min=0x1000", "--mem-max=0xffffffff", lines->xen, lines->dom0,
                has_initrd() ? lines->initrd : NULL, NULL };

        return run_tool(stage, argv);
}

static bool load(struct stage *stage, const char *xen, struct lines *lines)
{
        const struct load load = {
                .xen = xen,
                .xen_line = lines->xen + strlen(XEN_OPTION),
                .kernel = KERNEL_FILE,
                .kernel_line = lines->dom0 + strlen(MODULE_OPTION),
                .initrd = has_initrd() ? INITRD_FILE : NULL,
        };
        char problem[STAGE_TEXT];

        if (load_xen(&load, problem, sizeof(problem)))
                return true;
        stage_say("kexec-tools has to load Xen: %s", problem);
        return load_with_tools(stage, xen, lines);
}

static bool load_next(struct stage *stage)
{
        struct lines *lines = malloc(sizeof(*lines));
        struct slice conf = { 0 };
        const char *xen = NULL;
        bool ok;

        if (!lines)
                return stage_fail(stage, "out of memory");
        ok = unpack_xen(stage, &xen);
        if (ok && !file_read(NEXT_CONF, &conf))
                ok = stage_fail(stage, "%s: %s", NEXT_CONF, strerror(errno));
        ok = ok && make_lines(stage, conf, lines) && load(stage, xen, lines);
        stage->loaded = ok;
        free((char *)conf.data);
        free(lines);
        return ok;
}

/* The kernel has its own copy now; the files' memory is the jobs'. */
static void remove_files(void)
{
        static const char *const files[] = { XEN_FILE, XEN_PLAIN, KERNEL_FILE, INITRD_FILE };

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                unlink(files[i]);
}

/*
 * The loading at work beside init. It has a stage of its own, so that only init writes events:
 * without a region it cannot.
 */
static struct {
        struct stage stage;
        pthread_t thread;
        bool started, ok;
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

bool handoff_load(struct stage *stage)
{
        if (loading.started)
                pthread_join(loading.thread, NULL);
        else
                load_beside(NULL);
        stage->loaded = loading.ok;
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
                syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
                        LINUX_REBOOT_CMD_KEXEC, NULL);
                stage_say("kexec: Xen did not start: %s", strerror(errno));
        }
        stage_say("rebooting: the next boot is a normal one");
        sleep(2); /* for whoever reads the console */
        syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART,
                NULL);
        _exit(1); /* PID 1 ends: the kernel panics, and panic= resets the machine */
}
