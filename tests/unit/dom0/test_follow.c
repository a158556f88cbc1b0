/*
 * An order for every boot and a host that is updated: what is decided, and that never what is old
 * stays armed unseen, whatever was updated, in which order, and where it is interrupted.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/base/lock.h"
#include "dom0/state/followup.h"
#include "efi/parse/order.h"
#include "efi/parse/repeat.h"
#include "lib/uuid.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/repeats.h"
#include "tests/unit/tap.h"

#define ESP          "/boot/efi/EFI/forestage"
#define IMAGE        "/usr/share/forestage/image"
#define ARMED        "/var/lib/forestage/armed.json"
#define XEN          "/boot/xen-4.17-amd64.gz"
#define GRUB         "/boot/grub/grub.cfg"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int set_up(void **state)
{
        if (stand_in_debian(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes");
}

static int set_up_xenserver(void **state)
{
        if (stand_in_xenserver(state) != 0)
                return -1;
        return stand_in_run(*state, "install --yes --method grub");
}

static void assert_same_file(
        const struct stand_in *host, const char *path, const struct stand_in *other, const char *to)
{
        char *left = stand_in_read(host, path), *right = stand_in_read(other, to);

        assert_non_null(left);
        assert_non_null(right);
        assert_string_equal(left, right);
        free(left);
        free(right);
}

/* What the next boot would start is whole, and none but this order's. */
static void assert_order(struct stand_in *host, const struct order *order)
{
        assert_string_equal(answers_order(host).run_text, order->run_text);
        assert_true(answers_order(host).every_boot);
        assert_true(stand_in_bundle_is_whole(host));
        assert_string_equal(answers_status(host, "stale"), "null");
        assert_string_equal(answers_status(host, "withdrawn"), "null");
        assert_string_equal(answers_status(host, "stopped"), "null");
}

static void assert_armed(struct stand_in *host, const struct order *order)
{
        assert_order(host, order);
        assert_false(stand_in_has(host, ESP "/draft"));
        assert_false(stand_in_has(host, ESP "/old"));
}

static struct order arm(struct stand_in *host, const char *line)
{
        if (stand_in_run(host, "%s", line) != 0)
                fail_msg("%s: %s", line, host->errors);
        return answers_order(host);
}

/* --- updates of a Debian --- */

static void new_xen(struct stand_in *host)
{
        stand_in_xen(host, XEN, "4.17.2", false);
}

static void new_kernel(struct stand_in *host)
{
        char kernel[1024] = { 0 };

        memcpy(kernel + 0x202, "HdrS", 4);
        memcpy(kernel + 900, "another", 7);
        stand_in_write(host, "/boot/vmlinuz-6.1", kernel, sizeof(kernel));
}

static void new_initrd(struct stand_in *host)
{
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD " made anew");
}

