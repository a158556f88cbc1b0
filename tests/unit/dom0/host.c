#include "tests/unit/dom0/host.h"

#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/tree.h"
#include "dom0/base/verb.h"
#include "dom0/host/program.h"
#include "efi/parse/manifest.h"
#include "lib/sha256.h"
#include "tests/unit/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BUNDLE       "/boot/efi/EFI/forestage"

uint64_t stand_in_room;

static bool measure_room(const char *path, uint64_t *ret_bytes)
{
        (void)path;
        *ret_bytes = stand_in_room;
        return true;
}

static char *full(const struct stand_in *host, const char *path)
{
        char *joined = NULL;

        assert_true(asprintf(&joined, "%s%s", host->root, path) > 0);
        return joined;
}

static void make_folders(const char *path)
{
        char part[512];

        for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
                mkdir(part, 0755);
        }
}

/* Thousands of files are synced: on a disk that takes minutes. */
void stand_in_use_memory(void)
{
        if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
                mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
                mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
}

void stand_in_write(struct stand_in *host, const char *path, const void *data, size_t length)
{
        char *name = full(host, path);
        FILE *file;

        make_folders(name);
        file = fopen(name, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, length, file), length);
        fclose(file);
        chmod(name, 0644);
        free(name);
}

void stand_in_text(struct stand_in *host, const char *path, const char *format, ...)
{
        char *text = NULL;
        va_list arguments;

        va_start(arguments, format);
        assert_true(vasprintf(&text, format, arguments) >= 0);
        va_end(arguments);
        stand_in_write(host, path, text, strlen(text));
        free(text);
}

void stand_in_program(struct stand_in *host, const char *name, const char *script)
{
        char path[128], *file;

        snprintf(path, sizeof(path), "/programs/%s", name);
        stand_in_text(host, path, "#!/bin/sh\nroot=${0%%/*}/..\n%s", script);
        file = full(host, path);
        chmod(file, 0755);
        free(file);
}

void stand_in_delete(struct stand_in *host, const char *path)
{
        char *name = full(host, path);

        tree_remove(name);
        free(name);
}

bool stand_in_has(const struct stand_in *host, const char *path)
{
        char *name = full(host, path);
        bool there = access(name, F_OK) == 0;

        free(name);
        return there;
}

static char *slurp(FILE *file)
{
        struct stat status;
        char *text;
        size_t size;

        rewind(file);
        assert_int_equal(fstat(fileno(file), &status), 0);
        size = (size_t)status.st_size;
        text = calloc(1, size + 1);
        assert_int_equal(fread(text, 1, size, file), size);
        fclose(file);
        return text;
}

char *stand_in_read(const struct stand_in *host, const char *path)
{
        char *name = full(host, path);
        FILE *file = fopen(name, "rb");

        free(name);
        return file ? slurp(file) : NULL;
}

void stand_in_variable(struct stand_in *host, const char *name, const char *vendor,
        const void *value, size_t length)
{
        char path[160], bytes[512] = { 7 };

        snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s-%s", name, vendor);
        if (!value) {
                stand_in_delete(host, path);
                return;
        }
        memcpy(bytes + 4, value, length);
        stand_in_write(host, path, bytes, length + 4);
}

/* A boot option with two path nodes, the partition if there is one, and the loader. */
static size_t make_option(
        char *out, const char *description, const char *loader, const char *guid, bool active)
{
        size_t at = 6, path;

        memset(out, 0, 512);
        out[0] = active;
        for (; *description; at += 2)
                out[at] = *description++;
        at += 2;
        path = at;
        if (guid) {
                memcpy(out + at, "\4\1\x2a\0\1", 5);
                memcpy(out + at + 24, guid, 16);
                memcpy(out + at + 40, "\2\2", 2);
                at += 42;
        }
        memcpy(out + at, "\4\4", 2);
        out[at + 2] = (char)(4 + 2 * (strlen(loader) + 1));
        for (size_t i = 0; loader[i]; i++)
                out[at + 4 + 2 * i] = loader[i];
        at += 4 + 2 * (strlen(loader) + 1);
        memcpy(out + at, "\x7f\xff\x04\x00", 4);
        at += 4;
        out[4] = (char)(at - path);
        return at;
}

