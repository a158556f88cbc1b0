/* Which file system is the EFI system partition, and what lies under it: verbs on stand-ins. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0/host/esp.h"
#include "dom0/host/partition.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define ESP       "/boot/efi/EFI/forestage"
#define MOUNTINFO "/proc/self/mountinfo"
#define RUN       "01234567-89ab-4def-8123-456789abcdef"
#define ROOT_FS   "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
#define EFI_FS    "35 30 8:1 / /boot/efi rw,relatime shared:2 - vfat /dev/sda1 rw,fmask=0077\n"
/* The ESP of the stand-in before anybody has looked into it. */
#define ASLEEP                                                                     \
        ROOT_FS "30 22 0:34 / /boot/efi rw,relatime shared:14 - autofs systemd-1 " \
                "rw,fd=51,pgrp=1,timeout=120,minproto=5,maxproto=5,direct\n"
#define SECOND_GUID      "22222222-2222-4222-8222-222222222222"
#define SECOND_IN_OPTION "\x22\x22\x22\x22\x22\x22\x22\x42\x82\x22\x22\x22\x22\x22\x22\x22"

static void assert_holds_file(const struct stand_in *host, const char *path, const char *expected)
{
        char *text = stand_in_read(host, path);

        if (!text)
                fail_msg("%s is not there", path);
        assert_string_equal(text, expected);
        free(text);
}

/* What a dom0 sees that a run has started. */
static void boot_a_run(struct stand_in *host)
{
        stand_in_delete(host, "/sys/firmware");
        stand_in_text(host, "/cmdline",
                "root=UUID=1 forestage.region=0x40000000,0x4000000 forestage.run=" RUN
                " acpi_rsdp=0x9f000\n");
}

/* --- automounts --- */

/*
 * Stands for the kernel's autofs and systemd: once the folder `watched` is opened, `before` is
 * mounted over by what `after` says. Returns its process.
 */
static pid_t automount(struct stand_in *host, const char *watched, const char *after)
{
        char path[128], ready;
        int pipes[2];
        pid_t child;

        assert_int_equal(pipe(pipes), 0);
        snprintf(path, sizeof(path), "%s%s", host->root, watched);
        child = fork();
        if (child == 0) {
                int watch = inotify_init();
                char event[512];

                if (inotify_add_watch(watch, path, IN_OPEN) < 0 || write(pipes[1], "x", 1) != 1 ||
                        read(watch, event, sizeof(event)) <= 0)
                        _exit(1);
                signal(SIGTERM, SIG_IGN); /* it is opened: this comes to its end */
                stand_in_text(host, "/new", "%s", after);
                snprintf(path, sizeof(path), "%s/new", host->root);
                snprintf(event, sizeof(event), "%s" MOUNTINFO, host->root);
                _exit(rename(path, event) == 0 ? 0 : 1);
        }
        assert_int_equal(read(pipes[0], &ready, 1), 1);
        close(pipes[0]);
        close(pipes[1]);
        return child;
}

static void finish(pid_t child)
{
        int status;

        kill(child, SIGTERM); /* when nobody has opened anything */
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void an_automount_is_triggered(void **state)
{
        static const char *const verbs[] = { "install --yes", "doctor", "arm --yes", "status",
                "disarm", "arm --yes --esp /boot/efi", "arm --yes --every-boot", "collect --once",
                "uninstall --yes --dry-run" };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                pid_t child;

                if (strcmp(verbs[i], "collect --once") == 0)
                        boot_a_run(host);
                stand_in_text(host, MOUNTINFO, ASLEEP);
                child = automount(host, "/boot/efi", ASLEEP EFI_FS);
                stand_in_run(host, "%s", verbs[i]);
                finish(child);
                if (strstr(host->output, "no EFI system") || strstr(host->errors, "EFI system"))
                        fail_msg("%s: %s%s", verbs[i], host->output, host->errors);
        }
        assert_holds_file(host, ESP "/handoff", "run=" RUN "\n");
        assert_true(stand_in_has(host, ESP "/order"));
}