/* Exchanges a text in grub.cfg. */
static void edit_grub(struct stand_in *host, const char *from, const char *to)
{
        char *text = stand_in_read(host, GRUB), *at;

        assert_non_null(text);
        at = strstr(text, from);
        assert_non_null(at);
        stand_in_text(host, GRUB, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
        free(text);
}

static void new_xen_line(struct stand_in *host)
{
        edit_grub(host, "dom0_mem=1G", "dom0_mem=2G");
}

static void new_dom0_line(struct stand_in *host)
{
        edit_grub(host, "ro  quiet", "ro  quiet nosmt");
}

static void new_module(struct stand_in *host)
{
        stand_in_text(host, "/boot/ucode", INITRD "ucode");
        edit_grub(host, "--nounzip   /boot/initrd.img-6.1\n",
                "--nounzip   /boot/initrd.img-6.1\n\tmodule2 /boot/ucode\n");
}

/* A new kernel's entry is the default now; the one that runs stays in the menu. */
static void new_entry(struct stand_in *host)
{
        char kernel[1024] = { 0 };

        memcpy(kernel + 0x202, "HdrS", 4);
        memcpy(kernel + 900, "new", 3);
        stand_in_write(host, "/boot/vmlinuz-6.2", kernel, sizeof(kernel));
        stand_in_text(host, "/boot/initrd.img-6.2", INITRD "6.2");
        edit_grub(host, "set default=\"Debian GNU/Linux, with Xen hypervisor\"\n",
                "set default=new\nmenuentry 'Debian, new' --id new {\n"
                "\tsearch --no-floppy --fs-uuid --set=root 1\n"
                "\tmultiboot2 " XEN " dom0_mem=1G console=com1,vga com1=115200,8n1 no-real-mode "
                "edd=off\n"
                "\tmodule2 /boot/vmlinuz-6.2 root=UUID=1 ro quiet\n"
                "\tmodule2 /boot/initrd.img-6.2\n}\n");
}

static void new_application(struct stand_in *host)
{
        stand_in_text(host, IMAGE "/forestage.efi", "the application of a new package");
}

static void new_stage_kernel(struct stand_in *host)
{
        stand_in_text(host, IMAGE "/vmlinuz", "the stage's kernel, with mends");
}

static void new_driver(struct stand_in *host)
{
        stand_in_text(host, IMAGE "/initramfs.img", "the stage's image, with a new driver");
}

static void new_conf(struct stand_in *host)
{
        char *text = stand_in_read(host, ESP "/forestage.conf");

        stand_in_text(host, ESP "/forestage.conf", "%s# by hand\ncountdown=9\n",
                strstr(text, "fallback=") ? "fallback=\\EFI\\debian\\shimx64.efi\n" : "");
        free(text);
}

static const struct update {
        const char *name;
        void (*make)(struct stand_in *host);
        const char *said; /* what has changed */
        const char *of,
                *now; /* on the ESP, and the host's file that it is the copy of afterwards */
} updates[] = {
        { "Xen", new_xen, "Xen has changed since (", ESP "/next/xen", XEN },
        { "dom0's kernel", new_kernel, "dom0's kernel has changed since (", ESP "/next/vmlinuz",
                "/boot/vmlinuz-6.1" },
        { "dom0's initrd", new_initrd, "dom0's initrd has changed since (", ESP "/next/initrd",
                "/boot/initrd.img-6.1" },
        { "Xen's options", new_xen_line, "the command lines of the boot entry", NULL, NULL },
        { "dom0's options", new_dom0_line, "the command lines of the boot entry", NULL, NULL },
        { "another default", new_entry, "dom0's initrd has changed since (", ESP "/next/vmlinuz",
                "/boot/vmlinuz-6.2" },
        { "a module more", new_module, "dom0's initrd has changed since (", ESP "/next/module-2",
                "/boot/ucode" },
        { "forestage.efi", new_application, "the image of this host has changed since (",
                ESP "/forestage.efi", IMAGE "/forestage.efi" },
        { "the stage's kernel", new_stage_kernel, "the image of this host has changed since (",
                ESP "/vmlinuz", IMAGE "/vmlinuz" },
        { "the driver", new_driver, "the image of this host has changed since (",
                ESP "/initramfs.img", IMAGE "/initramfs.img" },
        { "forestage.conf", new_conf, "forestage.conf has changed since (", NULL, NULL },
};

/* A host for each update: cmocka's own one is only the first. */
static struct stand_in *another_host(void)
{
        void *host = NULL;

        assert_int_equal(set_up(&host), 0);
        return host;
}

static void forget_host(struct stand_in *host)
{
        void *state = host;

        stand_in_remove(&state);
}

/* --- following --- */

static void nothing_new_changes_nothing(void **state)
{
        static const char *const lines[] = { "follow --withdraw", "follow", "collect --once" };
        struct stand_in *host = *state;
        char *before, *after, *armed, *again;
        struct stat then, now;
        char path[160];

        arm(host, "arm --yes --every-boot");
        before = stand_in_snapshot(host);
        armed = stand_in_read(host, ARMED);
        snprintf(path, sizeof(path), "%s" ESP, host->root);
        assert_int_equal(stat(path, &then), 0);
        for (size_t i = 0; i < COUNT(lines); i++) {
                assert_int_equal(stand_in_run(host, "%s", lines[i]), 0);
                assert_string_equal(host->output, "");
                assert_string_equal(host->errors, "");
        }
        after = stand_in_snapshot(host);
        again = stand_in_read(host, ARMED);
        assert_string_equal(after, before);
        assert_string_equal(again, armed);
        assert_int_equal(stat(path, &now), 0); /* not even written and renamed to the same */
        assert_true(then.st_mtim.tv_sec == now.st_mtim.tv_sec &&
                    then.st_mtim.tv_nsec == now.st_mtim.tv_nsec);
        free(again);
        free(armed);
        free(after);
        free(before);
}

/* While it is updated, the order is off the ESP; when the host is shut down it is there again. */
static void withdrawn_and_armed_anew(void **state)
{
        (void)state;
        for (size_t i = 0; i < COUNT(updates); i++) {
                struct stand_in *host = another_host();
                struct order order = arm(host, "arm --yes --every-boot");

                print_message("# %s\n", updates[i].name);
                updates[i].make(host);
                assert_non_null(strstr(answers_status(host, "next"), updates[i].said));
                assert_non_null(strstr(answers_status(host, "next"), "the order is armed anew"));
                assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
                assert_output(host, "is withdrawn: ");
                assert_output(host, updates[i].said);
                assert_false(stand_in_has(host, ESP "/order"));
                assert_non_null(strstr(answers_status(host, "withdrawn"), updates[i].said));
                assert_non_null(strstr(answers_status(host, "note"), "is withdrawn: "));
                assert_int_equal(stand_in_run(host, "follow --withdraw"), 0); /* once is enough */
                assert_string_equal(host->output, "");
                assert_int_equal(stand_in_run(host, "follow"), 0);
                assert_output(host, "is armed anew: ");
                assert_armed(host, &order);
                if (updates[i].of)
                        assert_same_file(host, updates[i].of, host, updates[i].now);
                forget_host(host);
        }
}

/* Nobody was there to withdraw it: it follows when the host is shut down, or has come up. */
static void armed_anew_at_once(void **state)
{
        static const char *const lines[] = { "follow", "collect --once" };

        (void)state;
        for (size_t i = 0; i < COUNT(updates) * COUNT(lines); i++) {
                const struct update *update = &updates[i / COUNT(lines)];
                struct stand_in *host = another_host();
                struct order order = arm(host, "arm --yes --every-boot=follow");

                update->make(host);
                assert_int_equal(stand_in_run(host, "%s", lines[i % COUNT(lines)]), 0);
                assert_output(host, "is armed anew: ");
                assert_output(host, update->said);
                assert_armed(host, &order);
                if (update->of)
                        assert_same_file(host, update->of, host, update->now);
                forget_host(host);
        }
}

static void the_jobs_and_the_options_stay(void **state)
{
        struct stand_in *host = *state;
        char *conf, *now;

        stand_in_text(host, "/home/jobs/j.conf", "[Job]\nType=program\n[Program]\nExec=./p\n");
        stand_in_text(host, "/home/jobs/deep/er/file", "kept");
        stand_in_text(host, "/home/jobs/p", "#!/bin/sh\n");
        assert_int_equal(
                stand_in_run(host, "arm --yes --every-boot --jobs %s/home/jobs", host->root), 0);
        stand_in_delete(host, "/home/jobs");
        stand_in_text(host, "/etc/forestage/jobs/two.conf", "not what was armed");
        new_conf(host);
        conf = stand_in_read(host, ESP "/forestage.conf");
        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_true(stand_in_bundle_is_whole(host));
        assert_true(stand_in_has(host, ESP "/jobs/j.conf"));
        assert_true(stand_in_has(host, ESP "/jobs/deep/er/file"));
        assert_false(stand_in_has(host, ESP "/jobs/two.conf"));
        now = stand_in_read(host, ESP "/forestage.conf");
        assert_string_equal(now, conf);
        free(now);
        free(conf);
        assert_int_equal(stand_in_run(host, "arm --yes --every-boot=stop --no-jobs"), 0);
        assert_string_equal(answers_status(host, "updates"), "stop");
        stand_in_xen(host, XEN, "4.17.3", false);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 1);
        stand_in_xen(host, XEN, "4.17.2", false); /* taken back */
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_output(host, "what was being changed is as it was");
        assert_false(stand_in_has(host, ESP "/jobs"));
        assert_string_equal(answers_status(host, "updates"), "stop");
}

