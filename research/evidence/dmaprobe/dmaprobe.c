// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Asks a loaded nvidia.ko for system memory, and for its bus addresses, with the driver's own
 * functions: what the driver does when a client allocates memory. For each request it says, on one
 * line of the kernel's log:
 *
 *   dmaprobe: request=NAME alloc=STATUS map=STATUS pages=COUNT wrong=COUNT user=INDEX/TYPE
 * kernel=INDEX/TYPE back=yes
 *
 * wrong: pages whose bus address is not where the page is in the machine, so that a device would
 * see something else: a copy (swiotlb), or another page; user, kernel: entry of the page attribute
 * table, and the memory type that it has there, in a mapping for programs (nv_encode_caching) and
 * in the driver's own (nv_alloc_kernel_mapping), read from the page table; back:  whether what is
 * written through the first of them is in the page.
 *
 * The functions are not exported: their addresses come as parameters, out of /proc/kallsyms. Their
 * types come from the driver's own headers, so this is built for one version of it.
 */
#include <asm/msr.h>
#include <asm/pgtable.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vmalloc.h>
#if IS_ENABLED(CONFIG_XEN_PV)
#include <asm/xen/page.h>
#include <xen/xen.h>
#endif

#include <nv.h>
#include <os/nv_memory_type.h>

#define NVIDIA       0x10de
#define SYSTEM       0           /* NV_MEMORY_TYPE_SYSTEM, the first of its enumeration */
#define ADDRESS_BITS 47          /* what a GPU since Turing reaches at least */
#define DMA_DEVICE   2           /* words into nv_dma_device_t: behind first and last address */
#define FAR          65536       /* bytes, and no further is that behind the driver's state */
#define NOT_CALLED   0xffffffffu /* instead of a status */
#define CONTEXT      14336       /* pages: the 56 MiB that a CUDA context begins with */
#define LARGE        65536       /* bytes of a large page */
#define TIMES        32          /* of small requests, for one may lie well by chance */

static unsigned long alloc, release, map, unmap, width, encode, open_view, close_view;

module_param_named(nv_alloc_pages, alloc, ulong, 0);
module_param_named(nv_free_pages, release, ulong, 0);
module_param_named(nv_dma_map_alloc, map, ulong, 0);
module_param_named(nv_dma_unmap_alloc, unmap, ulong, 0);
module_param_named(nv_set_dma_address_size, width, ulong, 0);
module_param_named(nv_encode_caching, encode, ulong, 0);
module_param_named(nv_alloc_kernel_mapping, open_view, ulong, 0);
module_param_named(nv_free_kernel_mapping, close_view, ulong, 0);

static const struct request {
        const char *name;
        u32 pages, times, cache, page_size;
        bool contiguous, no_gpu;
} requests[] = {
        { "wc", CONTEXT, 1, NV_MEMORY_WRITECOMBINED, PAGE_SIZE },
        { "uc", CONTEXT, 1, NV_MEMORY_UNCACHED, PAGE_SIZE },
        { "wb", CONTEXT, 1, NV_MEMORY_CACHED, PAGE_SIZE },
        { "16", 16, TIMES, NV_MEMORY_CACHED, PAGE_SIZE, true },
        { "64", 64, TIMES, NV_MEMORY_CACHED, PAGE_SIZE, true },
        { "16-no-gpu", 16, TIMES, NV_MEMORY_CACHED, PAGE_SIZE, true, true },
        { "64-no-gpu", 64, TIMES, NV_MEMORY_CACHED, PAGE_SIZE, true, true },
        { "large", 1024, 1, NV_MEMORY_CACHED, LARGE },
};

/* What a request has come to. */
struct outcome {
        u32 alloc, map;
        u32 wrong;
        int user, kernel;
        bool back;
};

struct held {
        const struct request *request;
        nv_state_t *gpu;
        void *memory;
        u64 *pages, *bus; /* where each page is: for the CPU, for a device */
};

/* The driver has changed the list of parameters once: releases before 550 know one size of pages.
 */
typedef NV_STATUS NV_API_CALL alloc_one_size(
        nv_state_t *, NvU32, NvBool, NvU32, NvBool, NvBool, NvS32, NvU64 *, void **);
typedef NV_STATUS NV_API_CALL alloc_sizes(
        nv_state_t *, NvU32, NvU64, NvBool, NvU32, NvBool, NvBool, NvS32, NvU64 *, void **);

