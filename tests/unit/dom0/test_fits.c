/*
 * Nothing that check passes may be bound to fail on the host: jobs held against an image, the GPUs
 * of a host and its forestage.conf. Every reason is told with the file and the line that it stands
 * in.
 */
#include <elf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/image/dynamic.h"
#include "dom0/image/gpuchip.h"
#include "dom0/image/image.h"
#include "dom0/image/machinecode.h"
#include "lib/toolkit.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define ESP  "/boot/efi/EFI/forestage"
#define JOBS "/etc/fits"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

/* --- what is put there --- */

#define CONTENTS                                                                       \
        "driver=550.163.01\ncuda=12.4\nptx=8.4\nfile=/bin/busybox\nfile=/bin/sh\n"     \
        "file=/usr/bin/env\n"                                                          \
        "file=/lib/x86_64-linux-gnu/libc.so.6\nfile=/lib/x86_64-linux-gnu/libm.so.6\n" \
        "file=/lib64/ld-linux-x86-64.so.2\nfile=/usr/lib/forestage/libcuda.so.1\n"     \
        "file=/usr/lib/forestage/libnvidia-ptxjitcompiler.so.1\n"

static void put_gpu(struct stand_in *host, int number, const char *device)
{
        char path[80];

        snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:0%d:00.0/vendor", number);
        stand_in_text(host, path, "0x10de\n");
        snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:0%d:00.0/class", number);
        stand_in_text(host, path, "0x030200\n");
        snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:0%d:00.0/device", number);
        stand_in_text(host, path, "%s\n", device);
}

static void put_job(struct stand_in *host, const char *name, const char *text)
{
        char path[80];

        snprintf(path, sizeof(path), JOBS "/%s", name);
        stand_in_text(host, path, "%s", text);
}

/* A program or a library of x86-64, with what the loader reads of it. */
struct made_elf {
        Elf64_Ehdr header;
        Elf64_Phdr segment[3];
        Elf64_Dyn entry[12];
        struct {
                Elf64_Verneed library;
                Elf64_Vernaux version;
        } needs;
        struct {
                Elf64_Verdef itself;
                Elf64_Verdaux name;
                Elf64_Verdef version;
                Elf64_Verdaux version_name;
        } has;
        char strings[512];
};

static uint64_t add_string(struct made_elf *made, size_t *used, const char *text)
{
        size_t at = *used;

        strcpy(made->strings + at, text);
        *used += strlen(text) + 1;
        return at;
}

#define BASE 0x400000u

/* `needed` is divided by blanks; `interpreter` and `path` may be NULL. */
static struct made_elf make_elf(const char *interpreter, const char *needed, const char *path)
{
        struct made_elf made = {
                .header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                        .e_type = ET_DYN,
                        .e_machine = EM_X86_64,
                        .e_entry = BASE,
                        .e_phoff = offsetof(struct made_elf, segment),
                        .e_phentsize = sizeof(Elf64_Phdr),
                        .e_phnum = 3 }
        };
        char copy[256], *cursor = copy;
        size_t used = 1, entries = 0;

        snprintf(copy, sizeof(copy), "%s", needed);
        for (char *name; (name = strsep(&cursor, " "));)
                if (*name)
                        made.entry[entries++] =
                                (Elf64_Dyn){ DT_NEEDED, { add_string(&made, &used, name) } };
        if (path)
                made.entry[entries++] =
                        (Elf64_Dyn){ DT_RUNPATH, { add_string(&made, &used, path) } };
        made.entry[entries] =
                (Elf64_Dyn){ DT_STRTAB, { BASE + offsetof(struct made_elf, strings) } };
        made.segment[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
                .p_vaddr = BASE,
                .p_paddr = BASE,
                .p_filesz = sizeof(made),
                .p_memsz = sizeof(made) };
        made.segment[1] = (Elf64_Phdr){ .p_type = PT_DYNAMIC,
                .p_offset = offsetof(struct made_elf, entry),
                .p_filesz = sizeof(made.entry) };
        if (interpreter)
                made.segment[2] = (Elf64_Phdr){ .p_type = PT_INTERP,
                        .p_offset = offsetof(struct made_elf, strings) +
                                    add_string(&made, &used, interpreter),
                        .p_filesz = strlen(interpreter) + 1 };
        return made;
}

#define ADDRESS(member) (BASE + offsetof(struct made_elf, member))

/* Its symbols of `library` are of `needed` and, with their versions, it has `defined`. */
static void add_versions(struct made_elf *made, const char *library, const char *needed,
        uint16_t flags, const char *defined)
{
        size_t used = 300;

        made->needs.library = (Elf64_Verneed){ .vn_version = 1,
                .vn_cnt = 1,
                .vn_file = (uint32_t)add_string(made, &used, library),
                .vn_aux = sizeof(Elf64_Verneed) };
        made->needs.version = (Elf64_Vernaux){ .vna_flags = flags,
                .vna_name = (uint32_t)add_string(made, &used, needed) };
        made->has.itself = (Elf64_Verdef){ .vd_flags = VER_FLG_BASE,
                .vd_aux = sizeof(Elf64_Verdef),
                .vd_next = sizeof(Elf64_Verdef) + sizeof(Elf64_Verdaux) };
        made->has.name.vda_name = (uint32_t)add_string(made, &used, "itself");
        made->has.version = (Elf64_Verdef){ .vd_aux = sizeof(Elf64_Verdef) };
        made->has.version_name.vda_name = (uint32_t)add_string(made, &used, defined);
        for (size_t i = 0; i < 12; i++) {
                if (made->entry[i].d_tag != DT_NULL)
                        continue;
                made->entry[i] = (Elf64_Dyn){ DT_VERNEED, { ADDRESS(needs) } };
                made->entry[i + 1] = (Elf64_Dyn){ DT_VERDEF, { ADDRESS(has) } };
                return;
        }
}

static void put_elf(struct stand_in *host, const char *name, const char *interpreter,
        const char *needed, const char *path)
{
        struct made_elf made = make_elf(interpreter, needed, path);
        char file[80];

        snprintf(file, sizeof(file), JOBS "/%s", name);
        stand_in_write(host, file, &made, sizeof(made));
}

/* The same with DT_RPATH. */
static void put_old_elf(struct stand_in *host, const char *name, const char *interpreter,
        const char *needed, const char *path)
{
        struct made_elf made = make_elf(interpreter, needed, path);
        char file[80];

        for (size_t i = 0; i < 12; i++)
                if (made.entry[i].d_tag == DT_RUNPATH)
                        made.entry[i].d_tag = DT_RPATH;
        snprintf(file, sizeof(file), JOBS "/%s", name);
        stand_in_write(host, file, &made, sizeof(made));
}

#define LOADER "/lib64/ld-linux-x86-64.so.2"

#define KERNEL(module) \
        "[Job]\nType=kernel\n[Kernel]\nModule=" module "\nFunction=f\nGrid=1\nBlock=1\n"
#define REST    "Argument=out o 8\n[Expect]\no=sha256:" ZERO "\n"
#define PROGRAM "[Job]\nType=program\n[Program]\nExec=./"

static void put_ptx(
        struct stand_in *host, const char *name, const char *version, const char *target)
{
        char path[80];

        snprintf(path, sizeof(path), JOBS "/%s", name);
        stand_in_text(host, path, ".version %s\n.target %s\n.entry f(.param .u64 a) { ret; }\n",
                version, target);
}

/* --- the host --- */

static int set_up(void **state)
{
        struct stand_in *host;

        if (stand_in_debian(state) != 0)
                return -1;
        host = *state;
        stand_in_image(host, "/usr/share/forestage/image/initramfs.img", CONTENTS);
        put_gpu(host, 1, "0x1eb8"); /* T4 */
        put_gpu(host, 2, "0x20b5"); /* A100 */
        return stand_in_run(host, "install --yes");
}

