#include "initramfs/load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/firmwaremap.h"
#include "initramfs/multiboot.h"
#include "initramfs/placement.h"
#include "initramfs/purgatory/checksum.h"
#include "initramfs/purgatory/table.h"
#include "initramfs/xenfile.h"

extern const uint8_t purgatory_image[], purgatory_image_end[];

/* A whole file in memory; a file of no bytes has none. */
struct file {
        const uint8_t *bytes;
        size_t size;
};

/* Everything that is given to the kernel, and where it goes. */
struct plan {
        struct file xen_file, kernel, initrd;
        struct xenfile xen;
        struct placement placement;
        struct multiboot_module modules[2];
        size_t module_count;
        void *information;
        size_t information_size;
        uint8_t *purgatory;
        uint64_t information_start, purgatory_start;
        struct kexec_segment segments[PURGATORY_MAX_RANGES + 1];
        size_t segment_count;
        XXH64_state_t checksum;
        char *problem;
        size_t problem_size;
};

static bool __attribute__((format(printf, 2, 3))) fail(struct plan *plan, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(plan->problem, plan->problem_size, format, arguments);
        va_end(arguments);
        return false;
}

/* --- files --- */

static bool map_file(struct plan *plan, const char *path, struct file *ret_file)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat status;
        void *bytes = MAP_FAILED;

        if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0)
                bytes = mmap(
                        NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        else if (fd >= 0)
                errno = ENODATA;
        if (bytes == MAP_FAILED)
                fail(plan, "%s: %s", path, strerror(errno));
        else
                *ret_file = (struct file){ bytes, (size_t)status.st_size };
        if (fd >= 0)
                close(fd);
        return bytes != MAP_FAILED;
}

static void unmap_file(struct file *file)
{
        if (file->bytes)
                munmap((void *)file->bytes, file->size);
        *file = (struct file){ 0 };
}

static bool read_files(struct plan *plan, const struct load *load)
{
        const char *problem;

        if (!map_file(plan, load->xen, &plan->xen_file) ||
                !map_file(plan, load->kernel, &plan->kernel) ||
                (load->initrd && !map_file(plan, load->initrd, &plan->initrd)))
                return false;
        problem = xenfile_read(plan->xen_file.bytes, plan->xen_file.size, &plan->xen);
        return !problem || fail(plan, "%s: %s", load->xen, problem);
}

/* --- segments --- */

/* Adds a segment, and its bytes to what is checked before Xen starts. */
static void add_segment(
        struct plan *plan, const void *bytes, size_t size, uint64_t start, uint64_t memory)
{
        const uint64_t page = PLACEMENT_PAGE;

        plan->segments[plan->segment_count++] = (struct kexec_segment){
                .buf = bytes,
                .bufsz = size,
                .mem = (const void *)(uintptr_t)start,
                .memsz = (memory + page - 1) & ~(page - 1),
        };
}

static void add_checked(
        struct plan *plan, const void *bytes, size_t size, uint64_t start, uint64_t memory)
{
        struct purgatory_table *table = (void *)(plan->purgatory + PURGATORY_TABLE_OFFSET);

        table->ranges[plan->segment_count].start = start;
        table->ranges[plan->segment_count].size = size;
        XXH64_update(&plan->checksum, bytes, size);
        add_segment(plan, bytes, size, start, memory);
}

static bool place_xen(struct plan *plan)
{
        if (!placement_take(&plan->placement, plan->xen.address, plan->xen.memory))
                return fail(plan, "Xen's memory, 0x%x bytes at 0x%x, is not free", plan->xen.memory,
                        plan->xen.address);
        add_checked(plan, plan->xen.bytes, plan->xen.size, plan->xen.address, plan->xen.memory);
        return true;
}

static bool place_module(struct plan *plan, const struct file *file, const char *line)
{
        uint64_t start;

        if (!placement_find(&plan->placement, file->size, &start))
                return fail(plan, "no room below 4 GiB for %zu bytes of %s", file->size, line);
        plan->modules[plan->module_count++] =
                (struct multiboot_module){ (uint32_t)start, (uint32_t)file->size, line };
        add_checked(plan, file->bytes, file->size, start, file->size);
        return true;
}

static bool place_information(struct plan *plan, const char *xen_line)
{
        const struct multiboot multiboot = {
                .line = xen_line,
                .loader = "forestage",
                .modules = plan->modules,
                .module_count = plan->module_count,
                .map = plan->placement.map,
        };

        plan->information_size = multiboot_write(&multiboot, NULL, 0);
        plan->information = calloc(1, plan->information_size);
        if (!plan->information ||
                !placement_find(&plan->placement, plan->information_size, &plan->information_start))
                return fail(plan, "no room for the boot information");
        multiboot_write(&multiboot, plan->information, plan->information_size);
        add_checked(plan, plan->information, plan->information_size, plan->information_start,
                plan->information_size);
        return true;
}

static bool place_purgatory(struct plan *plan)
{
        struct purgatory_table *table = (void *)(plan->purgatory + PURGATORY_TABLE_OFFSET);
        size_t size = (size_t)(purgatory_image_end - purgatory_image);

        if (!placement_find(&plan->placement, size, &plan->purgatory_start))
                return fail(plan, "no room for the code between Linux and Xen");
        table->entry = plan->xen.entry;
        table->information = (uint32_t)plan->information_start;
        table->checksum = XXH64_digest(&plan->checksum);
        add_segment(plan, plan->purgatory, size, plan->purgatory_start, size);
        return true;
}

static bool start_purgatory(struct plan *plan)
{
        size_t size = (size_t)(purgatory_image_end - purgatory_image);

        plan->purgatory = malloc(size);
        if (!plan->purgatory)
                return fail(plan, "out of memory");
        memcpy(plan->purgatory, purgatory_image, size);
        XXH64_reset(&plan->checksum, 0);
        return true;
}

static bool place_all(struct plan *plan, const struct load *load, const char *xen_line)
{
        return place_xen(plan) && place_module(plan, &plan->kernel, load->kernel_line) &&
               (!load->initrd || place_module(plan, &plan->initrd, load->initrd)) &&
               place_information(plan, xen_line) && place_purgatory(plan);
}

static bool give(struct plan *plan)
{
        if (syscall(SYS_kexec_load, (unsigned long)plan->purgatory_start,
                    (unsigned long)plan->segment_count, plan->segments, KEXEC_ARCH_DEFAULT) == 0)
                return true;
        return fail(plan, "kexec_load: %s", strerror(errno));
}

static void release(struct plan *plan)
{
        unmap_file(&plan->xen_file);
        unmap_file(&plan->kernel);
        unmap_file(&plan->initrd);
        free(plan->placement.map.entries);
        free(plan->information);
        free(plan->purgatory);
}

bool load_xen(const struct load *load, char *ret_problem, size_t size)
{
        struct plan plan = { .problem = ret_problem, .problem_size = size };
        char *xen_line = NULL;
        bool ok;

        ok = read_files(&plan, load) && start_purgatory(&plan);
        if (ok && !firmwaremap_read(FIRMWAREMAP_FOLDER, &plan.placement.map))
                ok = fail(&plan, "%s: %s", FIRMWAREMAP_FOLDER, strerror(errno));
        /* Xen drops the first word unless GRUB 2 has loaded it. */
        if (ok && asprintf(&xen_line, "xen %s", load->xen_line) < 0)
                ok = fail(&plan, "out of memory");
        ok = ok && place_all(&plan, load, xen_line) && give(&plan);
        free(xen_line);
        release(&plan);
        return ok;
}