static void an_xcp_ng_whose_links_lead_elsewhere(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");

        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_string_equal(host->output, "");
        stand_in_xen(host, "/boot/xen-4.17.6.gz", "4.17.6", false);
        stand_in_delete(host, "/boot/xen.gz");
        stand_in_link(host, "xen-4.17.6.gz", "/boot/xen.gz");
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_int_equal(stand_in_run(host, "collect --once"), 0);
        assert_armed(host, &order);
        assert_same_file(host, ESP "/next/xen", host, "/boot/xen-4.17.6.gz");
        stand_in_delete(host, "/boot/xen.gz"); /* and to nothing */
        stand_in_link(host, "xen-4.17.7.gz", "/boot/xen.gz");
        assert_int_equal(stand_in_run(host, "follow"), 1);
        assert_false(stand_in_has(host, ESP "/order"));
}

/* The default that GRUB has now is the measure, not what runs; and the entry that was named. */
static void a_named_entry_stays_and_may_vanish(void **state)
{
        struct stand_in *host = *state;
        struct order order;

        edit_grub(host, "$menuentry_id_option 'xen-1'", "--id xen-1");
        order = arm(host, "arm --yes --every-boot --entry xen-1");
        new_entry(host);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_string_equal(host->output, "");
        assert_armed(host, &order);
        edit_grub(host, "--id xen-1", "--id xen-2");
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
        edit_grub(host, "--id xen-2", "--id xen-1"); /* update-grub was not done yet */
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
        edit_grub(host, "--id xen-1", "--id xen-2");
        assert_int_equal(stand_in_run(host, "follow"), 1);
        assert_errors(host, "is disarmed: --entry xen-1: no entry that starts Xen is called that");
        assert_false(stand_in_has(host, ESP "/order"));
}

/* A menu that grows moves its entries: what stands in that place now was never asked for. */
static void a_named_place_is_taken_by_another(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot --entry 1");

        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
        edit_grub(host, "menuentry 'Debian GNU/Linux, with Xen hypervisor'",
                "menuentry 'Xen, recovery' {\n\tmultiboot2 " XEN " dom0_mem=1G\n"
                "\tmodule2 /boot/vmlinuz-6.1 single\n\tmodule2 /boot/initrd.img-6.1\n}\n"
                "menuentry 'Debian GNU/Linux, with Xen hypervisor'");
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_output(host, "--entry 1: that place in the menu has \"Xen, recovery\" now");
        assert_int_equal(stand_in_run(host, "follow"), 1);
        assert_errors(host, "is disarmed: --entry 1: that place");
        assert_false(stand_in_has(host, ESP "/order"));
}

/* Where GRUB's default starts no Xen, the run's entry is known by its title. */
static void a_default_without_xen(void **state)
{
        struct stand_in *host = *state;
        struct order order;

        edit_grub(host, "set default=\"Debian GNU/Linux, with Xen hypervisor\"", "set default=0");
        order = arm(host, "arm --yes --every-boot");
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_output(host, "is armed anew: Xen has changed");
        assert_armed(host, &order);
        edit_grub(host, "with Xen hypervisor'", "and Xen'");
        assert_int_equal(stand_in_run(host, "follow"), 1);
        assert_errors(host, "is disarmed: the entry that was armed, Debian GNU/Linux, with Xen");
}

/* --- what cannot follow --- */

static void unreadable_grub(struct stand_in *host)
{
        stand_in_text(host, GRUB, "menuentry 'Xen' {\n");
}

static void no_grub(struct stand_in *host)
{
        stand_in_delete(host, GRUB);
}

static void half_a_xen(struct stand_in *host)
{
        stand_in_write(host, XEN, "\x1f\x8b\x08", 3);
}

static void no_xen(struct stand_in *host)
{
        stand_in_delete(host, XEN);
}

static void an_empty_initrd(struct stand_in *host)
{
        stand_in_text(host, "/boot/initrd.img-6.1", "%s", "");
}

static void no_room(struct stand_in *host)
{
        new_xen(host);
        stand_in_room = 1 << 10;
}

static void no_room_for_the_image(struct stand_in *host)
{
        stand_in_text(host, IMAGE "/initramfs.img", "%*d", 3 << 20, 1);
        stand_in_room = 1 << 20;
}

static void half_an_image(struct stand_in *host)
{
        new_driver(host);
        stand_in_delete(host, IMAGE "/vmlinuz");
}

/* The jobs are compared with what they will find, not with what they have found so far. */
static void an_image_without_cuda(struct stand_in *host)
{
        stand_in_image(host, IMAGE "/initramfs.img", "file=/bin/sh\n");
}

static void the_jobs_are_gone(struct stand_in *host)
{
        new_xen(host);
        stand_in_delete(host, ESP "/jobs");
}

static void a_job_is_damaged(struct stand_in *host)
{
        new_xen(host);
        stand_in_text(host, ESP "/jobs/data/in.bin", "inpux");
}

static void a_job_more(struct stand_in *host)
{
        new_xen(host);
        stand_in_text(host, ESP "/jobs/two.conf", "[Job]\nType=program\n[Program]\nExec=./t\n");
        stand_in_text(host, ESP "/jobs/t", "#!/bin/sh\n");
}

static void the_image_is_damaged(struct stand_in *host)
{
        new_xen(host);
        stand_in_text(host, ESP "/initramfs.img", "the stage's imagf");
}

static void conf_is_wrong(struct stand_in *host)
{
        stand_in_text(host, ESP "/forestage.conf", "region-size=large\n");
}

static void nothing_starts_it(struct stand_in *host)
{
        new_xen(host);
        stand_in_variable(host, "Boot0007", GLOBAL_VENDOR, NULL, 0);
}

static void secure_boot(struct stand_in *host)
{
        new_xen(host);
        stand_in_variable(host, "SecureBoot", GLOBAL_VENDOR, "\1", 1);
}