/* The ESP is below what is mounted on demand: /boot itself, or a link leads there. */
static void an_automount_above_the_esp_is_triggered(void **state)
{
        struct stand_in *host = *state;
        pid_t child;

        stand_in_text(host, MOUNTINFO,
                ROOT_FS "30 22 0:34 / /boot rw shared:14 - autofs systemd-1 rw,direct\n");
        child = automount(host, "/boot/efi",
                ROOT_FS "30 22 0:34 / /boot rw shared:14 - autofs systemd-1 rw,direct\n"
                        "31 30 8:2 /boot /boot rw - ext4 /dev/sda2 rw\n" EFI_FS);
        assert_int_equal(stand_in_run(host, "install --yes --dry-run"), 0);
        finish(child);
        assert_output(host, "write ");
        assert_output(host, ESP "/forestage.efi");

        stand_in_link(host, "boot/efi", "/efi");
        stand_in_text(host, MOUNTINFO, ASLEEP);
        child = automount(host, "/boot/efi", ASLEEP EFI_FS);
        assert_int_equal(stand_in_run(host, "install --yes --dry-run --esp /efi"), 0);
        finish(child);
}

static void an_automount_that_mounts_nothing_is_named(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        stand_in_text(host, MOUNTINFO, ASLEEP);
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, "no EFI system partition could be mounted at /boot/efi: an automount");
        assert_int_equal(stand_in_run(host, "arm --yes --esp /boot/efi/"), 1);
        assert_errors(host, "--esp /boot/efi/: an automount is there, and it mounts nothing");
        assert_int_equal(stand_in_run(host, "status"), 1);
        assert_output(host, "could be mounted at /boot/efi: an automount");
}

/* --- the confirmation --- */

static void a_run_that_cannot_be_confirmed_is_told_of(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        boot_a_run(host);
        stand_in_text(host, MOUNTINFO, ROOT_FS);
        stand_in_run(host, "collect --once");
        assert_errors(host, "warning: the EFI system partition does not say that dom0 has come up");
        assert_errors(host, "no EFI system partition is mounted at /boot/efi, /efi or /boot");
        stand_in_text(host, MOUNTINFO, ASLEEP);
        stand_in_run(host, "collect --once");
        assert_errors(host, "warning: the EFI system partition does not say");
        assert_errors(host, "an automount is there");
        stand_in_run(host, "collect");
        assert_errors(host, "warning: the EFI system partition does not say");
        stand_in_delete(host, "/var/lib/forestage/backup");
        stand_in_run(host, "collect --once");
        assert_errors(host, "warning: the EFI system partition does not say");
        stand_in_run(host, "collect"); /* no trace of an installation, and nobody's boot */
        assert_null(strstr(host->errors, "warning"));
        stand_in_text(host, MOUNTINFO, ROOT_FS EFI_FS);
        stand_in_text(host, ESP "/handoff/in-the-way", "a folder where the file is to be");
        stand_in_run(host, "collect --once");
        assert_errors(host, "warning: the EFI system partition does not say");
        stand_in_delete(host, ESP "/handoff");
        stand_in_run(host, "collect --once");
        assert_null(strstr(host->errors, "warning"));
        assert_holds_file(host, ESP "/handoff", "run=" RUN "\n");
}

/* --- by any name --- */

static void the_esp_has_many_names(void **state)
{
        static const char *const names[] = { "/boot/efi", "/boot/efi/", "//boot/efi", "/boot//efi",
                "/boot/./efi/.", "/boot/efi/../efi", "/link", "/link/", "/boot/efi/EFI/.." };
        struct stand_in *host = *state;

        stand_in_link(host, "boot/efi", "/link");
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (stand_in_run(host, "install --dry-run --esp %s", names[i]) != 0)
                        fail_msg("%s: %s", names[i], host->errors);
                assert_output(host, ESP "/forestage.efi"); /* under one name, whichever was given */
        }
}