void stand_in_option(struct stand_in *host, unsigned number, const char *description,
        const char *loader, const char *guid, bool active)
{
        char option[512], name[16];
        size_t length = make_option(option, description, loader, guid, active);

        snprintf(name, sizeof(name), "Boot%04X", number & 0xffff);
        stand_in_variable(host, name, GLOBAL_VENDOR, option, length);
}

size_t stand_in_make_xen(uint8_t *image, const char *version, bool bad_notes)
{
        Elf32_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1 },
                .e_type = ET_EXEC,
                .e_machine = EM_386,
                .e_phoff = 64,
                .e_phentsize = sizeof(Elf32_Phdr),
                .e_phnum = 2 };
        Elf32_Phdr load = { .p_type = PT_LOAD,
                .p_paddr = 0x200000,
                .p_offset = 256,
                .p_filesz = 1024,
                .p_memsz = 2048 };
        Elf32_Phdr note = { .p_type = PT_NOTE, .p_offset = 2048, .p_filesz = 24 };
        const uint32_t multiboot[4] = { 0xe85250d6u, 0, 24, -(0xe85250d6u + 24u) };
        const uint32_t notes[3] = { 4, bad_notes ? 4096u : 8u, 1 };

        memset(image, 0, XEN_BYTES);
        memcpy(image, &head, sizeof(head));
        memcpy(image + 64, &load, sizeof(load));
        memcpy(image + 64 + sizeof(load), &note, sizeof(note));
        memcpy(image + 512, multiboot, sizeof(multiboot));
        memcpy(image + 2048, notes, sizeof(notes));
        memcpy(image + 2060, "Xen", 4);
        strcpy((char *)image + 3000, version);
        return XEN_BYTES;
}

/* To start gzip takes longer than all else that a stand-in is made of: what it gives is kept, for
 * each Xen. */
static void pack_xen(struct stand_in *host, const char *version, bool bad_notes, char **ret_packed,
        size_t *ret_length)
{
        const char *const argv[] = { "gzip", "-nc", NULL, NULL };
        const char *filled[4];
        uint8_t image[XEN_BYTES];
        struct failure failure;
        char *plain = full(host, "/tmp/xen");

        stand_in_write(host, "/tmp/xen", image, stand_in_make_xen(image, version, bad_notes));
        memcpy(filled, argv, sizeof(filled));
        filled[2] = plain;
        assert_true(program_run(&host->host, filled, 1 << 20, ret_packed, ret_length, &failure));
        free(plain);
        stand_in_delete(host, "/tmp/xen");
}

void stand_in_xen(struct stand_in *host, const char *path, const char *version, bool bad_notes)
{
        static struct packed {
                char version[64];
                bool bad_notes;
                char *bytes;
                size_t length;
        } kept[8];
        static size_t next;
        struct packed *packed = NULL;

        for (size_t i = 0; i < COUNT(kept) && !packed; i++)
                if (kept[i].bytes && kept[i].bad_notes == bad_notes &&
                        strcmp(kept[i].version, version) == 0)
                        packed = &kept[i];
        if (!packed) {
                packed = &kept[next++ % COUNT(kept)];
                free(packed->bytes);
                snprintf(packed->version, sizeof(packed->version), "%s", version);
                packed->bad_notes = bad_notes;
                pack_xen(host, version, bad_notes, &packed->bytes, &packed->length);
        }
        stand_in_write(host, path, packed->bytes, packed->length);
}