static const struct obstacle {
        const char *name;
        void (*make)(struct stand_in *host);
        const char *said;
} obstacles[] = {
        { "grub.cfg is cut off", unreadable_grub, "no entry of " },
        { "no grub.cfg", no_grub, "no GRUB configuration is at " },
        { "half a Xen", half_a_xen, XEN },
        { "no Xen", no_xen, "there is no such file" },
        { "an empty initrd", an_empty_initrd, "is empty" },
        { "no room", no_room, "too full: " },
        { "no room for the image", no_room_for_the_image, "too full: " },
        { "half an image", half_an_image, IMAGE "/vmlinuz is missing" },
        { "the new image lacks what the jobs need", an_image_without_cuda, "have 1 faults" },
        { "the jobs are gone", the_jobs_are_gone, "/jobs cannot be read" },
        { "a job is damaged", a_job_is_damaged, "are not those that were armed any more" },
        { "a job more", a_job_more, "are not those that were armed any more" },
        { "the image is damaged", the_image_is_damaged,
                "is not the one that was armed any more; first: forestage install" },
        { "forestage.conf is wrong", conf_is_wrong, "forestage.conf:1: " },
        { "nothing starts it", nothing_starts_it, "nothing would start an armed run" },
        { "Secure Boot", secure_boot, "Secure Boot is on" },
};

/* Disarmed, and said: at once, by status, and at the next boot, once. */
static void what_cannot_follow_is_disarmed_loudly(void **state)
{
        (void)state;
        for (size_t i = 0; i < COUNT(obstacles); i++) {
                struct stand_in *host = another_host();
                struct order order = arm(host, "arm --yes --every-boot");
                char said[128];

                print_message("# %s\n", obstacles[i].name);
                obstacles[i].make(host);
                assert_int_equal(stand_in_run(host, "follow"), 1);
                snprintf(said, sizeof(said),
                        "order %s for every boot is disarmed: ", order.run_text);
                assert_errors(host, said);
                assert_errors(host, obstacles[i].said);
                assert_false(stand_in_has(host, ESP "/order"));
                assert_non_null(strstr(answers_status(host, "stopped"), obstacles[i].said));
                assert_string_equal(answers_status(host, "withdrawn"), "null");
                assert_int_equal(stand_in_run(host, "collect --once"), 1);
                snprintf(said, sizeof(said),
                        "order %s for every boot was disarmed: ", order.run_text);
                assert_errors(host, said);
                assert_errors(host, obstacles[i].said);
                assert_int_equal(stand_in_run(host, "collect --once"), 0);
                assert_string_equal(host->errors, "");
                assert_int_equal(stand_in_run(host, "follow"), 0); /* and never back by itself */
                assert_false(stand_in_has(host, ESP "/order"));
                forget_host(host);
        }
}

/* Nothing is settled while an update may be under way: what is half-way is only withdrawn. */
static void half_an_update_only_withdraws(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char *grub = stand_in_read(host, GRUB);

        unreadable_grub(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_output(host, "is withdrawn: no entry of ");
        assert_false(stand_in_has(host, ESP "/order"));
        half_a_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        stand_in_text(host, GRUB, "%s", grub);
        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
        assert_same_file(host, ESP "/next/xen", host, XEN);
        free(grub);
}

static void stop_disarms_at_each_update(void **state)
{
        (void)state;
        for (size_t i = 0; i < COUNT(updates); i++) {
                struct stand_in *host = another_host();

                arm(host, "arm --yes --every-boot=stop");
                assert_output(host, "Updates:   it is disarmed after the first one");
                updates[i].make(host);
                assert_non_null(strstr(answers_status(host, "next"), "the order is disarmed"));
                if (i % 2 == 0) {
                        assert_int_equal(stand_in_run(host, "follow --withdraw"), 1);
                        assert_output(host, "it is disarmed when this host is shut down");
                        assert_false(stand_in_has(host, ESP "/order"));
                }
                assert_int_equal(stand_in_run(host, "follow"), 1);
                assert_errors(host, "is disarmed: ");
                assert_errors(host, updates[i].said);
                assert_false(stand_in_has(host, ESP "/order"));
                assert_int_equal(stand_in_run(host, "collect --once"), 1);
                assert_int_equal(stand_in_run(host, "collect --once"), 0);
                forget_host(host);
        }
}

/* An order of which nobody knows what it was made of may be as old as it likes. */
static void an_order_of_unknown_make_is_disarmed(void **state)
{
        static const char *const lines[] = { "follow --withdraw", "follow", "collect --once" };
        struct stand_in *host = *state;

        for (size_t i = 0; i < COUNT(lines); i++) {
                arm(host, "arm --yes --every-boot");
                stand_in_text(host, ESP "/order", "run=%s\nrepeat=every-boot\n", SAMPLE_RUN);
                assert_int_equal(stand_in_run(host, "%s", lines[i]), 1);
                assert_errors(host, "order " SAMPLE_RUN " for every boot is disarmed: what it was "
                                    "made of is not known here");
                assert_false(stand_in_has(host, ESP "/order"));
                arm(host, "arm --yes --every-boot");
                stand_in_delete(host, ARMED);
                assert_int_equal(stand_in_run(host, "%s", lines[i]), 1);
                assert_false(stand_in_has(host, ESP "/order"));
                assert_int_equal(stand_in_run(host, "collect --once"), i < 2); /* once more */
                assert_int_equal(stand_in_run(host, "collect --once"), 0);
        }
}

/* An order that runs once is its owner's: status tells, and nothing else happens. */
static void an_order_for_one_boot_is_left_alone(void **state)
{
        static const char *const lines[] = { "follow --withdraw", "follow", "collect --once" };
        struct stand_in *host = *state;
        char *before, *after;

        arm(host, "arm --yes");
        new_xen(host);
        before = stand_in_snapshot(host);
        for (size_t i = 0; i < COUNT(lines); i++) {
                assert_int_equal(stand_in_run(host, "%s", lines[i]), 0);
                assert_string_equal(host->output, "");
        }
        after = stand_in_snapshot(host);
        assert_string_equal(after, before);
        assert_non_null(strstr(answers_status(host, "next"), "arm again: Xen has changed"));
        free(after);
        free(before);
}

static void the_esp_is_not_there(void **state)
{
        struct stand_in *host = *state;

        arm(host, "arm --yes --every-boot");
        new_xen(host);
        stand_in_text(host, "/proc/self/mountinfo",
                "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n");
        assert_int_equal(stand_in_run(host, "follow"), 1);
        assert_errors(host, "would start what this host boots by now cannot be told: ");
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
}

/* What forestage.efi would refuse is no order to follow. */
static void an_order_that_cannot_be_read(void **state)
{
        struct stand_in *host = *state;

        arm(host, "arm --yes --every-boot");
        new_xen(host);
        stand_in_text(host, ESP "/order", "run=x\n");
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_string_equal(host->output, "");
}

/* An ESP that cannot be written to keeps the order: that is said as loudly as can be. */
static void the_order_cannot_be_removed(void **state)
{
        static const char *const lines[] = { "follow", "collect --once" };
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char path[128], said[128];

        snprintf(path, sizeof(path), "%s" ESP, host->root);
        if (mount(path, path, NULL, MS_BIND, NULL) != 0 ||
                mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) != 0)
                skip(); /* only root may */
        new_xen(host);
        snprintf(said, sizeof(said),
                "order %s for every boot could not be disarmed: the next boot starts what was "
                "armed, although ",
                order.run_text);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 1);
        for (size_t i = 0; i < COUNT(lines); i++) {
                assert_int_equal(stand_in_run(host, "%s", lines[i]), 1);
                assert_errors(host, said);
        }
        assert_int_equal(umount(path), 0);
        assert_int_equal(stand_in_run(host, "follow"), 0); /* and it follows when that is over */
        assert_armed(host, &order);
}