static void the_esp_has_relative_names(void **state)
{
        static const char *const places[][2] = { { "", "boot/efi" }, { "", "./boot/efi/" },
                { "/boot/efi", "." }, { "/boot", "efi" }, { "/boot/efi/EFI", ".." },
                { "/boot/efi/EFI/debian", "../../../efi" } };
        struct stand_in *host = *state;
        char folder[160], back[256];

        assert_non_null(getcwd(back, sizeof(back)));
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                snprintf(folder, sizeof(folder), "%s%s", host->root, places[i][0]);
                assert_int_equal(chdir(folder), 0);
                if (stand_in_run(host, "install --dry-run --esp %s", places[i][1]) != 0)
                        fail_msg("%s in %s: %s", places[i][1], places[i][0], host->errors);
                assert_int_equal(chdir(back), 0);
        }
}

static void other_folders_are_no_esp(void **state)
{
        static const char *const rows[][2] = {
                { "/boot/efi/EFI", "nothing is mounted there" },
                { "/boot", "nothing is mounted there" },
                { "/", "not FAT" },
                { "/nowhere", "No such file or directory" },
                { "/boot/bound", "only a folder of a file system is mounted there" },
        };
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/bound/EFI/x", "x");
        stand_in_text(host, MOUNTINFO,
                ROOT_FS EFI_FS "36 22 8:1 /EFI/debian /boot/bound rw - vfat /dev/sda1 rw\n");
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(stand_in_run(host, "install --yes --esp %s", rows[i][0]), 1);
                assert_errors(host, rows[i][0]);
                assert_errors(host, rows[i][1]);
        }
        assert_int_equal(stand_in_run(host, "install --dry-run"), 0); /* the bound one is none */
}

/* --- several of them --- */

/* A second one, on /dev/sdb1. */
static void put_second(struct stand_in *host, const char *point)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/EFI/debian/shimx64.efi", point);
        stand_in_text(host, path, "shim");
        stand_in_text(host, "/sys/devices/sdb/uevent", "DEVNAME=sdb\n");
        stand_in_text(host, "/sys/devices/sdb/sdb1/uevent", "MAJOR=8\nDEVNAME=sdb1\n");
        stand_in_text(host, "/sys/devices/sdb/sdb1/partition", "1\n");
        stand_in_link(host, "../../devices/sdb/sdb1", "/sys/dev/block/8:17");
        stand_in_link(host, "../../sdb1", "/dev/disk/by-partuuid/" SECOND_GUID);
        stand_in_text(
                host, MOUNTINFO, ROOT_FS EFI_FS "36 22 8:17 / %s rw - vfat /dev/sdb1 rw\n", point);
}

static void assert_chosen(struct stand_in *host, const char *point)
{
        char first[160];

        snprintf(first, sizeof(first), "write %s%s/EFI/forestage/forestage.efi", host->root, point);
        if (stand_in_run(host, "install --dry-run") != 0)
                fail_msg("%s", host->errors);
        assert_output(host, first);
}

static void assert_open(struct stand_in *host, const char *second)
{
        assert_int_equal(stand_in_run(host, "install --yes"), 1);
        assert_errors(host, "several file systems that could be the EFI system partition");
        assert_errors(host, "/boot/efi (/dev/sda1)");
        assert_errors(host, second);
        assert_errors(host, "--esp");
        assert_false(stand_in_has(host, "/var/lib/forestage"));
}

/* The firmware says which: by the option that it started, or through the loader. */
static void of_several_the_one_that_was_booted_from(void **state)
{
        static const char *const points[] = { "/efi", "/boot/efi2", "/mnt/stick" };
        static const char loader[] = "LoaderDevicePartUUID";
        static const char systemd[] = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
        struct stand_in *host = *state;
        char wide[2 * sizeof(SECOND_GUID)] = { 0 };

        for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
                stand_in_delete(host, "/sys/dev/block/8:17");
                stand_in_delete(host, "/dev/disk/by-partuuid/" SECOND_GUID);
                put_second(host, points[i]);
                assert_chosen(host, "/boot/efi"); /* Boot0001 */
                stand_in_option(
                        host, 1, "debian", "\\EFI\\debian\\shimx64.efi", SECOND_IN_OPTION, true);
                assert_chosen(host, points[i]);
                stand_in_option(host, 1, "debian", "\\EFI\\debian\\shimx64.efi", NULL, true);
                assert_open(host, points[i]);
                stand_in_option(host, 1, "debian", "\\EFI\\debian\\shimx64.efi", ESP_GUID, true);
        }
        stand_in_variable(host, "BootCurrent", GLOBAL_VENDOR, "\2\0", 2); /* a network boot */
        assert_open(host, "/mnt/stick (/dev/sdb1)");
        for (size_t i = 0; i < sizeof(SECOND_GUID); i++)
                wide[2 * i] = SECOND_GUID[i];
        stand_in_variable(host, loader, systemd, wide, sizeof(wide));
        assert_chosen(host, "/mnt/stick");
        stand_in_variable(host, loader, systemd, wide, 20);
        assert_open(host, "/mnt/stick (/dev/sdb1)");
}