static int check(struct stand_in *host, const char *options)
{
        return stand_in_run(host, "check %s" JOBS " %s", host->root, options);
}

/* One job and what is said of it; NULL: nothing but notes. */
static void expect(struct stand_in *host, const char *name, const char *job, const char *told)
{
        put_job(host, name, job);
        if (check(host, "") != (told ? 1 : 0))
                fail_msg("%s: %s%s", name, host->output, host->errors);
        if (told)
                assert_output(host, told);
        stand_in_delete(host, JOBS);
}

/* --- all reasons in one folder --- */

static const char *const reasons[] = {
        /* the deadline */
        "long.conf:4: with this check, which takes 900 s, the jobs of GPU 0 take 900 s at least, "
        "and the stage ends them after 900 s: write Duration=14min here, or deadline=",
        /* the region */
        "large.conf:8: with this job's results on 2 GPUs the region needs ",
        /* PTX newer than the driver */
        "new.conf:4: new.ptx is PTX 9.0, for CUDA 13.0, driver 580 or newer; the image's driver "
        "550.163.01 (CUDA 12.4) takes up to 8.4: compile it with the nvcc of CUDA 12.4",
        /* a target that no GPU here has */
        "hopper.conf:4: hopper.ptx is for GPUs of compute capability 9.0 or newer, and GPU 0 here "
        "(0000:01:00.0) has compute capability 7.5",
        /* a target that its version does not know */
        "odd.conf:4: odd.ptx has .target sm_75 and .version 6.0, but there is sm_75 since PTX 6.3",
        /* code for other GPUs alone */
        "code.conf:4: code.cubin has code for sm_90 alone, and GPU 0 here",
        "fat.conf:4: fat.bin has code for sm_80, compute_86 alone, and GPU 0 here",
        /* scripts */
        "python.conf:4: solve.py is a script for python3, which is not in the image: make image "
        "with PYTHON=yes puts /usr/bin/python3 into it",
        "perl.conf:4: solve.pl is a script for /usr/bin/perl, which is not in the image: make line "
        "1 #!/bin/sh",
        /* programs */
        "musl.conf:4: musl is started by the loader /lib/ld-musl-x86_64.so.1, which is not in the",
        "blas.conf:4: blas needs libcublas.so.12, which is neither in the image nor in the job "
        "folder: put it there and write Environment=LD_LIBRARY_PATH=/usr/lib/forestage:.",
        "own.conf:4: own needs libown.so, which lies in the job folder, where the loader does not "
        "look: write Environment=LD_LIBRARY_PATH=/usr/lib/forestage:.",
        "deep.conf:4: lib/libdeep.so needs libdeeper.so.1, which is neither in the image nor",
        "lost.conf:5: lost needs libcuda.so.1, which is in /usr/lib/forestage of the image, and "
        "this LD_LIBRARY_PATH does not name that: write "
        "Environment=LD_LIBRARY_PATH=/usr/lib/forestage:.",
        "arm.conf:4: arm cannot be executed: it is a program for AArch64, not for x86-64",
        /* the environment */
        "quoted.conf:5: Environment=: '\"A' is no name of a variable",
        /* what is left */
        "left.conf:5: Collect=out/*.csv finds nothing: 'out' is a folder of the job folder",
        "outside.conf:5: the path '/tmp/*.csv' is absolute",
        "above.conf:5: the path '../*.csv' ",
        /* GPUs */
        "third.conf:3: Device=2: this host has 2 GPUs, counted from 0: write Device=all",
        "eight.conf:5: Expect-Devices=8: this host has 2 GPUs on its PCI bus: write "
        "Expect-Devices=2",
        "nvml.conf:5: Require=compute-fp32.power_w<=300 cannot be met: NVML reads that",
        "nvml.conf:7: Standing=ecc_mode=on cannot be met: NVML reads that",
        "basis.conf:5: Baseline=basis.json does not exist in the job folder",
        "one.conf:5: Baseline=one.json has the numbers of 1 GPU, and the job runs on 2",
        "text.conf:5: Baseline=text.json is no JSON object",
        /* what does not go along */
        "dot.conf:8: '.in' does not go along: names that start with a dot are left out",
};

static void put_modules(struct stand_in *host)
{
        Elf64_Ehdr cubin = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1, 0, 7 },
                .e_machine = EM_CUDA,
                .e_flags = 0x5a055a };
        char code[sizeof(cubin) + 8];
        struct {
                uint32_t magic;
                uint16_t version, header_bytes;
                uint64_t bytes;
                struct {
                        uint16_t kind, unknown;
                        uint32_t header_bytes;
                        uint64_t bytes;
                        uint32_t packed, unknown_2;
                        uint16_t minor, major;
                        uint32_t target;
                        char data[16];
                } part[2];
        } fat = { 0xba55ed50, 1, 16, sizeof(fat.part),
                { { 2, 0, 32, 16, 0, 0, 0, 0, 80, "" }, { 1, 0, 32, 16, 0, 0, 0, 0, 86, "" } } };

        memcpy(code, &cubin, sizeof(cubin));
        memcpy(code + sizeof(cubin), ".text.f", 8);
        stand_in_write(host, JOBS "/code.cubin", code, sizeof(code));
        stand_in_write(host, JOBS "/fat.bin", &fat, sizeof(fat));
        put_ptx(host, "new.ptx", "9.0", "sm_75");
        put_ptx(host, "hopper.ptx", "8.0", "sm_90");
        put_ptx(host, "odd.ptx", "6.0", "sm_75");
        put_ptx(host, "good.ptx", "7.0", "sm_70");
}