/* --- strikes --- */

static void set_repeat(struct stand_in *host, const struct order *order, uint32_t runs,
        unsigned strikes, char ret_run[UUID_LENGTH + 1])
{
        struct repeat repeat = { .runs = runs, .strikes = strikes };
        char text[REPEAT_LENGTH + 1];
        uint8_t run[16];

        memcpy(repeat.order_id, order->run_id, 16);
        repeat_format(&repeat, text);
        stand_in_variable(host, "ForestageRepeat", OUR_VENDOR, text, REPEAT_LENGTH);
        repeat_run_id(order->run_id, runs, run);
        uuid_format(run, ret_run);
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, ret_run, UUID_LENGTH);
}

/* What forestage.efi would count before the next run. */
static struct repeat count_of(const struct stand_in *host)
{
        char *text = stand_in_read(host, "/sys/firmware/efi/efivars/ForestageRepeat-" OUR_VENDOR);
        struct order order = answers_order(host);
        struct repeat stored;

        assert_non_null(text); /* the attributes are 7 0 0 0, and end a text */
        free(text);
        text = calloc(1, 64);
        {
                char path[192];
                int fd;

                snprintf(path, sizeof(path),
                        "%s/sys/firmware/efi/efivars/ForestageRepeat-" OUR_VENDOR, host->root);
                fd = open(path, O_RDONLY);
                assert_true(pread(fd, text, REPEAT_LENGTH, 4) == REPEAT_LENGTH);
                close(fd);
        }
        assert_true(repeat_parse(slice_of(text), &stored));
        free(text);
        return repeat_before(order.run_id, &stored, NULL);
}

static void strikes_count_on(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char run[UUID_LENGTH + 1];

        set_repeat(host, &order, 7, 1, run);
        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_int_equal(stand_in_run(host, "collect --once"), 1); /* run 7 was lost, said once */
        assert_errors(host, "has left no results");
        assert_armed(host, &order);
        assert_int_equal(count_of(host).strikes, 1);
        assert_int_equal(count_of(host).runs, 7);
        assert_int_equal(stand_in_run(host, "collect --once"), 0);
        assert_string_equal(host->errors, ""); /* that it was said is still known */
}

/* forestage.efi has removed an order with two strikes: no update brings it back. */
static void what_has_struck_out_stays_out(void **state)
{
        static const char *const lines[] = { "follow --withdraw", "follow", "collect --once" };
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char run[UUID_LENGTH + 1];

        set_repeat(host, &order, 8, 2, run);
        stand_in_delete(host, ESP "/order");
        new_xen(host);
        for (size_t i = 0; i < COUNT(lines); i++) {
                stand_in_run(host, "%s", lines[i]);
                assert_false(stand_in_has(host, ESP "/order"));
        }
        assert_non_null(strstr(answers_status(host, "note"), "disarmed itself"));
}

/*
 * That it was withdrawn is still noted where the ESP could not be written to, and forestage.efi has
 * counted meanwhile. A run that was confirmed since is no strike.
 */
static void what_was_to_come_back_may_have_struck_out(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char run[UUID_LENGTH + 1];

        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        set_repeat(host, &order, 2, 2, run);
        stand_in_run(host, "collect --once");
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_string_equal(answers_status(host, "withdrawn"), "null");
        stand_in_text(host, ESP "/handoff", "run=%s\n", run);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
}

/* --- orders that vanish --- */