/* Where Forestage is installed is where it is looked for, whatever was booted from. */
static void of_several_the_one_with_forestage(void **state)
{
        struct stand_in *host = *state;

        put_second(host, "/efi");
        assert_int_equal(stand_in_run(host, "install --yes --method grub --esp /efi"), 0);
        assert_true(stand_in_has(host, "/efi/EFI/forestage/vmlinuz"));
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_output(host, "there is nothing to do");
        boot_a_run(host);
        stand_in_run(host, "collect --once");
        assert_holds_file(host, "/efi/EFI/forestage/handoff", "run=" RUN "\n");
        /* A copy on the other one, as by a hook that keeps both alike: the journal knows. */
        stand_in_text(host, ESP "/forestage.efi", "the application");
        stand_in_delete(host, "/efi/EFI/forestage/handoff");
        assert_int_equal(stand_in_run(host, "disarm"), 1);
        assert_errors(host, "several file systems");
        stand_in_run(host, "collect --once");
        assert_holds_file(host, "/efi/EFI/forestage/handoff", "run=" RUN "\n");
        assert_false(stand_in_has(host, ESP "/handoff"));
}

/* One file system in two places is one, and what another hides is none. */
static void one_that_is_mounted_twice_is_one(void **state)
{
        struct stand_in *host = *state;

        stand_in_variable(host, "BootCurrent", GLOBAL_VENDOR, "\2\0", 2);
        stand_in_link(host, "boot/efi/EFI", "/mnt/EFI");
        stand_in_text(host, MOUNTINFO, ROOT_FS "36 22 8:1 / /mnt rw - vfat /dev/sda1 rw\n" EFI_FS);
        assert_chosen(host, "/boot/efi");
        stand_in_text(
                host, MOUNTINFO, ROOT_FS "36 22 8:17 / /boot/efi rw - vfat /dev/sdb1 rw\n" EFI_FS);
        assert_chosen(host, "/boot/efi");
        stand_in_delete(host, "/boot/efi/EFI");
        stand_in_text(host, "/mnt2/EFI/x", "x");
        stand_in_text(host, MOUNTINFO, ROOT_FS "36 22 8:33 / /mnt2 rw - vfat /dev/sdc1 rw\n");
        assert_int_equal(stand_in_run(host, "install --yes"), 1); /* it could be anybody's */
        assert_errors(host, "no EFI system partition is mounted at /boot/efi");
        assert_errors(host, "one could be at /mnt2 (on an unknown device)");
}

/* --- what lies under it --- */