static void put_programs(struct stand_in *host)
{
        static const char other[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0";

        stand_in_text(host, JOBS "/solve.py", "#!/usr/bin/env python3\n");
        put_elf(host, "musl", "/lib/ld-musl-x86_64.so.1", "libc.so.6", NULL);
        put_elf(host, "blas", LOADER, "libcublas.so.12 libc.so.6", NULL);
        put_elf(host, "own", LOADER, "libown.so libc.so.6", NULL);
        put_elf(host, "libown.so", NULL, "libc.so.6", NULL);
        put_elf(host, "deep", LOADER, "libdeep.so libcuda.so.1", "$ORIGIN/lib");
        put_elf(host, "lib/libdeep.so", NULL, "libdeeper.so.1 libm.so.6", NULL);
        put_elf(host, "lost", LOADER, "libcuda.so.1 libown.so", NULL);
        stand_in_write(host, JOBS "/arm", other, sizeof(other));
        stand_in_text(host, JOBS "/solve.pl", "#!/usr/bin/perl\n");
        put_job(host, "python.conf", PROGRAM "solve.py\n");
        put_job(host, "perl.conf", PROGRAM "solve.pl\n");
        put_job(host, "musl.conf", PROGRAM "musl\n");
        put_job(host, "blas.conf", PROGRAM "blas\n");
        put_job(host, "own.conf", PROGRAM "own\n");
        put_job(host, "deep.conf", PROGRAM "deep\n");
        put_job(host, "lost.conf", PROGRAM "lost\nEnvironment=LD_LIBRARY_PATH=.\n");
        put_job(host, "arm.conf", PROGRAM "arm\n");
        put_job(host, "quoted.conf", PROGRAM "good.sh\nEnvironment=\"A=1\"\n");
        put_job(host, "left.conf", PROGRAM "good.sh\nCollect=out/*.csv\n");
        put_job(host, "outside.conf", PROGRAM "good.sh\nCollect=/tmp/*.csv\n");
        put_job(host, "above.conf", PROGRAM "good.sh\nCollect=../*.csv\n");
        stand_in_text(host, JOBS "/good.sh", "#!/bin/sh\n");
        stand_in_text(host, JOBS "/out/readme", "\n");
}

static void put_all(struct stand_in *host)
{
        put_modules(host);
        put_programs(host);
        put_job(host, "long.conf", "[Job]\nType=check\n[Check]\nLevel=long\n");
        put_job(host, "large.conf",
                KERNEL("good.ptx") "Argument=out o 64M\n[Expect]\no=sha256:" ZERO "\n");
        put_job(host, "new.conf", KERNEL("new.ptx") REST);
        put_job(host, "hopper.conf", KERNEL("hopper.ptx") REST);
        put_job(host, "odd.conf", KERNEL("odd.ptx") REST);
        put_job(host, "code.conf", KERNEL("code.cubin") REST);
        put_job(host, "fat.conf", KERNEL("fat.bin") REST);
        put_job(host, "dot.conf",
                KERNEL("good.ptx") "Argument=inout .in\n[Expect]\n.in=sha256:" ZERO "\n");
        stand_in_text(host, JOBS "/.in", "hidden");
        put_job(host, "third.conf", "[Job]\nType=check\nDevice=2\n[Check]\nLevel=quick\n");
        put_job(host, "eight.conf", "[Job]\nType=check\n[Check]\nLevel=quick\nExpect-Devices=8\n");
        put_job(host, "nvml.conf",
                "[Job]\nType=check\n[Check]\nLevel=quick\n"
                "Require=compute-fp32.power_w<=300\nStanding=mig_mode=any\n"
                "Standing=ecc_mode=on\n");
        put_job(host, "basis.conf",
                "[Job]\nType=check\n[Check]\nLevel=quick\nBaseline=basis.json\n");
        put_job(host, "one.conf", "[Job]\nType=check\n[Check]\nLevel=quick\nBaseline=one.json\n");
        put_job(host, "text.conf", "[Job]\nType=check\n[Check]\nLevel=quick\nBaseline=text.json\n");
        stand_in_text(host, JOBS "/one.json", "{\"GPU-1\": {}}");
        stand_in_text(host, JOBS "/text.json", "gbps 5");
}

static void every_reason_in_one_folder(void **state)
{
        struct stand_in *host = *state;

        put_all(host);
        assert_int_equal(check(host, ""), 1);
        for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
                assert_output(host, reasons[i]);
        assert_output(host, ESP "/initramfs.img: driver 550.163.01, CUDA 12.4, PTX up to 8.4");
        /* arm says the same, and arms nothing */
        assert_int_equal(stand_in_run(host, "arm --jobs %s" JOBS " --yes", host->root), 1);
        for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
                assert_errors(host, reasons[i]);
        assert_false(stand_in_has(host, ESP "/order"));
}

/* Without an image, and without a host, none of this can be told: it is no fault. */
static void without_an_image_only_notes(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, ESP);
        put_modules(host);
        put_job(host, "new.conf", KERNEL("new.ptx") REST);
        put_job(host, "python.conf", PROGRAM "solve.py\n");
        stand_in_text(host, JOBS "/solve.py", "#!/usr/bin/env python3\n");
        assert_int_equal(check(host, ""), 0);
        assert_output(host, "compared with no image: none is found here (root may find one on the "
                            "EFI system partition), and no --image names one");
        assert_output(host, "python.conf:4: note: solve.py is a script: its interpreter "
                            "python3 has to be in the image");
}

/* An image in a folder, for a machine that is elsewhere. */
static void the_image_of_a_folder(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, ESP);
        stand_in_image(host, "/image/initramfs.img",
                "driver=580.1\ncuda=13.0\nptx=9.0\nlater=x\nfile=/usr/bin/env\n"
                "file=/usr/bin/python3\nfile=/usr/lib/forestage/libcuda.so.1\n");
        put_ptx(host, "new.ptx", "9.0", "sm_75");
        put_job(host, "new.conf", KERNEL("new.ptx") REST);
        put_job(host, "python.conf", PROGRAM "solve.py\n");
        stand_in_text(host, JOBS "/solve.py", "#!/usr/bin/env python3\n");
        assert_int_equal(
                stand_in_run(host, "check %s" JOBS " --image %s/image", host->root, host->root), 0);
        assert_output(host, "/image/initramfs.img: driver 580.1, CUDA 13.0, PTX up to 9.0");
        stand_in_image(host, "/image/initramfs.img", CONTENTS);
        assert_int_equal(
                stand_in_run(host, "check %s" JOBS " --image %s/image", host->root, host->root), 1);
        assert_output(host, "new.conf:4: new.ptx is PTX 9.0");
        assert_output(host, "2 jobs, 2 faults");
        assert_int_equal(
                stand_in_run(host, "check %s" JOBS " --image %s/nothing", host->root, host->root),
                2);
        assert_errors(host, "/nothing/initramfs.img: it cannot be read: No such file");
}

/* One that was made before images said it: arm warns, and arms. */
static void an_image_that_does_not_say(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, ESP "/initramfs.img", "the stage's image");
        put_ptx(host, "new.ptx", "9.0", "sm_75");
        put_job(host, "new.conf", KERNEL("new.ptx") REST);
        assert_int_equal(check(host, ""), 0);
        assert_output(host, "compared with no image: ");
        assert_output(host, "it does not say what it holds");
        assert_int_equal(stand_in_run(host, "arm --jobs %s" JOBS " --yes", host->root), 0);
        assert_output(host, "Warning: what the jobs need was not compared with the image");
}

/* Said once for all jobs by check, and by arm; not of a rehearsal, and not where it is there. */
static void switches_want_fabric_manager(void **state)
{
        static const char with[] = "driver=550.163.01\nfabric=550.163.01\ncuda=12.4\nptx=8.4\n"
                                   "file=/bin/sh\nfile=/usr/lib/forestage/libcuda.so.1\n";
        static const char words[] = "NVSwitches (1) join this host's GPUs, and the image has no "
                                    "Fabric Manager";
        struct stand_in *host = *state;

        put_ptx(host, "m.ptx", "8.0", "sm_75");
        put_job(host, "a.conf", KERNEL("m.ptx") REST);
        put_job(host, "b.conf", KERNEL("m.ptx") REST);
        assert_int_equal(check(host, ""), 0);
        assert_null(strstr(host->output, "NVSwitches"));
        stand_in_text(host, "/sys/bus/pci/devices/0000:05:00.0/vendor", "0x10de\n");
        stand_in_text(host, "/sys/bus/pci/devices/0000:05:00.0/class", "0x068000\n");
        assert_int_equal(check(host, ""), 0);
        assert_output(host, words);
        assert_output(host, "a.conf: note: NVSwitches");
        assert_null(strstr(host->output, "b.conf: note: NVSwitches"));
        assert_int_equal(
                stand_in_run(host, "arm --jobs %s" JOBS " --yes --dry-run", host->root), 0);
        assert_output(host, "Warning: NVSwitches join this host's GPUs");
        stand_in_image(host, ESP "/initramfs.img", with);
        assert_int_equal(check(host, ""), 0);
        assert_null(strstr(host->output, "NVSwitches"));
        assert_output(host, "PTX up to 8.4, Fabric Manager 550.163.01");
        assert_int_equal(
                stand_in_run(host, "arm --jobs %s" JOBS " --yes --dry-run", host->root), 0);
        assert_null(strstr(host->output, "NVSwitches"));
        stand_in_image(host, ESP "/initramfs.img",
                "driver=rehearsal\ncuda=12.4\nptx=8.4\nfile=/bin/sh\n"
                "file=/usr/lib/forestage/libcuda.so.1\n");
        assert_int_equal(check(host, ""), 0);
        assert_null(strstr(host->output, "NVSwitches"));
}