static void boot_the_run(struct stand_in *host, const char *run)
{
        struct sample sample;
        int fd;

        stand_in_text(host, "/cmdline",
                "root=UUID=1 ro quiet forestage.region=0x200000,0x40000 forestage.run=%s\n", run);
        stand_in_text(
                host, "/iomem", "00001000-001fffff : System RAM\n00200000-003fffff : Reserved\n");
        sample_passed(&sample);
        fd = open(host->memory, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(pwrite(fd, sample.base, sample.size, 0x200000), sample.size);
        assert_int_equal(ftruncate(fd, 0x400000), 0);
        close(fd);
        sample_free(&sample);
}

/* A title or a path that is not UTF-8, or is cut off within a character, is a reason as any. */
static void a_reason_that_is_no_text(void **state)
{
        static const char *const titles[] = { "D\351bian", "\xff\xfe", "\xc3\xa9" };

        (void)state;
        for (size_t i = 0; i < COUNT(titles); i++) {
                struct stand_in *host = another_host();
                struct order order = arm(host, "arm --yes --every-boot");
                char entry[2048] = "set default=t\nmenuentry '";
                char *grub = stand_in_read(host, GRUB);

                for (size_t n = 0; n < (i == 2 ? 300 : 1); n++)
                        strcat(entry, titles[i]);
                strcat(entry, "' --id t {\n"
                              "\tmultiboot2 " XEN " dom0_mem=2G\n"
                              "\tmodule2 /boot/vmlinuz-6.1 root=UUID=1 ro quiet\n"
                              "\tmodule2 /boot/initrd.img-6.1\n}\n");
                edit_grub(host, "set default=\"Debian GNU/Linux, with Xen hypervisor\"\n", entry);
                assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
                assert_string_not_equal(answers_status(host, "withdrawn"), "null");
                stand_in_text(host, GRUB, "%s", grub);
                assert_int_equal(stand_in_run(host, "follow"), 0);
                assert_armed(host, &order);
                free(grub);
                forget_host(host);
        }
}

/* Where nothing can be noted, the order goes all the same; it is said then, and at the next boot.
 */
static void there_is_no_room_for_a_note(void **state)
{
        struct stand_in *host = *state;
        char path[128];

        arm(host, "arm --yes --every-boot");
        snprintf(path, sizeof(path), "%s/var/lib/forestage", host->root);
        if (mount(path, path, NULL, MS_BIND, NULL) != 0 ||
                mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) != 0)
                skip(); /* only root may */
        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 1);
        assert_errors(host, "is disarmed: cannot write ");
        assert_false(stand_in_has(host, ESP "/order"));
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
        assert_errors(host, "for every boot is gone: ");
        assert_int_equal(umount(path), 0);
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
        assert_int_equal(stand_in_run(host, "collect --once"), 0); /* noted now */
        assert_non_null(strstr(answers_status(host, "note"), "was disarmed: "));
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
}

static void cut_off(struct stand_in *host)
{
        stand_in_text(host, ESP "/order", "run=");
}

static void removed(struct stand_in *host)
{
        stand_in_delete(host, ESP "/order");
}

static void formatted(struct stand_in *host)
{
        stand_in_delete(host, ESP);
}

/* By others, or by damage: nobody would see that there are no runs any more. */
static void an_order_that_is_gone_is_missed(void **state)
{
        static void (*const ways[])(struct stand_in * host) = { cut_off, removed, formatted };

        (void)state;
        for (size_t i = 0; i < COUNT(ways); i++) {
                struct stand_in *host = another_host();
                struct order order = arm(host, "arm --yes --every-boot");
                char said[128];

                ways[i](host);
                assert_int_equal(stand_in_run(host, "collect --once"), 1);
                snprintf(said, sizeof(said), "order %s for every boot is gone: ", order.run_text);
                assert_errors(host, said);
                assert_int_equal(stand_in_run(host, "collect --once"), 0);
                assert_string_equal(host->errors, "");
                forget_host(host);
        }
}

static void no_option(struct stand_in *host)
{
        stand_in_variable(host, "Boot0007", GLOBAL_VENDOR, NULL, 0);
}

static void locked(struct stand_in *host)
{
        stand_in_variable(host, "SecureBoot", GLOBAL_VENDOR, "\1", 1);
}

static void switched_off(struct stand_in *host)
{
        stand_in_option(host, 7, "Forestage", "\\EFI\\forestage\\forestage.efi", ESP_GUID, false);
}

/* The firmware was reset, or its set-up changed: the files are as they were, and no run starts. */
static void an_order_that_nothing_starts_is_told_of(void **state)
{
        static void (*const ways[])(struct stand_in * host) = { no_option, locked, switched_off };

        (void)state;
        for (size_t i = 0; i < COUNT(ways); i++) {
                struct stand_in *host = another_host();
                struct order order = arm(host, "arm --yes --every-boot");
                char run[UUID_LENGTH + 1];

                assert_int_equal(stand_in_run(host, "collect --once"), 0);
                ways[i](host);
                for (size_t again = 0; again < 2; again++) {
                        assert_int_equal(stand_in_run(host, "collect --once"), 1);
                        assert_errors(host, "for every boot is armed, but would not start: ");
                }
                assert_int_equal(stand_in_run(host, "follow"), 0); /* which it is not about */
                assert_armed(host, &order);
                set_repeat(host, &order, 1, 1, run);
                boot_the_run(host, run); /* it did start */
                stand_in_run(host, "collect --once");
                assert_null(strstr(host->errors, "would not start"));
                forget_host(host);
        }
}

static void forget_key(struct stand_in *host, json_t *record, const char *key)
{
        char *text;

        json_object_del(record, key);
        text = json_dumps(record, 0);
        stand_in_text(host, ARMED, "%s", text);
        free(text);
}

/* What an older version has noted is less: it is told of an update, and cannot follow. */
static void an_order_of_an_older_version(void **state)
{
        static const char *const keys[] = { "image", "conf", "jobs_sha256", "title", "updates" };
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char *armed = stand_in_read(host, ARMED);
        json_t *record = json_loads(armed, 0, NULL);

        for (size_t i = 0; i < COUNT(keys); i++)
                forget_key(host, record, keys[i]);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_string_equal(answers_order(host).run_text, order.run_text);
        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_int_equal(stand_in_run(host, "follow"), 1);
        assert_errors(host, "is disarmed: it was armed by an older forestage, which has not noted");
        assert_int_equal(stand_in_run(host, "collect --once"), 1);
        assert_false(stand_in_has(host, ESP "/order"));
        json_decref(record);
        free(armed);
}

/* --- a boot from the old copy --- */

/* The power failed behind an update, before anybody saw it: the stage cannot know. */
static void a_boot_from_the_old_copy_is_said(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char run[UUID_LENGTH + 1], said[160];

        set_repeat(host, &order, 3, 1, run);
        new_xen(host);
        boot_the_run(host, run);
        stand_in_delete(host, "/sys/firmware/efi/efivars"); /* kexec: there are none */
        assert_int_not_equal(stand_in_run(host, "collect --once"), 0);
        snprintf(said, sizeof(said),
                "run %s has started this system with what was armed before an update: Xen has "
                "changed since",
                run);
        assert_errors(host, said);
        assert_output(host, "is armed anew: ");
        assert_armed(host, &order);
        assert_same_file(host, ESP "/next/xen", host, XEN);
        assert_true(stand_in_has(host, ESP "/handoff")); /* dom0 has come up all the same */
}