/* A device, and all that sysfs says of it, as PATH=TEXT; links as PATH>TARGET. */
static const struct device_row {
        const char *name, *files[12];
        unsigned major, minor;
        enum partition_kind kind;
        const char *what; /* in what is said of it; NULL: nothing is */
} devices[] = {
        { "XCP-ng's RAID over whole disks",
                { "/sys/devices/virtual/block/md127/uevent=DEVNAME=md127",
                        "/sys/devices/virtual/block/md127/md/level=raid1",
                        "/sys/devices/virtual/block/md127/md/raid_disks=2",
                        "/sys/devices/virtual/block/md127/md/metadata_version=1.0",
                        "/sys/devices/virtual/block/md127/md127p1/uevent=DEVNAME=md127p1",
                        "/sys/devices/virtual/block/md127/md127p1/partition=1",
                        "/sys/dev/block/259:3>../../devices/virtual/block/md127/md127p1" },
                259, 3, PARTITION_RAID, "software RAID (/dev/md127, raid1 over 2 disks)" },
        { "RAID of partitions, metadata 0.90",
                { "/sys/devices/virtual/block/md1/uevent=DEVNAME=md1",
                        "/sys/devices/virtual/block/md1/md/level=raid1",
                        "/sys/devices/virtual/block/md1/md/raid_disks=3",
                        "/sys/devices/virtual/block/md1/md/metadata_version=0.90",
                        "/sys/dev/block/9:1>../../devices/virtual/block/md1" },
                9, 1, PARTITION_RAID, "software RAID (/dev/md1, raid1 over 3 disks)" },
        { "RAID of which only /sys/block tells",
                { "/sys/block/md5/md/level=raid1", "/sys/block/md5/md/raid_disks=2" }, 9, 5,
                PARTITION_RAID, "software RAID (/dev/md5, raid1 over 2 disks)" },
        { "a mapping on RAID",
                { "/sys/devices/virtual/block/dm-3/uevent=DEVNAME=dm-3",
                        "/sys/devices/virtual/block/dm-3/dm/name=vg-esp",
                        "/sys/devices/virtual/block/dm-3/dm/uuid=LVM-abcdef",
                        "/sys/devices/virtual/block/dm-3/slaves/md1>../../md1",
                        "/sys/devices/virtual/block/md1/md/level=raid10",
                        "/sys/devices/virtual/block/md1/md/raid_disks=4",
                        "/sys/class/block/md1>../../devices/virtual/block/md1",
                        "/sys/dev/block/253:3>../../devices/virtual/block/dm-3" },
                253, 3, PARTITION_RAID, "software RAID (/dev/md1, raid10 over 4 disks)" },
        { "a mapping on a mapping on a partition of RAID",
                { "/sys/devices/virtual/block/dm-9/uevent=DEVNAME=dm-9",
                        "/sys/devices/virtual/block/dm-9/dm/uuid=CRYPT-LUKS2-x",
                        "/sys/devices/virtual/block/dm-9/slaves/dm-8=",
                        "/sys/block/dm-8/dm/uuid=LVM-x", "/sys/block/dm-8/slaves/md7p2=",
                        "/sys/block/md7/md/level=raid1", "/sys/block/md7/uevent=DEVNAME=md7",
                        "/sys/block/md7/md7p2/uevent=DEVNAME=md7p2",
                        "/sys/block/md7/md7p2/partition=2",
                        "/sys/class/block/md7p2>../../block/md7/md7p2",
                        "/sys/dev/block/253:9>../../devices/virtual/block/dm-9" },
                253, 9, PARTITION_RAID, "software RAID (/dev/md7, raid1)" },
        { "LVM",
                { "/sys/devices/virtual/block/dm-0/uevent=DEVNAME=dm-0",
                        "/sys/devices/virtual/block/dm-0/dm/name=vg-efi",
                        "/sys/devices/virtual/block/dm-0/dm/uuid=LVM-Zz",
                        "/sys/devices/virtual/block/dm-0/slaves/sda3>../../../../sda/sda3",
                        "/sys/devices/sda/sda3/uevent=DEVNAME=sda3",
                        "/sys/devices/sda/sda3/partition=3",
                        "/sys/class/block/sda3>../../devices/sda/sda3",
                        "/sys/dev/block/253:0>../../devices/virtual/block/dm-0" },
                253, 0, PARTITION_MAPPED, "a mapped device (/dev/dm-0, \"vg-efi\")" },
        { "a loop device",
                { "/sys/devices/virtual/block/loop0/uevent=DEVNAME=loop0",
                        "/sys/dev/block/7:0>../../devices/virtual/block/loop0" },
                7, 0, PARTITION_VIRTUAL, "a device of Linux's own (/dev/loop0)" },
        { "a partition of a network block device",
                { "/sys/devices/virtual/block/nbd0/uevent=DEVNAME=nbd0",
                        "/sys/devices/virtual/block/nbd0/nbd0p1/uevent=DEVNAME=nbd0p1",
                        "/sys/devices/virtual/block/nbd0/nbd0p1/partition=1",
                        "/sys/dev/block/43:1>../../devices/virtual/block/nbd0/nbd0p1" },
                43, 1, PARTITION_VIRTUAL, "a device of Linux's own (/dev/nbd0)" },
        { "RAID of the firmware's own (Intel)",
                { "/sys/devices/virtual/block/md126/uevent=DEVNAME=md126",
                        "/sys/devices/virtual/block/md126/md/level=raid1",
                        "/sys/devices/virtual/block/md126/md/metadata_version=external:/md127/0",
                        "/sys/devices/virtual/block/md126/md126p1/uevent=DEVNAME=md126p1",
                        "/sys/devices/virtual/block/md126/md126p1/partition=1",
                        "/sys/dev/block/259:0>../../devices/virtual/block/md126/md126p1" },
                259, 0, PARTITION_PLAIN, NULL },
        { "an NVMe disk with several paths",
                { "/sys/devices/virtual/nvme-subsystem/s0/nvme0n1/uevent=DEVNAME=nvme0n1",
                        "/sys/devices/virtual/nvme-subsystem/s0/nvme0n1/nvme0n1p2/partition=2",
                        "/sys/devices/virtual/nvme-subsystem/s0/nvme0n1/nvme0n1p2/uevent="
                        "DEVNAME=nvme0n1p2",
                        "/sys/dev/block/259:2>../../devices/virtual/nvme-subsystem/s0/nvme0n1/"
                        "nvme0n1p2" },
                259, 2, PARTITION_PLAIN, NULL },
        { "a partition of a multipath map",
                { "/sys/devices/virtual/block/dm-5/uevent=DEVNAME=dm-5",
                        "/sys/devices/virtual/block/dm-5/dm/uuid=part1-mpath-3600",
                        "/sys/dev/block/253:5>../../devices/virtual/block/dm-5" },
                253, 5, PARTITION_BARE, NULL },
        { "a disk without a table",
                { "/sys/devices/sdc/uevent=DEVNAME=sdc", "/sys/dev/block/8:32>../../devices/sdc" },
                8, 32, PARTITION_BARE, NULL },
        { "an unknown device", { NULL }, 240, 7, PARTITION_UNKNOWN, NULL },
};