/* Its devices are its own; without a driver there are none. */
static void rehearsals_and_no_driver(void **state)
{
        struct stand_in *host = *state;

        stand_in_image(host, ESP "/initramfs.img",
                "driver=rehearsal\ncuda=12.4\nptx=8.4\nfile=/bin/sh\n"
                "file=/usr/lib/forestage/libcuda.so.1\n");
        put_ptx(host, "m.ptx", "8.0", "sm_90");
        expect(host, "m.conf", KERNEL("m.ptx") REST, NULL);
        stand_in_image(host, ESP "/initramfs.img", "file=/bin/sh\n");
        put_ptx(host, "m.ptx", "9.9", "sm_70");
        expect(host, "m.conf", KERNEL("m.ptx") REST,
                "m.conf:2: a job of Type=kernel needs CUDA, and the image has no libcuda.so.1");
        expect(host, "m.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n",
                "m.conf:2: a job of Type=check needs CUDA");
        stand_in_text(host, JOBS "/a.sh", "#!/bin/sh\n");
        expect(host, "m.conf", PROGRAM "a.sh\n", NULL);
}

/* --- one subject each --- */

static void deadlines(void **state)
{
        struct stand_in *host = *state;

        /* together, on the same GPU */
        put_job(host, "a.conf", "[Job]\nType=check\n[Check]\nTests=latency\nDuration=8min\n");
        expect(host, "b.conf", "[Job]\nType=check\n[Check]\nTests=latency\nDuration=8min\n",
                "b.conf:5: with this check, which takes 480 s, the jobs of GPU 0 take 960 s at "
                "least, and the stage ends them after 900 s: write Duration=6min here, or "
                "deadline=1320 in ");
        /* on two of them, at the same time */
        put_job(host, "a.conf",
                "[Job]\nType=check\nDevice=0\n[Check]\nTests=latency\nDuration=8min\n");
        expect(host, "b.conf",
                "[Job]\nType=check\nDevice=1\n[Check]\nTests=latency\nDuration=8min\n", NULL);
        /* what may take too long is a note, and a warning of arm's */
        put_ptx(host, "good.ptx", "7.0", "sm_70");
        put_job(host, "a.conf",
                "[Job]\nType=kernel\nTimeout=20min\n[Kernel]\nModule=good.ptx\n"
                "Function=f\nGrid=1\nBlock=1\n" REST);
        assert_int_equal(check(host, ""), 0);
        assert_output(host, "a.conf:3: note: if the jobs of GPU 0 take all the time that they may, "
                            "1200 s, the stage ends them before, after 900 s: deadline=1200 in ");
        assert_int_equal(stand_in_run(host, "arm --jobs %s" JOBS " --yes", host->root), 0);
        assert_output(host, "Warning: the jobs of one GPU may take 1200 s by their Timeout=");
        /* the host's own deadline counts */
        stand_in_text(host, ESP "/forestage.conf", "deadline=1200\nregion-size=64M\n");
        assert_int_equal(check(host, ""), 0);
        assert_output(host, "1200 s of one GPU's jobs, deadline 1200 s");
        stand_in_delete(host, JOBS);
        expect(host, "long.conf", "[Job]\nType=check\n[Check]\nLevel=long\n", NULL);
        stand_in_text(host, ESP "/forestage.conf", "deadline=60\n");
        expect(host, "long.conf", "[Job]\nType=check\n[Check]\nLevel=long\n",
                "and the stage ends them after 60 s: write deadline=1080 in ");
}

static void modules(void **state)
{
        static const struct {
                const char *version, *target, *told;
        } table[] = {
                { "8.4", "sm_75", NULL },
                { "8.5", "sm_75", "is PTX 8.5, for CUDA 12.5, driver 555 or newer" },
                { "9.9", "sm_75", "is PTX 9.9, for a newer driver than any that is known here" },
                { "7.0", "sm_70", NULL },
                { "7.0", "sm_80", "is for GPUs of compute capability 8.0 or newer, and GPU 0" },
                { "8.0", "sm_90a", "is for GPUs of compute capability 9.0 only, and GPU 0" },
                { "7.0", "sm_86", "has .target sm_86 and .version 7.0, but there is sm_86 since" },
                { "8.6", "sm_100", "is for sm_100, which the image's driver" },
                { "8.8", "sm_100f", "is for GPUs of compute capability 10.0 and its family only" },
        };

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                put_ptx(*state, "m.ptx", table[i].version, table[i].target);
                expect(*state, "m.conf", KERNEL("m.ptx") REST, table[i].told);
        }
        /* Device= leaves the GPU out that cannot */
        put_ptx(*state, "m.ptx", "7.0", "sm_80");
        expect(*state, "m.conf",
                "[Job]\nType=kernel\nDevice=1\n[Kernel]\nModule=m.ptx\nFunction=f\nGrid=1\n"
                "Block=1\n" REST,
                NULL);
        /* a GPU that is newer than the table is not judged */
        put_gpu(*state, 1, "0x9999");
        put_ptx(*state, "m.ptx", "8.4", "sm_80");
        expect(*state, "m.conf", KERNEL("m.ptx") REST, NULL);
}

#define HEAD  ".version 7.0\n.target sm_75\n.address_size 64\n"
#define ENTRY ".visible .entry f(.param .u64 a)"

static void launch_job(struct stand_in *host, const char *grid, const char *block,
        const char *shared, const char *told)
{
        char job[400];

        snprintf(job, sizeof(job),
                "[Job]\nType=kernel\n[Kernel]\nModule=m.ptx\nFunction=f\nGrid=%s\nBlock=%s\n"
                "SharedMemory=%s\n" REST,
                grid, block, shared);
        expect(host, "m.conf", job, told);
}

/* What no driver loads or launches, whatever GPU there is. */
static void modules_that_nothing_loads(void **state)
{
        static const struct {
                const char *text, *told; /* NULL: nothing */
        } table[] = {
                { HEAD ENTRY " { ret; }\n", NULL },
                /* comments and strings are none of the text */
                { "// .version 1\n/* .target sm_1 */ " HEAD ".file 1 \"/tmp/*/{.cu\"\n" ENTRY
                  " { ret; }\n",
                        NULL },
                { ".version 7.0\n.target\n\tdebug,\n\tsm_75\n" ENTRY " { ret; }\n", NULL },
                { ".version 7.0\n.target\n sm_90\n" ENTRY " { ret; }\n",
                        "m.conf:4: m.ptx is for GPUs of compute capability 9.0 or newer" },
                { ".version x\n.target sm_75\n" ENTRY " { ret; }\n",
                        "m.conf:4: m.ptx has no version behind its .version" },
                { ".version 7.0\n.address_size 64\n" ENTRY " { ret; }\n",
                        "m.conf:4: m.ptx has no .target with a GPU" },
                { ".version 7.0\n.target sm_77\n" ENTRY " { ret; }\n",
                        "m.conf:4: m.ptx is for sm_77, which no driver of CUDA 12.4 knows" },
                { ".version 7.0\n.target sm_75\n.address_size 32\n" ENTRY " { ret; }\n",
                        "m.conf:4: m.ptx has .address_size 32, which no driver takes" },
                { HEAD ENTRY " { ret;", "m.conf:4: m.ptx is not whole: a '{' in it is not closed" },
                { HEAD ENTRY ";\n", "m.conf:5: m.ptx has the kernel 'f' by its name only" },
                { HEAD ENTRY ";\n" ENTRY " { ret; }\n", NULL },
                { HEAD "/* " ENTRY " { ret; }\n", "m.conf:5: m.ptx has no kernel 'f'" },
                /* functions of others */
                { HEAD ".extern .func (.param .b32 r) vprintf (.param .b64 a, .param .b64 "
                       "b);\n" ENTRY " { call.uni (r), vprintf, (a, b); ret; }\n",
                        NULL },
                { HEAD ".extern .func (.param .b32 r) other (.param .b32 a);\n" ENTRY " { ret; }\n",
                        NULL },
                { HEAD ".extern .func (.param .b32 r) __nv_sinf (.param .b32 a);\n" ENTRY
                       " { call.uni (r), __nv_sinf, (a); ret; }\n",
                        "m.conf:4: m.ptx calls '__nv_sinf', which neither it nor the driver has" },
        };

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                stand_in_text(*state, JOBS "/m.ptx", "%s", table[i].text);
                expect(*state, "m.conf", KERNEL("m.ptx") REST, table[i].told);
        }
        /* The driver reads up to a NUL. */
        stand_in_write(*state, JOBS "/m.ptx", HEAD "\0" ENTRY " { ret; }\n",
                sizeof(HEAD "\0" ENTRY " { ret; }\n") - 1);
        expect(*state, "m.conf", KERNEL("m.ptx") REST, "m.conf:5: m.ptx has no kernel 'f'");
}