/* An update behind the boot is no boot from the old copy. */
static void an_update_behind_the_boot_is_none(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char run[UUID_LENGTH + 1];

        set_repeat(host, &order, 3, 1, run);
        boot_the_run(host, run);
        stand_in_run(host, "collect --once");
        assert_null(strstr(host->errors, "before an update"));
        new_xen(host);
        stand_in_run(host, "collect --once");
        assert_null(strstr(host->errors, "before an update"));
        assert_output(host, "is armed anew: ");
        assert_armed(host, &order);
}

/* --- with other verbs, and interrupted --- */

static void a_withdrawn_order_can_be_called_off(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        char said[96];

        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        snprintf(said, sizeof(said), "Disarmed: order %s, which was withdrawn, does not come back.",
                order.run_text);
        assert_output(host, said);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_int_equal(stand_in_run(host, "collect --once"), 0);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_output(host, "Nothing is armed.");
}

static void a_withdrawn_order_can_be_replaced(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");

        new_xen(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_string_not_equal(answers_order(host).run_text, order.run_text);
        order = answers_order(host);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_string_equal(answers_order(host).run_text, order.run_text);
        assert_false(answers_order(host).every_boot);
}

static void a_new_image_is_installed_by_hand(void **state)
{
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");

        new_driver(host);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 0);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
        assert_same_file(host, ESP "/initramfs.img", host, IMAGE "/initramfs.img");
}

/* An image of another folder is nobody's measure, and one that is gone has not changed. */
static void an_image_from_elsewhere_stays(void **state)
{
        struct stand_in *host = *state;
        struct order order;

        stand_in_text(host, "/root/image/forestage.efi", "own application");
        stand_in_text(host, "/root/image/vmlinuz", "own kernel");
        stand_in_text(host, "/root/image/initramfs.img", "own image");
        assert_int_equal(stand_in_run(host, "install --yes --bundle %s/root/image", host->root), 0);
        order = arm(host, "arm --yes --every-boot");
        new_driver(host);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_string_equal(host->output, "");
        assert_armed(host, &order);
        assert_same_file(host, ESP "/initramfs.img", host, "/root/image/initramfs.img");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        order = arm(host, "arm --yes --every-boot");
        stand_in_delete(host, IMAGE);
        assert_int_equal(stand_in_run(host, "follow"), 0);
        assert_armed(host, &order);
}

static void somebody_else_is_at_work(void **state)
{
        struct stand_in *host = *state;
        struct lock lock = LOCK_NONE;
        struct failure failure;
        char *before, *after;

        arm(host, "arm --yes --every-boot");
        new_xen(host);
        before = stand_in_snapshot(host);
        assert_true(lock_take(&host->host, "install", &lock, &failure));
        lock_patience = 0;
        assert_int_equal(stand_in_run(host, "follow"), 5);
        assert_int_equal(stand_in_run(host, "follow --withdraw"), 5);
        assert_int_equal(stand_in_run(host, "collect --once"), 5);
        lock_patience = 60;
        after = stand_in_snapshot(host);
        assert_string_equal(after, before);
        lock_release(&lock);
        free(after);
        free(before);
}

/*
 * Nor does anybody wait at a shutdown for what is nobody's concern. A withdrawal does: what is
 * being armed there may be older than the update.
 */
static void somebody_else_is_at_work_and_nothing_is_armed(void **state)
{
        static const char *const lines[] = { "follow", "follow --withdraw" };
        struct stand_in *host = *state;
        struct lock lock = LOCK_NONE;
        struct failure failure;

        for (size_t i = 0; i < 2 * COUNT(lines); i++) {
                bool unknown = i >= COUNT(lines); /* its order on the ESP may be an old one */
                bool waits = unknown || i == 1;

                if (unknown)
                        stand_in_text(
                                host, ESP "/order", "run=%s\nrepeat=every-boot\n", SAMPLE_RUN);
                assert_true(lock_take(&host->host, "install", &lock, &failure));
                lock_patience = 0;
                assert_int_equal(stand_in_run(host, "%s", lines[i % COUNT(lines)]), waits ? 5 : 0);
                lock_patience = 60;
                lock_release(&lock);
                if (!waits)
                        assert_string_equal(host->errors, "");
        }
}

/* Who is about to arm is not disturbed by a service that sees install's own change. */
static void nothing_armed_takes_no_lock(void **state)
{
        static const char *const lines[] = { "follow", "follow --withdraw" };
        struct stand_in *host = *state;
        struct lock_view before, after;

        lock_look(&host->host, &before);
        for (size_t i = 0; i < COUNT(lines); i++)
                assert_int_equal(stand_in_run(host, "%s", lines[i]), 0);
        lock_look(&host->host, &after);
        assert_false(lock_disturbed(&before, &after));
}

static long microseconds_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Runs `follow` in a process of its own, which is killed after so many microseconds. */
static bool killed_after(struct stand_in *host, long microseconds)
{
        struct timespec pause = { microseconds / 1000000, microseconds % 1000000 * 1000 };
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
                stand_in_run(host, "follow");
                _exit(0);
        }
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFSIGNALED(status);
}

static void update_all(struct stand_in *host, long number)
{
        char version[32];

        snprintf(version, sizeof(version), "4.18.%ld", number);
        stand_in_xen(host, XEN, version, false);
        if (number % 3 == 0)
                stand_in_text(host, IMAGE "/initramfs.img", "driver %ld", number);
}

/*
 * Wherever it is cut off: armed whole, or not at all; once withdrawn never the old one; and it
 * comes back.
 */