/* `remove`: takes them away again. */
static void put_device(struct stand_in *host, const struct device_row *row, bool remove)
{
        for (size_t i = 0; i < 12 && row->files[i]; i++) {
                size_t length = strcspn(row->files[i], "=>");
                char path[160];

                snprintf(path, sizeof(path), "%.*s", (int)length, row->files[i]);
                if (remove)
                        stand_in_delete(host, path);
                else if (row->files[i][length] == '>')
                        stand_in_link(host, row->files[i] + length + 1, path);
                else
                        stand_in_text(host, path, "%s\n", row->files[i] + length + 1);
        }
}

static void devices_are_told_apart(void **state)
{
        struct stand_in *host = *state;
        struct partition found;

        for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
                put_device(host, &devices[i], false);
                partition_identify(&host->host, devices[i].major, devices[i].minor, &found);
                if (found.kind != devices[i].kind)
                        fail_msg("%s: %d, %s", devices[i].name, found.kind, found.what);
                put_device(host, &devices[i], true);
        }
}

/* Whatever it is: doctor, install and arm refuse it, name it and say what to do; others go on. */
static void check_refusals(struct stand_in *host, const struct device_row *row)
{
        char *before;

        before = stand_in_snapshot(host);
        assert_int_equal(stand_in_run(host, "install --yes"), 1);
        assert_errors(host, row->what);
        assert_errors(host, "a partition of a single disk");
        free(before);
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, row->what);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_int_equal(stand_in_run(host, "doctor --json"), 1);
        assert_output(host, "\"id\": \"esp_device\"");
        assert_int_equal(stand_in_run(host, "doctor"), 1);
        assert_output(host, row->kind == PARTITION_RAID ? "outside of the" : "single");
        stand_in_run(host, "status --json");
        assert_output(host, row->kind == PARTITION_RAID ? "software RAID" : "on a ");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_int_equal(stand_in_run(host, "uninstall --dry-run"), 0);
}

static void what_firmware_cannot_use_is_refused(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
                if (!devices[i].what)
                        continue;
                put_device(host, &devices[i], false);
                stand_in_text(host, MOUNTINFO, ROOT_FS "35 22 %u:%u / /boot/efi rw - vfat x rw\n",
                        devices[i].major, devices[i].minor);
                check_refusals(host, &devices[i]);
                put_device(host, &devices[i], true);
        }
}