/* efibootmgr on the folder of variables; our option is 0007, or the next number that is free. */
static const char efibootmgr[] =
        "vars=$root/sys/firmware/efi/efivars\n"
        "vendor=" GLOBAL_VENDOR "\n"
        "order=$vars/BootOrder-$vendor\n"
        "printf '%s\\n' \"efibootmgr $*\" >>\"$root/log\"\n"
        "numbers() { tail -c +5 \"$order\" | od -An -v -tx2 | tr a-f A-F; }\n"
        "put() {\n"
        "\thead -c 4 \"$order\" >\"$root/new\"\n"
        "\tfor number; do\n"
        "\t\tprintf \"\\\\$(printf %03o \"0x${number#??}\")\\\\$(printf %03o "
        "\"0x${number%??}\")\"\n"
        "\tdone >>\"$root/new\"\n"
        "\tmv \"$root/new\" \"$order\"\n"
        "\tchmod 644 \"$order\"\n"
        "}\n"
        "for last; do :; done\n"
        "option=$vars/Boot$last-$vendor\n"
        "case $* in\n"
        "*--create*)\n"
        "\tlast=0007\n"
        "\twhile [ -e \"$vars/Boot$last-$vendor\" ]; do last=$(printf %04X $((0x$last + 1))); "
        "done\n"
        "\tcp \"$root/programs/option\" \"$vars/Boot$last-$vendor\"\n"
        "\tput \"$last\" $(numbers) ;;\n"
        "*--delete-bootnum*)\n"
        "\trm \"$option\" || exit 2\n"
        "\tput $(numbers | tr ' ' '\\n' | grep -vx \"$last\") ;;\n"
        "*--active*)\n"
        "\t{ head -c 4 \"$option\"; printf '\\001'; tail -c +6 \"$option\"; } >\"$root/new\"\n"
        "\tmv \"$root/new\" \"$option\"\n"
        "\tchmod 644 \"$option\" ;;\n"
        "*--bootorder*)\n"
        "\tfor number in $(echo \"$last\" | tr , ' '); do\n"
        "\t\t[ -e \"$vars/Boot$number-$vendor\" ] || exit 8\n"
        "\tdone\n"
        "\tput $(echo \"$last\" | tr , ' ') ;;\n"
        "esac\n";

/* update-grub: what the scripts of /etc/grub.d print, one after another. */
static const char update_grub[] =
        "echo update-grub >>\"$root/log\"\n"
        "for script in \"$root\"/etc/grub.d/*; do\n"
        "\t( . \"$script\" ) || exit 1\n"
        "done >\"$root/boot/grub/grub.cfg.new\"\n"
        "mv \"$root/boot/grub/grub.cfg.new\" \"$root/boot/grub/grub.cfg\"\n"
        "chmod 644 \"$root/boot/grub/grub.cfg\"\n";

static const char debian_xen[] =
        "cat <<'EOF'\n"
        "set default=\"Debian GNU/Linux, with Xen hypervisor\"\n"
        "menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {\n"
        "\tlinux /boot/vmlinuz-6.1 root=UUID=1 ro quiet\n"
        "\tinitrd /boot/initrd.img-6.1\n"
        "}\n"
        "menuentry 'Debian GNU/Linux, with Xen hypervisor' $menuentry_id_option 'xen-1' {\n"
        "\tinsmod part_gpt\n"
        "\tif [ x$feature_platform_search_hint = xy ]; then\n"
        "\t  search --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2  1\n"
        "\telse\n"
        "\t  search --no-floppy --fs-uuid --set=root 1\n"
        "\tfi\n"
        "\techo\t'Loading Xen 4.17-amd64 ...'\n"
        "        if [ \"$grub_platform\" = \"pc\" -o \"$grub_platform\" = \"\" ]; then\n"
        "            xen_rm_opts=\n"
        "        else\n"
        "            xen_rm_opts=\"no-real-mode edd=off\"\n"
        "        fi\n"
        "\tmultiboot2\t/boot/xen-4.17-amd64.gz placeholder dom0_mem=1G console=com1,vga "
        "com1=115200,8n1 ${xen_rm_opts}\n"
        "\tmodule2\t/boot/vmlinuz-6.1 placeholder root=UUID=1 ro  quiet\n"
        "\tmodule2\t--nounzip   /boot/initrd.img-6.1\n"
        "}\n"
        "EOF\n"
        "for found in \"$root\"/boot/*; do echo \"# found ${found##*/}\"; done\n";