static u32 call_one_size(const struct request *request, nv_state_t *gpu, u64 *pages, void **memory)
{
        if (request->page_size != PAGE_SIZE)
                return NOT_CALLED;
        return ((alloc_one_size *)alloc)(gpu, request->pages, request->contiguous, request->cache,
                true, false, NUMA_NO_NODE, pages, memory);
}

static u32 call_sizes(const struct request *request, nv_state_t *gpu, u64 *pages, void **memory)
{
        return ((alloc_sizes *)alloc)(gpu, request->pages, request->page_size, request->contiguous,
                request->cache, true, false, NUMA_NO_NODE, pages, memory);
}

#define call_alloc \
        _Generic(&nv_alloc_pages, alloc_one_size * : call_one_size, alloc_sizes * : call_sizes)

/* The page's address in the machine, which is what a device has to be told where no IOMMU is
 * Linux's. */
static u64 machine(u64 address)
{
#if IS_ENABLED(CONFIG_XEN_PV)
        if (xen_pv_domain())
                return (u64)pfn_to_mfn(PHYS_PFN(address)) << PAGE_SHIFT;
#endif
        return address;
}

/* The entry of the page attribute table that a mapping uses; -1: it is not mapped. */
static int entry_of(const void *address)
{
        unsigned int level;
        pte_t *entry = address ? lookup_address((unsigned long)address, &level) : NULL;
        unsigned long value = entry ? pte_flags(*entry) : 0;

        if (!(value & _PAGE_PRESENT) || level != PG_LEVEL_4K)
                return -1;
        return !!(value & _PAGE_PWT) + 2 * !!(value & _PAGE_PCD) + 4 * !!(value & _PAGE_PAT);
}

static const char *type_of(int entry)
{
        static const char *const types[8] = { "UC", "WC", "?", "?", "WT", "WP", "WB", "UC-" };
        u64 pat;

        if (entry < 0)
                return "none";
        rdmsrl(MSR_IA32_CR_PAT, pat);
        return types[(pat >> (8 * entry)) & 7];
}

/* Maps the first page as programs get it, writes there, and looks into the page. */
static void try_view(const struct held *held, struct outcome *outcome)
{
        int (*encoded)(pgprot_t *, unsigned int, unsigned int) = (void *)encode;
        struct page *page = pfn_to_page(PHYS_PFN(held->pages[0]));
        pgprot_t protection = PAGE_KERNEL;
        u32 *view = NULL;

        if (encoded(&protection, held->request->cache, SYSTEM) == 0)
                view = vmap(&page, 1, VM_MAP, protection);
        outcome->user = entry_of(view);
        if (!view)
                return;
        WRITE_ONCE(view[5], 0x0f0e57a6);
        mb();
        outcome->back = READ_ONCE(((u32 *)page_address(page))[5]) == 0x0f0e57a6;
        vunmap(view);
}

/* The mapping that the driver makes for itself; two pages, since one page has its place in the
 * kernel already. */
static void try_own_view(const struct held *held, struct outcome *outcome)
{
        void *private = NULL, *view;

        view = ((typeof(nv_alloc_kernel_mapping) *)open_view)(
                held->gpu, held->memory, 0, 0, 2 * PAGE_SIZE, &private);
        outcome->kernel = entry_of(view);
        if (view)
                ((typeof(nv_free_kernel_mapping) *)close_view)(
                        held->gpu, held->memory, view, private);
}

/* Where the device is told that page number i is: it adds up itself within a piece. */
static u64 seen_at(const struct held *held, u32 i)
{
        u32 piece = held->request->contiguous ? held->request->pages
                                              : held->request->page_size / PAGE_SIZE;

        return held->bus[i - i % piece] + (u64)(i % piece) * PAGE_SIZE;
}

static void try_map(const struct held *held, nv_state_t *target, struct outcome *outcome)
{
        const struct request *request = held->request;
        void *private = held->memory;
        u32 i;

        memcpy(held->bus, held->pages, request->pages * sizeof(*held->bus));
        outcome->map = ((typeof(nv_dma_map_alloc) *)map)(
                target->dma_dev, request->pages, held->bus, request->contiguous, &private);
        if (outcome->map != NV_OK)
                return;
        for (i = 0; i < request->pages; i++)
                outcome->wrong += seen_at(held, i) != machine(held->pages[i]);
        ((typeof(nv_dma_unmap_alloc) *)unmap)(target->dma_dev, request->pages, held->bus, &private);
}