/* The run is armed, and then the ESP turns out to be on RAID: status says that it would not do. */
static void an_armed_run_on_raid_is_not_ready(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        put_device(host, &devices[0], false);
        stand_in_text(host, MOUNTINFO, ROOT_FS "35 22 259:3 / /boot/efi rw - vfat x rw\n");
        stand_in_run(host, "status");
        assert_output(host, "as it is, the run would not start");
        assert_output(host, "software RAID");
}

/* Firmware can use these, but no option can name them: GRUB's lines do. */
static void what_no_option_can_name_takes_grub(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
                if (devices[i].kind != PARTITION_BARE)
                        continue;
                put_device(host, &devices[i], false);
                stand_in_text(host, MOUNTINFO, ROOT_FS "35 22 %u:%u / /boot/efi rw - vfat x rw\n",
                        devices[i].major, devices[i].minor);
                assert_int_equal(stand_in_run(host, "install --yes --method firmware"), 1);
                assert_errors(host, "no boot option can name it: use --method grub");
                stand_in_run(host, "doctor --json");
                assert_output(host, "\"id\": \"esp_bare\"");
                assert_int_equal(stand_in_run(host, "install --yes"), 0);
                assert_true(stand_in_has(host, "/etc/grub.d/00_forestage"));
                assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
                put_device(host, &devices[i], true);
        }
}

/* udev's link, the kernel's word, udev's notes; and without any of them no option is made. */
static void the_name_of_a_partition_has_three_sources(void **state)
{
        struct stand_in *host = *state;
        struct partition found;

        partition_identify(&host->host, 8, 1, &found);
        assert_string_equal(found.name, ESP_PARTITION);
        assert_string_equal(found.disk, "/dev/sda");
        assert_string_equal(found.uuid, "1234-ABCD");
        stand_in_delete(host, "/dev/disk/by-partuuid/" ESP_PARTITION);
        assert_int_equal(stand_in_run(host, "install --yes --method firmware"), 1);
        assert_errors(host, "the GUID of the partition /dev/sda1 is not known");
        stand_in_text(host, "/sys/devices/sda/sda1/uevent",
                "MAJOR=8\nXDEVNAME=no\nDEVNAME=sda1\nPARTUUID=ABCD0000-1111-2222-3333-"
                "444455556666\n");
        partition_identify(&host->host, 8, 1, &found);
        assert_string_equal(found.name, "abcd0000-1111-2222-3333-444455556666");
        assert_string_equal(found.device, "/dev/sda1");
        stand_in_text(host, "/sys/devices/sda/sda1/uevent", "DEVNAME=sda1\n");
        stand_in_text(host, "/run/udev/data/b8:1",
                "S:disk/by-uuid/x\nE:ID_PART_ENTRY_NUMBER=1\nE:ID_PART_ENTRY_UUID=1a2b3c4d-01\n");
        partition_identify(&host->host, 8, 1, &found);
        assert_string_equal(found.name, "1a2b3c4d-01");
}

#define DEBIAN(name) cmocka_unit_test_setup_teardown(name, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                DEBIAN(an_automount_is_triggered),
                DEBIAN(an_automount_above_the_esp_is_triggered),
                DEBIAN(an_automount_that_mounts_nothing_is_named),
                DEBIAN(a_run_that_cannot_be_confirmed_is_told_of),
                DEBIAN(the_esp_has_many_names),
                DEBIAN(the_esp_has_relative_names),
                DEBIAN(other_folders_are_no_esp),
                DEBIAN(of_several_the_one_that_was_booted_from),
                DEBIAN(of_several_the_one_with_forestage),
                DEBIAN(one_that_is_mounted_twice_is_one),
                DEBIAN(devices_are_told_apart),
                DEBIAN(what_firmware_cannot_use_is_refused),
                DEBIAN(an_armed_run_on_raid_is_not_ready),
                DEBIAN(what_no_option_can_name_takes_grub),
                DEBIAN(the_name_of_a_partition_has_three_sources),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