static const char xenserver_config[] =
        "serial --unit=0 --speed=115200\n"
        "terminal_input serial console\n"
        "set default=0\n"
        "set timeout=5\n"
        "menuentry 'XCP-ng' {\n"
        "\tsearch --label --set root root-abcdef\n"
        "\tmultiboot2 /boot/xen.gz dom0_mem=4192M,max:4192M watchdog ucode=scan "
        "crashkernel=256M,below=4G console=vga vga=mode-0x0311\n"
        "\tmodule2 /boot/vmlinuz-4.19-xen root=LABEL=root-abcdef ro nolvm hpet=disable "
        "console=hvc0 console=tty0 quiet vga=785 splash\n"
        "\tmodule2 /boot/initrd-4.19-xen.img\n"
        "}\n"
        "menuentry 'XCP-ng (Serial)' {\n"
        "\tmultiboot2 /boot/xen.gz com1=115200,8n1 console=com1,vga\n"
        "\tmodule2 /boot/vmlinuz-4.19-xen root=LABEL=root-abcdef ro\n"
        "\tmodule2 /boot/initrd-4.19-xen.img\n"
        "}\n";

static void put_kernel(struct stand_in *host, const char *path, const char *version)
{
        char kernel[1024] = { 0 };

        memcpy(kernel + 0x202, "HdrS", 4);
        kernel[0x20e] = 600 - 0x200; /* where its version is */
        snprintf(kernel + 600, 100, "%s (builder@host) #1 SMP", version);
        stand_in_write(host, path, kernel, sizeof(kernel));
}

/* A Debian host is always the same at first, and so is its grub.cfg: update-grub has to make it
 * once. */
static void put_grub_cfg(struct stand_in *host)
{
        static char *made;
        const char *const argv[] = { "update-grub", NULL };
        struct failure failure;

        if (made) {
                stand_in_text(host, "/boot/grub/grub.cfg", "%s", made);
                stand_in_text(host, "/log", "update-grub\n");
                return;
        }
        assert_true(program_do(&host->host, argv, &failure));
        made = stand_in_read(host, "/boot/grub/grub.cfg");
        assert_non_null(made);
}

static void put_debian(struct stand_in *host)
{

        stand_in_text(host, "/boot/efi/EFI/debian/shimx64.efi", "shim");
        stand_in_xen(host, "/boot/xen-4.17-amd64.gz", "4.17.1", false);
        put_kernel(host, "/boot/vmlinuz-6.1", "6.1.1");
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD);
        stand_in_text(host, "/boot/grub/grubenv", "# GRUB Environment Block\nnext_entry=0\n####");
        stand_in_text(host, "/boot/grub/grub.cfg", "not made yet");
        stand_in_text(host, "/etc/grub.d/00_header", "echo '# header'\n");
        stand_in_text(host, "/etc/grub.d/20_linux_xen", "%s", debian_xen);
        stand_in_program(host, "update-grub", update_grub);
        stand_in_option(host, 1, "debian", "\\EFI\\debian\\shimx64.efi", ESP_GUID, true);
        put_grub_cfg(host);
}