/* What the loader looks at before it starts anything: versions of the libraries' symbols. */
static void versions_of_libraries(void **state)
{
        static const struct {
                const char *library, *needed, *told;
                uint16_t flags;
        } table[] = {
                { "libc.so.6", "GLIBC_2.34", NULL, 0 },
                { "libc.so.6", "GLIBC_2.38",
                        "p.conf:4: p needs GLIBC_2.38 of libc.so.6, and the image's goes up to "
                        "GLIBC_2.36: build it on a system as old as the image's",
                        0 },
                { "libc.so.6", "GLIBC_2.38", NULL, VER_FLG_WEAK },
                { "libc.so.6", "OTHER_1.0", "and the image's has no such version", 0 },
                { "libm.so.6", "GLIBC_2.38", NULL, 0 }, /* of which the image says nothing */
                { "ld-linux-x86-64.so.2", "GLIBC_2.38", "p needs GLIBC_2.38 of ld-linux", 0 },
                { "libown.so", "OWN_1", NULL, 0 },
                { "libown.so", "OWN_2",
                        "p.conf:4: p needs OWN_2 of libown.so, which the libown.so in the job "
                        "folder does not have",
                        0 },
        };
        struct stand_in *host = *state;

        stand_in_image(host, ESP "/initramfs.img",
                CONTENTS "version=/lib/x86_64-linux-gnu/libc.so.6 GLIBC_2.4\n"
                         "version=/lib/x86_64-linux-gnu/libc.so.6 GLIBC_2.34\n"
                         "version=/lib/x86_64-linux-gnu/libc.so.6 GLIBC_2.36\n"
                         "version=/lib/x86_64-linux-gnu/libc.so.6 GLIBC_PRIVATE\n"
                         "version=/lib64/ld-linux-x86-64.so.2 GLIBC_2.35\n");
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                struct made_elf made = make_elf(
                        LOADER, "libc.so.6 libm.so.6 ld-linux-x86-64.so.2 libown.so", "$ORIGIN");
                struct made_elf own = make_elf(NULL, "", NULL);

                add_versions(&made, table[i].library, table[i].needed, table[i].flags, "X");
                add_versions(&own, "libc.so.6", "GLIBC_2.4", 0, "OWN_1");
                stand_in_write(host, JOBS "/p", &made, sizeof(made));
                stand_in_write(host, JOBS "/libown.so", &own, sizeof(own));
                expect(host, "p.conf", PROGRAM "p\n", table[i].told);
        }
}

/* A reference that no result is like. */
static void references(void **state)
{
        static const struct {
                const char *argument, *type, *bytes, *told;
        } table[] = {
                { "out o 8", "f32", "\x00\x00\x80\x7f\x00\x00\x80\xff", NULL }, /* infinities */
                { "out o 8", "u32", "\x00\x00\x80\x7f\x00\x00\xc0\x7f", NULL },
                { "out o 8", "f32", "\x00\x00\x80\x3f\x00\x00\xc0\x7f",
                        "m.conf:10: the reference 'r' has a NaN as its f32 element [1], which no "
                        "result is ever close to" },
                { "out o 8", "f16", "\x00\x3c\x00\x3c\x00\x7e\x00\x3c", "its f16 element [2]" },
                { "out o 8", "f64", "\x00\x00\x00\x00\x00\x00\xf8\x7f", "its f64 element [0]" },
                { "inout i", "bf16", "\x80\x3f\xc0\x7f\x80\x3f\x80\x3f", "its bf16 element [1]" },
                { "out o 8", "u8", "\xf5\xff\xf5\xff\xf5\xff\xf5\xff",
                        "m.conf:10: the reference 'r' is what outputs are filled with" },
                { "inout i", "u8", "\xf5\xff\xf5\xff\xf5\xff\xf5\xff", NULL },
        };

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                const char *name = table[i].argument[0] == 'o' ? "o" : "i";
                char job[300];

                put_ptx(*state, "m.ptx", "7.0", "sm_75");
                stand_in_write(*state, JOBS "/i", "12345678", 8);
                stand_in_write(*state, JOBS "/r", table[i].bytes, 8);
                snprintf(job, sizeof(job),
                        KERNEL("m.ptx") "Argument=%s\n[Expect]\n%s=like r as %s\n",
                        table[i].argument, name, table[i].type);
                expect(*state, "m.conf", job, table[i].told);
        }
        /* of a program, too */
        stand_in_text(*state, JOBS "/s", "#!/bin/sh\n");
        stand_in_write(*state, JOBS "/r", "\x00\x00\xc0\x7f", 4);
        expect(*state, "m.conf", PROGRAM "s\n[Expect]\no=like r as f32\n",
                "m.conf:6: the reference 'r' has a NaN as its f32 element [0]");
        /* whose file is as large as its reference */
        stand_in_text(*state, JOBS "/s", "#!/bin/sh\n");
        stand_in_text(*state, JOBS "/r", "%0*d", 40 << 20, 0);
        expect(*state, "m.conf", PROGRAM "s\n[Expect]\no=like r as u8\n",
                "m.conf:2: with this job's results on 2 GPUs the region needs 82 MiB, and it has "
                "65536 KiB: write region-size=82M");
}

