#include "initramfs/xen/load.h"

#include <errno.h>
#include <linux/kexec.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/xen/firmwaremap.h"
#include "initramfs/xen/identity.h"
#include "initramfs/xen/multiboot.h"
#include "initramfs/xen/placement.h"
#include "initramfs/xen/purgatory/checksum.h"
#include "initramfs/xen/purgatory/table.h"
#include "initramfs/xen/xenfile.h"
#include "lib/cleanup.h"

#define MAX_SEGMENTS 4u /* Xen, its boot information, the purgatory and its page tables */

/* Xen and the boot information are checked too; and these, the page tables and the code are placed.
 */
_Static_assert(PURGATORY_MAX_RANGES >= 2 + MODULES_MAX, "a range of each that is loaded");
_Static_assert(PLACEMENT_MAX >= 4 + MODULES_MAX, "a place for each that is loaded");

extern const uint8_t purgatory_image[], purgatory_image_end[];

/* Everything that is given to the kernel or told to Xen, and where it is. */
struct plan {
        struct xenfile xen;
        uint32_t base; /* of a Xen that was moved; 0: it was not */
        struct placement placement;
        struct multiboot_module modules[MODULES_MAX];
        size_t module_count;
        void *information;
        uint64_t *identity;
        uint8_t *purgatory;
        struct purgatory_table *table; /* in the purgatory */
        uint64_t purgatory_start;
        struct kexec_segment segments[MAX_SEGMENTS];
        size_t segment_count, range_count;
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

/* --- segments and what is checked before Xen starts --- */

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

static void add_range(struct plan *plan, const void *bytes, size_t size, uint64_t start)
{
        plan->table->ranges[plan->range_count].start = start;
        plan->table->ranges[plan->range_count++].size = size;
        XXH64_update(&plan->checksum, bytes, size);
}

/* Firmware has something where Xen is linked to, and Xen says where else it can be. */
static bool move_xen(struct plan *plan)
{
        const struct placement_range *range = &plan->xen.range;
        uint64_t start;

        if (range->align == 0 ||
                !placement_find_in(&plan->placement, plan->xen.memory, range, &start))
                return false;
        plan->xen.entry += (uint32_t)start - plan->xen.address;
        plan->xen.address = (uint32_t)start;
        plan->base = (uint32_t)start;
        return true;
}

static bool place_xen(struct plan *plan, const struct load *load)
{
        const char *problem = xenfile_read(load->xen, load->xen_size, &plan->xen);

        if (problem)
                return fail(plan, "Xen's file: %s", problem);
        if (!placement_take(&plan->placement, plan->xen.address, plan->xen.memory) &&
                !move_xen(plan))
                return fail(plan, "Xen's memory, 0x%x bytes at 0x%x, is not free%s",
                        plan->xen.memory, plan->xen.address,
                        plan->xen.range.align ? ", nor is there such a place elsewhere" : "");
        add_range(plan, plan->xen.bytes, plan->xen.size, plan->xen.address);
        add_segment(plan, plan->xen.bytes, plan->xen.size, plan->xen.address, plan->xen.memory);
        return true;
}

/* A module stays where it is; that memory is Xen's from then on, and nobody else's until then. */
static bool take_module(struct plan *plan, const struct load_module *module)
{
        if (!memory_map_release(&plan->placement.map, module->address, module->size) ||
                !placement_take(&plan->placement, module->address, module->size))
                return fail(plan, "0x%zx bytes at 0x%llx are not reserved for %s", module->size,
                        (unsigned long long)module->address, module->line);
        plan->modules[plan->module_count++] = (struct multiboot_module){ (uint32_t)module->address,
                (uint32_t)module->size, module->line };
        add_range(plan, module->bytes, module->size, module->address);
        return true;
}

static bool take_modules(struct plan *plan, const struct load *load)
{
        for (size_t i = 0; i < load->module_count; i++)
                if (!take_module(plan, &load->modules[i]))
                        return false;
        return true;
}

static bool place_information(struct plan *plan, const struct load *load, const char *xen_line)
{
        const struct multiboot multiboot = {
                .line = xen_line,
                .loader = "forestage",
                .modules = plan->modules,
                .module_count = plan->module_count,
                .map = plan->placement.map,
                .screen = load->screen,
                .base = plan->base,
        };
        size_t size = multiboot_write(&multiboot, NULL, 0);
        uint64_t start;

        plan->information = calloc(1, size);
        if (!plan->information || !placement_find(&plan->placement, size, &start))
                return fail(plan, "no room for the boot information");
        multiboot_write(&multiboot, plan->information, size);
        plan->table->information = (uint32_t)start;
        add_range(plan, plan->information, size, start);
        add_segment(plan, plan->information, size, start, size);
        return true;
}

static bool place_identity(struct plan *plan)
{
        uint64_t start;

        plan->identity = malloc(IDENTITY_BYTES);
        if (!plan->identity || !placement_find(&plan->placement, IDENTITY_BYTES, &start))
                return fail(plan, "no room for page tables");
        identity_write(plan->identity, start);
        plan->table->root4 = (uint32_t)start + IDENTITY_ROOT4;
        plan->table->root5 = (uint32_t)start + IDENTITY_ROOT5;
        add_segment(plan, plan->identity, IDENTITY_BYTES, start, IDENTITY_BYTES);
        return true;
}

static bool place_purgatory(struct plan *plan)
{
        size_t size = (size_t)(purgatory_image_end - purgatory_image);

        if (!placement_find(&plan->placement, size, &plan->purgatory_start))
                return fail(plan, "no room for the code between Linux and Xen");
        plan->table->entry = plan->xen.entry;
        plan->table->checksum = XXH64_digest(&plan->checksum);
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
        plan->table = (void *)(plan->purgatory + PURGATORY_TABLE_OFFSET);
        XXH64_reset(&plan->checksum, 0);
        return true;
}

static bool place_all(struct plan *plan, const struct load *load, const char *xen_line)
{
        return place_xen(plan, load) && take_modules(plan, load) &&
               place_information(plan, load, xen_line) && place_identity(plan) &&
               place_purgatory(plan);
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
        free(plan->placement.map.entries);
        free(plan->information);
        free(plan->identity);
        free(plan->purgatory);
}

bool load_xen(const struct load *load, char *ret_problem, size_t size)
{
        struct plan plan = { .problem = ret_problem, .problem_size = size };
        _cleanup_free_ char *xen_line = NULL;
        bool ok;

        ok = start_purgatory(&plan);
        if (ok && !firmwaremap_read(FIRMWAREMAP_FOLDER, &plan.placement.map))
                ok = fail(&plan, "%s: %s", FIRMWAREMAP_FOLDER, strerror(errno));
        /* Xen drops the first word unless GRUB 2 has loaded it. */
        if (ok && asprintf(&xen_line, "xen %s", load->xen_line) < 0)
                ok = fail(&plan, "out of memory");
        ok = ok && place_all(&plan, load, xen_line) && give(&plan);
        release(&plan);
        return ok;
}