static void put_xenserver(struct stand_in *host)
{
        char *link = full(host, "/boot/xen.gz");

        stand_in_text(host, "/boot/efi/EFI/xenserver/grubx64.efi", "grub");
        stand_in_text(host, "/boot/efi/EFI/xenserver/grub.cfg", "%s", xenserver_config);
        stand_in_xen(host, "/boot/xen-4.17.5.gz", "4.17.5", false);
        assert_int_equal(symlink("xen-4.17.5.gz", link), 0);
        free(link);
        put_kernel(host, "/boot/vmlinuz-4.19-xen", "4.19.0+1");
        stand_in_text(host, "/boot/initrd-4.19-xen.img", INITRD);
        stand_in_option(host, 1, "XCP-ng", "\\EFI\\xenserver\\grubx64.efi", ESP_GUID, true);
}

void stand_in_link(struct stand_in *host, const char *target, const char *path)
{
        char *name = full(host, path);

        make_folders(name);
        assert_int_equal(symlink(target, name), 0);
        free(name);
}

static void put_links(struct stand_in *host)
{
        static const char *const links[][2] = {
                { "../../devices/sda/sda1", "/sys/dev/block/8:1" },
                { "../../sda1", "/dev/disk/by-uuid/1234-ABCD" },
                { "../../sda2", "/dev/disk/by-uuid/1" }, /* as Debian's entry searches it */
                { "../../sda1", "/dev/disk/by-partuuid/" ESP_PARTITION },
        };

        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
                stand_in_link(host, links[i][0], links[i][1]);
}

size_t stand_in_make_image(const char *name, const char *contents, char *ret_archive)
{
        size_t length = (size_t)snprintf(ret_archive, IMAGE_BYTES,
                "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, 0100644, 0, 0, 1,
                0, strlen(contents), 0, 0, 0, 0, strlen(name) + 1, 0);

        memcpy(ret_archive + length, name, strlen(name) + 1);
        length += strlen(name) + 1;
        while (length % 4 != 0)
                ret_archive[length++] = '\0';
        memcpy(ret_archive + length, contents, strlen(contents));
        length += strlen(contents);
        memcpy(ret_archive + length, "the stage's", 11); /* what follows is not read */
        return length + 11;
}

void stand_in_image(struct stand_in *host, const char *path, const char *contents)
{
        char archive[IMAGE_BYTES];

        stand_in_write(
                host, path, archive, stand_in_make_image("forestage.image", contents, archive));
}

static void put_machine(struct stand_in *host)
{
        char option[512];
        size_t length =
                make_option(option, "Forestage", "\\EFI\\forestage\\forestage.efi", ESP_GUID, true);
        char with_attributes[520] = { 7 };

        stand_in_text(host, "/proc/self/mountinfo",
                "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
                "30 22 8:1 / /boot/efi rw,relatime shared:2 - vfat /dev/sda1 rw,fmask=0077\n");
        stand_in_text(host, "/cmdline", "root=UUID=1 ro quiet\n");
        stand_in_text(host, "/sys/devices/sda/uevent", "MAJOR=8\nDEVNAME=sda\n");
        stand_in_text(host, "/sys/devices/sda/sda1/uevent", "MAJOR=8\nDEVNAME=sda1\n");
        stand_in_text(host, "/sys/devices/sda/sda1/partition", "1\n");
        put_links(host);
        stand_in_text(host, "/run/machine-id", "%032d", 0);
        stand_in_variable(host, "BootOrder", GLOBAL_VENDOR, "\1\0\2\0", 4);
        stand_in_variable(host, "BootCurrent", GLOBAL_VENDOR, "\1\0", 2);
        stand_in_option(host, 2, "UEFI PXEv4", "", NULL, true);
        memcpy(with_attributes + 4, option, length);
        stand_in_write(host, "/programs/option", with_attributes, length + 4);
        stand_in_program(host, "efibootmgr", efibootmgr);
        stand_in_text(host, "/usr/share/forestage/image/forestage.efi", "the application");
        stand_in_text(host, "/usr/share/forestage/image/vmlinuz", "the stage's kernel");
        stand_in_image(host, "/usr/share/forestage/image/initramfs.img",
                "driver=550.163.01\ncuda=12.4\nptx=8.4\nfile=/bin/sh\n"
                "file=/usr/lib/forestage/libcuda.so.1\n");
        stand_in_text(host, "/etc/forestage/jobs/one.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=one.ptx\nFunction=f\nGrid=1\nBlock=1\n"
                "Argument=in data/in.bin\nArgument=out out.bin 8\n[Expect]\n"
                "out.bin=like data/want.bin tolerance 0 as f32\n");
        /* So a fatbin starts, of which only a GPU can tell what is in it. */
        stand_in_text(host, "/etc/forestage/jobs/one.ptx", "\x50\xed\x55\xba");
        stand_in_text(host, "/etc/forestage/jobs/data/in.bin", "input");
        stand_in_text(host, "/etc/forestage/jobs/data/want.bin", "8 wanted");
}