/* What works, and hardly as it is meant. */
static void notes(void **state)
{
        static const struct {
                const char *exec, *environment, *told; /* NULL: nothing */
        } table[] = {
                { "./s a", "A=1", NULL },
                { "./s > out.txt", "A=1",
                        "s.conf:4: note: no shell reads Exec=: ./s is given '>' as a word" },
                { "sh -c \"ls | cat > out.txt\"", "A=1", NULL },
                { "./s", "A=\"1 2\"",
                        "s.conf:5: note: Environment=A=: the quotes are a part of the value" },
                { "./s", "A=1 2", NULL },
                { "./s", "A=1 B=2",
                        "s.conf:5: note: Environment=A= is all of '1 B=2': a line has one "
                        "variable" },
                { "./s", "A=1\nEnvironment=AB=2", NULL },
                { "./s", "A=1\nEnvironment=B=1\nEnvironment=A=2",
                        "s.conf:5: note: Environment=A= stands on line 7 again, and that one "
                        "counts" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char job[200];

                snprintf(job, sizeof(job),
                        "[Job]\nType=program\n[Program]\nExec=%s\nEnvironment=%s\n", table[i].exec,
                        table[i].environment);
                stand_in_text(host, JOBS "/s", "#!/bin/sh\n");
                put_job(host, "s.conf", job);
                assert_int_equal(check(host, ""), 0);
                if (table[i].told)
                        assert_output(host, table[i].told);
                else
                        assert_null(strstr(host->output, "note:"));
                stand_in_delete(host, JOBS);
        }
        /* what no run takes along */
        stand_in_text(host, JOBS "/s", "#!/bin/sh\n");
        stand_in_text(host, JOBS "/a/.settings", "x");
        stand_in_text(host, JOBS "/a/.more", "x");
        stand_in_text(host, JOBS "/a/.old.conf", "x");
        put_job(host, "s.conf", PROGRAM "s\n");
        assert_int_equal(check(host, ""), 0);
        assert_output(host, ": note: it does not go along, because its name starts with a dot; so "
                            "it is with 1 more\n");
}

/* Of a machine that --gpus describes. */
static void another_machine(void **state)
{
        put_job(*state, "c.conf",
                "[Job]\nType=check\n[Check]\nTests=copy-p2p\nExpect-Devices=8\n"
                "Require=copy-p2p.gbps>=1\n");
        assert_int_equal(check(*state, "--gpus 1"), 0);
        assert_output(*state, "c.conf:5: note: Expect-Devices=8: checked for a machine with 1 GPU");
        assert_output(*state, "c.conf:6: note: Require=copy-p2p.gbps>=1: copy-p2p needs two GPUs");
        assert_int_equal(check(*state, "--gpus 8"), 0);
        assert_null(strstr(((struct stand_in *)*state)->output, "checked for a machine"));
}

/* What busybox starts by itself. */
static void applets(void **state)
{
        stand_in_image(*state, ESP "/initramfs.img", CONTENTS "applet=awk\napplet=ls\n");
        stand_in_text(*state, JOBS "/s", "#!/usr/bin/env awk\n");
        expect(*state, "s.conf", PROGRAM "s\n", NULL);
        expect(*state, "s.conf", "[Job]\nType=program\n[Program]\nExec=env A=1 awk\n", NULL);
        expect(*state, "s.conf", "[Job]\nType=program\n[Program]\nExec=env A=1 gawk\n",
                "Exec=env starts gawk, which is not in the image");
        /* where the image does not list them, nothing is said */
        stand_in_image(*state, ESP "/initramfs.img", CONTENTS);
        expect(*state, "s.conf", "[Job]\nType=program\n[Program]\nExec=env A=1 gawk\n", NULL);
}

/* An ELF file of which something is missing, and one that is none to start. */
static void programs_that_are_none(void **state)
{
        struct made_elf made = make_elf("/lib64/ld-linux-x86-64.so.2", "libc.so.6", NULL), other;

        stand_in_write(*state, JOBS "/p", &made, sizeof(made));
        expect(*state, "p.conf", PROGRAM "p\n", NULL);
        stand_in_write(*state, JOBS "/p", &made, sizeof(made) - 1);
        expect(*state, "p.conf", PROGRAM "p\n",
                "p.conf:4: p cannot be executed: it is not whole: it ends before what is to be");
        stand_in_write(*state, JOBS "/p", &made, sizeof(Elf64_Ehdr));
        expect(*state, "p.conf", PROGRAM "p\n", "it has a program header table that leaves the");
        other = made;
        other.segment[0].p_type = PT_NOTE;
        stand_in_write(*state, JOBS "/p", &other, sizeof(other));
        expect(*state, "p.conf", PROGRAM "p\n", "it has nothing that could be loaded");
        other = made;
        other.header.e_entry = 0;
        stand_in_write(*state, JOBS "/p", &other, sizeof(other));
        expect(*state, "p.conf", PROGRAM "p\n", "it is a shared library, not a program");
}

/* What the kernel and the GPUs say of launches. */
static void launches(void **state)
{
        static const struct {
                const char *directives, *grid, *block, *shared, *told;
        } table[] = {
                { "", "1", "1024", "48K", NULL },
                { ".maxntid 16, 8", "1", "128", "0", NULL },
                { ".maxntid 16, 8", "1", "129", "0",
                        "m.conf:7: a block has 129 threads, and 'f' was compiled for 128 at most" },
                { ".minnctapersm 1 .reqntid 16, 8", "1", "16,8", "0", NULL },
                { ".reqntid 16, 8", "1", "128", "0",
                        "m.conf:7: 'f' was compiled for blocks of 16,8,1 threads and no others "
                        "(.reqntid): write Block=16,8,1" },
                { ".reqnctapercluster 2", "4,3", "32", "0", NULL },
                { ".reqnctapercluster 2", "3", "32", "0",
                        "m.conf:6: 'f' runs in clusters of 2,1,1 blocks, and the x part of Grid=, "
                        "3, is no" },
                { "", "1", "32", "64K", NULL },
                { "", "1", "32", "65K",
                        "m.conf:8: SharedMemory=66560 is more than the 65536 that a block has on "
                        "GPU 0 here (0000:01:00.0)" },
                { "", "1", "32", "228K",
                        "m.conf:8: SharedMemory=233472 is more than the 232448 that a block has on "
                        "any GPU" },
        };

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                stand_in_text(
                        *state, JOBS "/m.ptx", HEAD ENTRY "%s { ret; }\n", table[i].directives);
                launch_job(*state, table[i].grid, table[i].block, table[i].shared, table[i].told);
        }
        /* every point of a sweep */
        stand_in_text(*state, JOBS "/m.ptx", HEAD ENTRY ".maxntid 256 { ret; }\n");
        expect(*state, "m.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=m.ptx\nFunction=f\nGrid=1\n"
                "Block=${b}\n" REST "[Sweep]\nb=128,256,512\n",
                "m.conf:7: a block has 512 threads, and 'f' was compiled for 256 at most "
                "(.maxntid, __launch_bounds__) (point 3: b=512)");
}

#define PYTHON "file=/usr/bin/python3\nfile=/usr/bin/python3.11\n"
#define OPTION "which is not in the image: make image with PYTHON=yes puts /usr/bin/python3 into it"

/* A script's first line, and Exec= with what it is given, against images with Python and without.
 */
static void interpreters(void **state)
{
        static const struct {
                const char *line, *exec, *without, *with; /* what is said; NULL: nothing */
        } table[] = {
                { "#!/usr/bin/python3", "./s", "s is a script for /usr/bin/python3, " OPTION,
                        NULL },
                { "#!/usr/bin/python3 -u", "./s", OPTION, NULL },
                { "#!/usr/bin/env python3", "./s", "s is a script for python3, " OPTION, NULL },
                { "#!/usr/bin/env python3.11", "./s", OPTION, NULL },
                { "#!/usr/bin/env python", "./s", OPTION,
                        "s is a script for python, which is not in the image: its Python is called "
                        "/usr/bin/python3" },
                { "#!/opt/venv/bin/python3", "./s", OPTION, "its Python is called" },
                { "#!/usr/bin/env sh", "./s", NULL, NULL },
                { "#!/usr/bin/env -S python3 -u", "./s", "which the image's env, busybox, does not",
                        "s: line 1 gives env '-S python3 -u', which the image's env, busybox" },
                { "#!/usr/bin/env python3 -u", "./s",
                        "s: line 1 has env look for a program that is called 'python3 -u'",
                        "write #! and the interpreter's path" },
                { "", "python3 s",
                        "Exec=python3 is no file of the job folder but one of the "
                        "system's, " OPTION,
                        NULL },
                { "", "python3 -u t", OPTION, NULL },
                { "", "python3 t", OPTION,
                        "'t', which python3 is given, does not exist in the job folder" },
                { "", "python3.12 s", OPTION, "its Python is called /usr/bin/python3" },
                { "", "sh s", NULL, NULL },
                { "", "perl s",
                        "Exec=perl is no file of the job folder but one of the system's, "
                        "which is not in the image",
                        "which is not in the image" },
                /* Linux looks along no PATH, and env is a file as any other */
                { "#!sh", "./s", "s: line 1 names sh, which is looked for in the job folder alone",
                        "write the whole path, as in #!/bin/sh" },
                { "#!./s.conf", "./s", NULL, NULL },
                { "#!/usr/local/bin/env sh", "./s",
                        "s is a script for /usr/local/bin/env, which is not in the image",
                        "s is a script for /usr/local/bin/env" },
                { "", "env A=1 sh s", NULL, NULL },
                { "", "env -i sh s", NULL, NULL },
                { "", "env ./s", NULL, NULL },
                { "", "env ./t", "Exec=env starts ./t, which does not exist in the job folder",
                        "Exec=env starts ./t" },
                { "", "python3 s\nEnvironment=PATH=/opt:/bin", OPTION, "its Python is called" },
        };
        struct stand_in *host = *state;

        for (size_t with = 0; with < 2; with++) {
                stand_in_image(host, ESP "/initramfs.img", with ? CONTENTS PYTHON : CONTENTS);
                for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                        char job[160];

                        snprintf(job, sizeof(job), "[Job]\nType=program\n[Program]\nExec=%s\n",
                                table[i].exec);
                        stand_in_text(host, JOBS "/s", "%s\n", table[i].line);
                        expect(host, "s.conf", job, with ? table[i].with : table[i].without);
                }
        }
}