/* Of contiguous memory the driver gives the first page alone. */
static void fill_in(struct held *held)
{
        u32 i;

        for (i = 1; held->request->contiguous && i < held->request->pages; i++)
                held->pages[i] = held->pages[0] + (u64)i * PAGE_SIZE;
}

static void say(const struct request *request, const struct outcome *outcome)
{
        pr_info("dmaprobe: request=%s alloc=%#x map=%#x pages=%u wrong=%u user=%d/%s kernel=%d/%s "
                "back=%s\n",
                request->name, outcome->alloc, outcome->map, request->pages * request->times,
                outcome->wrong, outcome->user, type_of(outcome->user), outcome->kernel,
                type_of(outcome->kernel), outcome->back ? "yes" : "no");
}

/* One allocation, which is kept until let_go(). Whether it went well in all. */
static bool ask_once(struct held *held, nv_state_t *gpu, struct outcome *outcome)
{
        const struct request *request = held->request;

        held->pages = kvcalloc(request->pages, sizeof(*held->pages), GFP_KERNEL);
        held->bus = kvcalloc(request->pages, sizeof(*held->bus), GFP_KERNEL);
        outcome->alloc = NV_ERR_NO_MEMORY;
        if (held->pages && held->bus)
                outcome->alloc = call_alloc(request, held->gpu, held->pages, &held->memory);
        if (outcome->alloc != NV_OK)
                return false;
        fill_in(held);
        try_view(held, outcome);
        try_own_view(held, outcome);
        try_map(held, gpu, outcome);
        return outcome->map == NV_OK;
}

static void let_go(const struct held *held)
{
        const struct request *request = held->request;

        if (held->memory)
                ((typeof(nv_free_pages) *)release)(held->gpu, request->pages, request->contiguous,
                        request->cache, held->memory);
        kvfree(held->pages);
        kvfree(held->bus);
}

static void ask(const struct request *request, nv_state_t *gpu)
{
        struct outcome outcome = { .map = NOT_CALLED, .user = -1, .kernel = -1 };
        struct held *held = kcalloc(request->times, sizeof(*held), GFP_KERNEL);
        u32 i, made = 0;
        bool good = held != NULL;

        for (; good && made < request->times; made++) {
                held[made] =
                        (struct held){ .request = request, .gpu = request->no_gpu ? NULL : gpu };
                good = ask_once(&held[made], gpu, &outcome);
        }
        if (held && outcome.alloc != NOT_CALLED)
                say(request, &outcome);
        for (i = 0; i < made; i++)
                let_go(&held[i]);
        kfree(held);
}

/*
 * The driver's state of its GPU, which stands first in what it keeps for the device; NULL where it
 * has taken none, or where the headers are not this driver's: its DMA device stands further behind,
 * with the device in it.
 */
static nv_state_t *state_of(struct pci_dev *device)
{
        nv_state_t *gpu = device && device->driver ? pci_get_drvdata(device) : NULL;
        unsigned long distance = gpu ? (unsigned long)gpu->dma_dev - (unsigned long)gpu : 0;

        if (distance < sizeof(*gpu) || distance > FAR)
                return NULL;
        return *((struct device **)gpu->dma_dev + DMA_DEVICE) == &device->dev ? gpu : NULL;
}

static int __init dmaprobe_init(void)
{
        struct pci_dev *device = pci_get_device(NVIDIA, PCI_ANY_ID, NULL);
        nv_state_t *gpu = state_of(device);
        unsigned int i;

        if (!alloc || !release || !map || !unmap || !width || !encode || !open_view || !close_view)
                pr_info("dmaprobe: a function of the driver is missing\n");
        else if (!gpu)
                pr_info("dmaprobe: the driver has no GPU\n");
        else
                ((typeof(nv_set_dma_address_size) *)width)(gpu, ADDRESS_BITS);
        for (i = 0; gpu && close_view && i < ARRAY_SIZE(requests); i++)
                ask(&requests[i], gpu);
        pci_dev_put(device);
        return 0;
}

static void __exit dmaprobe_exit(void)
{
}

module_init(dmaprobe_init);
module_exit(dmaprobe_exit);
MODULE_DESCRIPTION("What NVIDIA's driver gives for memory and bus addresses");
MODULE_LICENSE("Dual MIT/GPL");