void stand_in_at(struct stand_in *host, const char *root)
{
        snprintf(host->root, sizeof(host->root), "%s", root);
        snprintf(host->command_line, sizeof(host->command_line), "%s/cmdline", host->root);
        snprintf(host->iomem, sizeof(host->iomem), "%s/iomem", host->root);
        snprintf(host->memory, sizeof(host->memory), "%s/memory", host->root);
        snprintf(host->hypervisor, sizeof(host->hypervisor), "%s/hypervisor", host->root);
        snprintf(host->runs, sizeof(host->runs), "%s/var/lib/forestage/runs", host->root);
        snprintf(host->trials, sizeof(host->trials), "%s/var/lib/forestage/trials", host->root);
        snprintf(host->programs, sizeof(host->programs), "%s/programs:/usr/bin:/bin", host->root);
        host->host = (struct host){ host->command_line, host->iomem, host->memory, host->hypervisor,
                host->runs, host->trials, host->root, host->programs, measure_room, NULL, 60, 0 };
        stand_in_room = 1ull << 30;
}

static int set_up(void **state, enum flavour flavour)
{
        struct stand_in *host = calloc(1, sizeof(*host));
        char root[] = "/tmp/forestage-test-XXXXXX";

        host->flavour = flavour;
        assert_non_null(mkdtemp(root));
        stand_in_at(host, root);
        put_machine(host);
        if (flavour == FLAVOUR_DEBIAN)
                put_debian(host);
        else
                put_xenserver(host);
        *state = host;
        return 0;
}

int stand_in_debian(void **state)
{
        return set_up(state, FLAVOUR_DEBIAN);
}

int stand_in_xenserver(void **state)
{
        return set_up(state, FLAVOUR_XENSERVER);
}

int stand_in_remove(void **state)
{
        struct stand_in *host = *state;

        tree_remove(host->root);
        free(host->output);
        free(host->errors);
        free(host);
        return 0;
}

static bool is_listed(const struct stand_in *host, const struct manifest_entry *entry)
{
        char path[400], *text;
        uint8_t digest[SHA256_SIZE];
        struct stat status;
        bool same;

        snprintf(path, sizeof(path), BUNDLE "/" SLICE_FORMAT, SLICE_PRINT(entry->path));
        text = stand_in_read(host, path);
        if (!text)
                return false;
        snprintf(path, sizeof(path), "%s" BUNDLE "/" SLICE_FORMAT, host->root,
                SLICE_PRINT(entry->path));
        assert_int_equal(stat(path, &status), 0);
        sha256(text, (size_t)status.st_size, digest);
        same = memcmp(digest, entry->sha256, sizeof(digest)) == 0;
        free(text);
        return same;
}