static void libraries(void **state)
{
        struct stand_in *host = *state;

        /* found beside it, by its own path, and below */
        put_elf(host, "solver", LOADER, "libown.so.1 libcuda.so.1 ld-linux-x86-64.so.2",
                "$ORIGIN/lib:/opt");
        put_elf(host, "lib/libown.so.1", NULL, "libother.so libc.so.6", "${ORIGIN}/../more");
        put_elf(host, "more/libother.so", NULL, "libown.so.1", NULL); /* in a circle */
        put_elf(host, "more/libown.so.1", NULL, "", NULL);
        expect(host, "solver.conf",
                PROGRAM "solver\nEnvironment=LD_LIBRARY_PATH="
                        "/usr/lib/forestage:more\n",
                NULL);
        /* by LD_LIBRARY_PATH */
        put_elf(host, "solver", LOADER, "libown.so.1 libcuda.so.1", NULL);
        put_elf(host, "libown.so.1", NULL, "libc.so.6", NULL);
        expect(host, "solver.conf",
                PROGRAM "solver\nEnvironment=LD_LIBRARY_PATH=/usr/lib/forestage:.\n", NULL);
        /* by a path that counts for all that it needs */
        put_elf(host, "solver", LOADER, "libown.so.1", "$ORIGIN/lib");
        put_elf(host, "lib/libown.so.1", NULL, "libother.so", NULL);
        put_elf(host, "lib/libother.so", NULL, "", NULL);
        expect(host, "solver.conf", PROGRAM "solver\n",
                "solver.conf:4: lib/libown.so.1 needs libother.so, which is");
        put_old_elf(host, "solver", LOADER, "libown.so.1", "$ORIGIN/lib");
        put_elf(host, "lib/libown.so.1", NULL, "libother.so", NULL);
        put_elf(host, "lib/libother.so", NULL, "", NULL);
        expect(host, "solver.conf", PROGRAM "solver\n", NULL);
        /* a path out of the folder is none of the folder's */
        put_elf(host, "solver", LOADER, "libown.so.1", "$ORIGIN/../..");
        expect(host, "solver.conf", PROGRAM "solver\n", "solver needs libown.so.1, which is");
        /* static: needs nothing */
        put_elf(host, "solver", NULL, "", NULL);
        expect(host, "solver.conf", PROGRAM "solver\n", NULL);
        /* libcuda is opened by itself */
        put_elf(host, "solver", LOADER, "libc.so.6", NULL);
        put_job(host, "solver.conf",
                PROGRAM "solver\nEnvironment=LD_LIBRARY_PATH=/opt/cuda/lib64\n");
        assert_int_equal(check(host, ""), 0);
        assert_output(host, "solver.conf:5: note: this LD_LIBRARY_PATH does not name "
                            "/usr/lib/forestage, where libcuda is");
        stand_in_delete(host, JOBS);
        /* damaged */
        put_elf(host, "solver", LOADER, "libc.so.6", NULL);
        {
                struct made_elf made = make_elf(LOADER, "libc.so.6", NULL);

                made.entry[0].d_un.d_val = 1 << 20;
                stand_in_write(host, JOBS "/solver", &made, sizeof(made));
        }
        expect(host, "solver.conf", PROGRAM "solver\n", "solver.conf:4: solver: what the loader");
}

static void environments_and_files(void **state)
{
        static const struct {
                const char *line, *told;
        } table[] = {
                { "Environment=A=1", NULL },
                { "Environment=OMP_NUM_THREADS=8", NULL },
                { "Environment=export A=1", "a.conf:5: Environment=: 'export A' is no name" },
                { "Environment=2A=1", "a.conf:5: Environment=: '2A' is no name" },
                { "Environment='A=1'", "write Environment=A=value" },
                { "Collect=*.csv", NULL },
                { "Collect=new/*.csv", NULL },
                { "Collect=!data/**/x", "a.conf:5: Collect=data/**/x finds nothing: 'data' is" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char text[200];

                stand_in_text(host, JOBS "/data/in", "x");
                stand_in_text(host, JOBS "/a.sh", "#!/bin/sh\n");
                snprintf(text, sizeof(text), PROGRAM "a.sh\n%s\n", table[i].line);
                expect(host, "a.conf", text, table[i].told);
        }
        stand_in_text(host, JOBS "/a.sh", "#!/bin/sh\n");
        stand_in_text(host, JOBS "/mesh.dat", "x");
        put_job(host, "a.conf", PROGRAM "a.sh\nCollect=mesh.dat\nEnvironment=X=$HOME/x\n");
        assert_int_equal(check(host, ""), 0);
        assert_output(host, "a.conf:5: note: Collect=mesh.dat: there is a 'mesh.dat' in the job "
                            "folder");
        assert_output(host, "a.conf:6: note: Environment=X= has a $: nothing is put in for it");
        /* what arm does not take */
        stand_in_link(host, "mesh.dat", JOBS "/link");
        assert_int_equal(check(host, ""), 1);
        assert_output(host, "arm would refuse it: ");
        assert_output(host, "/link: it is a symbolic link, which FAT has not");
        assert_int_equal(check(host, "--json"), 1);
        assert_output(host, "\"refused\"");
}

/* It runs all the same: a program may mean any of these. */
static void what_only_a_shell_or_systemd_reads(void **state)
{
        static const struct {
                const char *lines, *told;
        } table[] = {
                { "a.sh x y", NULL },
                { "sh -c \"echo x | tee y\"", NULL },
                { "a.sh \"a | b\" <x", NULL },
                { "a.sh x | tee y", "a.conf:4: note: no shell reads Exec=: a.sh is given '|'" },
                { "./a.sh > out.txt", "./a.sh is given '>' as a word; write a script" },
                { "a.sh && b.sh", "a.sh is given '&&'" },
                { "a.sh\nEnvironment=A=1 2", NULL },
                { "a.sh\nEnvironment=A=-x =3", NULL },
                { "a.sh\nEnvironment=A=--n=3 -m=4", NULL },
                { "a.sh\nEnvironment=A=1 B=2", "a.conf:5: note: Environment=A= is all of '1 B=2'" },
        };
        struct stand_in *host = *state;

        stand_in_text(host, JOBS "/a.sh", "#!/bin/sh\n");
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char text[200];

                snprintf(text, sizeof(text), "[Job]\nType=program\n[Program]\nExec=%s\n",
                        table[i].lines);
                put_job(host, "a.conf", text);
                assert_int_equal(check(host, ""), 0);
                if (table[i].told)
                        assert_output(host, table[i].told);
                else
                        assert_null(strstr(host->output, "note: "));
        }
}