static void interrupted_anywhere(void **state)
{
        const long rounds = (long)repeats(16, 40);
        struct stand_in *host = *state;
        struct order order = arm(host, "arm --yes --every-boot");
        long start, whole;
        unsigned kills = 0, ended = 0;

        update_all(host, rounds);
        start = microseconds_now();
        assert_int_equal(stand_in_run(host, "follow"), 0);
        whole = microseconds_now() - start;
        for (long i = 0; i < rounds; i++) {
                update_all(host, i);
                if (i % 2 == 0)
                        stand_in_run(host, "follow --withdraw");
                if (killed_after(host, whole * 3 * i / rounds))
                        kills++;
                else
                        whole = whole * 3 / 4; /* it was measured as something else took time */
                if (stand_in_has(host, ESP "/order")) {
                        assert_true(stand_in_bundle_is_whole(host));
                        ended += i % 2 == 0;
                        if (i % 2 == 0)
                                assert_same_file(host, ESP "/next/xen", host, XEN);
                }
                assert_int_equal(stand_in_run(host, "collect --once"), 0);
                assert_order(host, &order); /* old/ may be left: the next arm removes it */
                assert_same_file(host, ESP "/next/xen", host, XEN);
                assert_same_file(host, ESP "/initramfs.img", host, IMAGE "/initramfs.img");
        }
        print_message("# killed %u times of %ld, and %u times too late\n", kills, rounds, ended);
        assert_true(kills > rounds / 8);
}

static void wrong_usage(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "arm --yes --every-boot=never"), 2);
        assert_errors(host, "--every-boot=never is none of follow, stop");
        assert_int_equal(stand_in_run(host, "arm --yes --every-boot follow"), 2);
        assert_int_equal(stand_in_run(host, "arm --yes --every-boot="), 2);
        assert_int_equal(stand_in_run(host, "arm --yes --every-boot --every-boot=stop"), 2);
        assert_int_equal(stand_in_run(host, "follow now"), 2);
        assert_false(stand_in_has(host, ESP "/order"));
}

/* --- the decision --- */

#define N FOLLOWUP_NOTHING
#define B FOLLOWUP_BACK
#define W FOLLOWUP_WITHDRAW
#define A FOLLOWUP_ARM
#define D FOLLOWUP_DISARM

/* By what it would start (same, differs, unknown), for follow and for stop. */
static const struct row {
        bool has_order, known, withdrawn, over;
        enum followup follow[3], stop[3];
} rows[] = {
        /* nothing is there */
        { false, false, false, false, { N, N, N }, { N, N, N } },
        { false, false, false, true, { N, N, N }, { N, N, N } },
        { false, true, false, false, { N, N, N }, { N, N, N } },
        { false, true, false, true, { N, N, N }, { N, N, N } },
        /* nobody knows what it was made of */
        { true, false, false, false, { D, D, D }, { D, D, D } },
        { true, false, false, true, { D, D, D }, { D, D, D } },
        { true, false, true, false, { D, D, D }, { D, D, D } },
        { true, false, true, true, { D, D, D }, { D, D, D } },
        { false, false, true, false, { N, N, N }, { N, N, N } },
        { false, false, true, true, { N, N, N }, { N, N, N } },
        /* it is there */
        { true, true, false, false, { N, W, W }, { N, W, W } },
        { true, true, false, true, { N, A, D }, { N, D, D } },
        /* there again, or not yet gone when the power failed */
        { true, true, true, false, { B, W, W }, { B, W, W } },
        { true, true, true, true, { B, A, D }, { B, D, D } },
        /* withdrawn */
        { false, true, true, false, { N, N, N }, { N, N, N } },
        { false, true, true, true, { A, A, D }, { A, D, D } },
};

static void every_case_is_decided(void **state)
{
        (void)state;
        assert_int_equal(COUNT(rows), 16); /* all that there are */
        for (size_t i = 0; i < COUNT(rows) * 6; i++) {
                const struct row *row = &rows[i / 6];
                struct followup_facts facts = { row->has_order, row->known, row->withdrawn,
                        i % 2 ? ARMED_STOP : ARMED_FOLLOW, (enum followup_sight)(i % 6 / 2),
                        row->over };
                enum followup expected = (i % 2 ? row->stop : row->follow)[i % 6 / 2];

                if (followup_decide(&facts) != expected)
                        fail_msg("row %zu, %s, sight %zu: %d, not %d", i / 6,
                                i % 2 ? "stop" : "follow", i % 6 / 2, followup_decide(&facts),
                                expected);
                if (facts.has_order && facts.sight != FOLLOWUP_SAME) /* the promise */
                        assert_true(expected != N && expected != B);
        }
}

#define TEST(name)      cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)
#define XENSERVER(name) cmocka_unit_test_setup_teardown(name, set_up_xenserver, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_case_is_decided),
                TEST(nothing_new_changes_nothing),
                cmocka_unit_test(withdrawn_and_armed_anew),
                cmocka_unit_test(armed_anew_at_once),
                TEST(the_jobs_and_the_options_stay),
                XENSERVER(an_xcp_ng_whose_links_lead_elsewhere),
                TEST(a_named_entry_stays_and_may_vanish),
                TEST(a_named_place_is_taken_by_another),
                TEST(a_default_without_xen),
                cmocka_unit_test(what_cannot_follow_is_disarmed_loudly),
                TEST(half_an_update_only_withdraws),
                cmocka_unit_test(stop_disarms_at_each_update),
                TEST(an_order_of_unknown_make_is_disarmed),
                TEST(an_order_for_one_boot_is_left_alone),
                TEST(the_esp_is_not_there),
                TEST(an_order_that_cannot_be_read),
                TEST(the_order_cannot_be_removed),
                TEST(strikes_count_on),
                TEST(what_has_struck_out_stays_out),
                TEST(what_was_to_come_back_may_have_struck_out),
                cmocka_unit_test(a_reason_that_is_no_text),
                TEST(there_is_no_room_for_a_note),
                cmocka_unit_test(an_order_that_is_gone_is_missed),
                cmocka_unit_test(an_order_that_nothing_starts_is_told_of),
                TEST(an_order_of_an_older_version),
                TEST(a_boot_from_the_old_copy_is_said),
                TEST(an_update_behind_the_boot_is_none),
                TEST(a_withdrawn_order_can_be_called_off),
                TEST(a_withdrawn_order_can_be_replaced),
                TEST(a_new_image_is_installed_by_hand),
                TEST(an_image_from_elsewhere_stays),
                TEST(somebody_else_is_at_work),
                TEST(somebody_else_is_at_work_and_nothing_is_armed),
                TEST(nothing_armed_takes_no_lock),
                TEST(interrupted_anywhere),
                TEST(wrong_usage),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