bool stand_in_bundle_is_whole(const struct stand_in *host)
{
        struct manifest_entry entries[32];
        struct manifest manifest = { .entries = entries, .capacity = 32 };
        char *text = stand_in_read(host, BUNDLE "/manifest"), buffer[256];
        struct text reason;
        bool good;

        text_init(&reason, buffer, sizeof(buffer));
        good = text && manifest_parse(slice_of(text), &manifest, &reason);
        for (size_t i = 0; good && i < manifest.count; i++)
                good = is_listed(host, &entries[i]);
        free(text);
        return good;
}

/* nftw has no room for an argument. */
static FILE *snapshot_to;
static size_t snapshot_root;

static int snapshot_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        const char *name = path + snapshot_root;
        char digest[2 * SHA256_SIZE + 1] = "", *text;
        uint8_t hash[SHA256_SIZE];
        FILE *file;

        (void)walk;
        if (strncmp(name, "/var", 4) == 0 || strncmp(name, "/run", 4) == 0 ||
                strcmp(name, "/log") == 0 || !*name)
                return 0;
        if (type == FTW_F && S_ISREG(status->st_mode) && (file = fopen(path, "rb"))) {
                text = slurp(file);
                sha256(text, (size_t)status->st_size, hash);
                sha256_format(hash, digest);
                free(text);
        }
        fprintf(snapshot_to, "%s %o %s\n", name, status->st_mode, digest);
        return 0;
}

static int compare_lines(const void *left, const void *right)
{
        return strcmp(*(char *const *)left, *(char *const *)right);
}

/* nftw lists a folder in no certain order. */
static char *sort_lines(char *text)
{
        char *lines[512], *sorted = calloc(1, strlen(text) + 1);
        size_t count = 0;

        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                lines[count++] = line;
        qsort(lines, count, sizeof(lines[0]), compare_lines);
        for (size_t i = 0; i < count; i++)
                sprintf(sorted + strlen(sorted), "%s\n", lines[i]);
        free(text);
        return sorted;
}

char *stand_in_snapshot(const struct stand_in *host)
{
        char *text = NULL;
        size_t length;

        snapshot_to = open_memstream(&text, &length);
        snapshot_root = strlen(host->root);
        nftw(host->root, snapshot_one, 16, FTW_PHYS);
        fclose(snapshot_to);
        return sort_lines(text);
}

/* Sends a standard stream into a file; returns what it was. */
static int divert(int stream, FILE *file)
{
        int kept = dup(stream);

        dup2(fileno(file), stream);
        return kept;
}

int stand_in_run_answer(struct stand_in *host, const char *answer, const char *line)
{
        FILE *files[3] = { tmpfile(), tmpfile(), tmpfile() };
        char words[512], *argv[24] = { NULL };
        int kept[3], argc = 0;

        strcpy(words, line);
        for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
                argv[argc++] = word;
        fputs(answer ? answer : "", files[0]);
        rewind(files[0]);
        fflush(stdout);
        for (int i = 0; i < 3; i++)
                kept[i] = divert(i, files[i]);
        clearerr(stdin);
        lseek(0, 0, SEEK_SET);
        __fpurge(stdin);
        host->code = verb_find(argv[0])->run(&host->host, argc, argv);
        fflush(stdout);
        for (int i = 0; i < 3; i++) {
                dup2(kept[i], i);
                close(kept[i]);
        }
        free(host->output);
        free(host->errors);
        fclose(files[0]);
        host->output = slurp(files[1]);
        host->errors = slurp(files[2]);
        return host->code;
}

int stand_in_run(struct stand_in *host, const char *format, ...)
{
        char line[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        return stand_in_run_answer(host, NULL, line);
}

static void assert_holds(const char *what, const char *whole, const char *text)
{
        if (!whole || !strstr(whole, text))
                fail_msg("%s holds no \"%s\":\n%s", what, text, whole ? whole : "(nothing)");
}

void assert_output(const struct stand_in *host, const char *text)
{
        assert_holds("standard output", host->output, text);
}

void assert_errors(const struct stand_in *host, const char *text)
{
        assert_holds("standard error", host->errors, text);
}