static void two_gpus_or_one(void **state)
{
        struct stand_in *host = *state;
        static const char p2p[] = "[Job]\nType=check\n[Check]\nLevel=quick\n"
                                  "Require=copy-p2p.gbps>=10\n";

        expect(host, "a.conf", p2p, NULL);
        stand_in_delete(host, "/sys/bus/pci/devices/0000:02:00.0");
        expect(host, "a.conf", p2p,
                "a.conf:5: Require=copy-p2p.gbps>=10 cannot be met: copy-p2p needs two GPUs, and "
                "this host has 1");
        expect(host, "a.conf", "[Job]\nType=check\nDevice=0,1\n[Check]\nLevel=quick\n",
                "a.conf:3: Device=1: this host has 1 GPU, counted from 0: write Device=0");
        stand_in_image(
                host, ESP "/initramfs.img", CONTENTS "file=/usr/lib/forestage/libnvidia-ml.so.1\n");
        expect(host, "a.conf",
                "[Job]\nType=check\n[Check]\nLevel=quick\nRequire=health.temperature_c<=90\n",
                NULL);
        stand_in_image(host, ESP "/initramfs.img", CONTENTS);
        expect(host, "a.conf",
                "[Job]\nType=check\n[Check]\nTests=soak\nRequire=soak.settle_s<=300\n",
                "a.conf:5: Require=soak.settle_s<=300 cannot be met: NVML reads that");
        /* asked for a machine that is not this one */
        put_job(host, "a.conf", "[Job]\nType=check\nDevice=5\n[Check]\nLevel=quick\n");
        assert_int_equal(check(host, "--gpus 8"), 0);
        assert_int_equal(check(host, "--gpus 2"), 0);
        assert_output(host, "a.conf:3: note: Device=5: checked for a machine with 2 GPUs");
}

/* --- what is read --- */

static void images(void **state)
{
        static const char *const bad[] = { "driver", "cuda=12", "ptx=x", "ptx=8.4.1", "file=sh",
                "cuda=12.4x", "version=libc.so.6 GLIBC_2.36", "version=/libc.so.6" };
        char archive[IMAGE_BYTES], why[WHY_SIZE];
        struct image image;
        size_t length = stand_in_make_image(IMAGE_CONTENTS, CONTENTS, archive);

        (void)state;
        assert_true(image_parse(archive, length, &image, why));
        assert_string_equal(image.driver, "550.163.01");
        assert_int_equal(image.cuda, 12040);
        assert_int_equal(image.ptx, 84);
        assert_true(image_has(&image, "/bin/sh"));
        assert_false(image_has(&image, "/bin/s"));
        assert_true(image_has_library(&image, "libm.so.6"));
        assert_false(image_has_library(&image, "libcuda.so.1")); /* LD_LIBRARY_PATH's */
        image_free(&image);
        for (size_t cut = 0; cut < length - 12; cut++) {
                char *copy = malloc(cut + 1); /* so that what is read behind it is noticed */

                memcpy(copy, archive, cut);
                assert_false(image_parse(copy, cut, &image, why));
                free(copy);
        }
        length = stand_in_make_image("other", CONTENTS, archive);
        assert_false(image_parse(archive, length, &image, why));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                length = stand_in_make_image(IMAGE_CONTENTS, bad[i], archive);
                assert_false(image_parse(archive, length, &image, why));
                assert_string_equal(why, "what it says of itself cannot be understood");
        }
        memset(archive + 54, 'f', 8); /* a size beyond all */
        assert_false(image_parse(archive, length, &image, why));
}

static void chips_and_toolkits(void **state)
{
        static const struct {
                const char *device;
                unsigned capability;
        } chips[] = { { "0x13bb", 50 }, { "0x17f0", 52 }, { "0x15f8", 60 }, { "0x1b38", 61 },
                { "0x1db4", 70 }, { "0x1eb8", 75 }, { "0x20b5", 80 }, { "0x2235", 86 },
                { "0x2330", 90 }, { "0x2335", 90 }, { "0x26b9", 89 }, { "0x27b8", 89 },
                { "0x2901", 100 }, { "0x2b85", 120 }, { "0x3182", 103 }, { "0x0020", 0 },
                { "0x9999", 0 }, { "", 0 } };

        (void)state;
        for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
                assert_int_equal(gpuchip_capability(chips[i].device), chips[i].capability);
        assert_int_equal(toolkit_ptx(12040), 84);
        assert_int_equal(toolkit_ptx(12060), 85);
        assert_int_equal(toolkit_ptx(99000), 0);
        assert_int_equal(toolkit_for(85)->cuda, 12050);
        assert_int_equal(toolkit_for(60)->cuda, 11000);
        assert_null(toolkit_for(999));
        for (size_t i = 1; i < TOOLKITS; i++) {
                assert_true(toolkits[i].driver > toolkits[i - 1].driver);
                assert_true(toolkits[i].cuda > toolkits[i - 1].cuda);
                assert_true(toolkits[i].ptx >= toolkits[i - 1].ptx);
        }
}

static void codes(void **state)
{
        struct machinecode code = { .part = { { 80, false, false }, { 90, true, false } },
                .parts = 2 };
        Elf64_Ehdr cubin = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1, 0, 8 },
                .e_machine = EM_CUDA,
                .e_flags = 100 << 8 | 8 };
        char text[64];

        (void)state;
        assert_true(machinecode_suits(&code, 80));
        assert_true(machinecode_suits(&code, 86)); /* of the same major version */
        assert_false(machinecode_suits(&code, 75));
        assert_true(machinecode_suits(&code, 90));
        assert_false(machinecode_suits(&code, 100));
        machinecode_describe(&code, text, sizeof(text));
        assert_string_equal(text, "sm_80, sm_90a");
        machinecode_describe(&code, text, 6);
        assert_string_equal(text, "sm_80");
        code.part[0].is_ptx = true;
        assert_true(machinecode_suits(&code, 100));
        assert_true(machinecode_read_cubin(&cubin, sizeof(cubin), &code));
        assert_int_equal(code.part[0].target, 100);
        assert_true(code.part[0].exact);
        assert_false(machinecode_read_cubin(&cubin, sizeof(cubin) - 1, &code));
        cubin.e_flags = 0;
        assert_false(machinecode_read_cubin(&cubin, sizeof(cubin), &code));
        assert_false(machinecode_read_fatbin("\x50\xed\x55\xba", 4, &code));
}

/* A program as gcc and ld make it: this one. */
static void a_real_program(void **state)
{
        struct dynamic dynamic;
        struct stat status;
        bool found = false, version = false;
        FILE *file = fopen("/proc/self/exe", "rb");
        char *data;

        (void)state;
        assert_non_null(file);
        assert_int_equal(fstat(fileno(file), &status), 0);
        data = malloc((size_t)status.st_size);
        assert_int_equal(fread(data, 1, (size_t)status.st_size, file), status.st_size);
        fclose(file);
        assert_true(dynamic_read(data, (size_t)status.st_size, &dynamic));
        for (size_t i = 0; i < dynamic.needed.count; i++)
                found |= strcmp(dynamic.needed.word[i], "libc.so.6") == 0;
        assert_true(found);
        for (size_t i = 0; i < dynamic.versions.count; i++)
                version |= strncmp(dynamic.versions.word[i], "libc.so.6 GLIBC_2.", 18) == 0;
        assert_true(version);
        dynamic_free(&dynamic);
        free(data);
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up, stand_in_remove)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(every_reason_in_one_folder),
                test(without_an_image_only_notes),
                test(the_image_of_a_folder),
                test(an_image_that_does_not_say),
                test(switches_want_fabric_manager),
                test(rehearsals_and_no_driver),
                test(deadlines),
                test(modules),
                test(modules_that_nothing_loads),
                test(launches),
                test(programs_that_are_none),
                test(versions_of_libraries),
                test(applets),
                test(references),
                test(notes),
                test(another_machine),
                test(interpreters),
                test(libraries),
                test(environments_and_files),
                test(what_only_a_shell_or_systemd_reads),
                test(two_gpus_or_one),
                cmocka_unit_test(images),
                cmocka_unit_test(chips_and_toolkits),
                cmocka_unit_test(codes),
                cmocka_unit_test(a_real_program),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
