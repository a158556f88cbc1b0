// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Says how write-combining is encoded in a page table entry: by NVIDIA's stock helper, which sets
 * the write-through bit alone (index 1 of the page attribute table), and by the kernel's own
 * pgprot_writecombine(). Both are mapped, read back from the page table, and looked up in IA32_PAT.
 */
#include <asm/msr.h>
#include <asm/pgtable.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#define ENCODING (_PAGE_PAT | _PAGE_PCD | _PAGE_PWT)

static const char *const types[8] = { "UC", "WC", "?", "?", "WT", "WP", "WB", "UC-" };

static pgprot_t stock(void)
{
        return __pgprot((pgprot_val(PAGE_KERNEL) & ~ENCODING) | _PAGE_PWT);
}

static pgprot_t kernels(void)
{
        return pgprot_writecombine(__pgprot(pgprot_val(PAGE_KERNEL) & ~ENCODING));
}

static void say(const char *name, pgprot_t protection)
{
        struct page *page = alloc_page(GFP_KERNEL);
        void *address = page ? vmap(&page, 1, VM_MAP, protection) : NULL;
        unsigned int level, index;
        unsigned long value;
        u64 pat;

        if (address) {
                value = pte_flags(*lookup_address((unsigned long)address, &level));
                index = (value & _PAGE_PWT ? 1 : 0) + (value & _PAGE_PCD ? 2 : 0) +
                        (value & _PAGE_PAT ? 4 : 0);
                rdmsrl(0x277, pat);
                pr_info("patprobe: %s index=%u type=%s\n", name, index,
                        types[(pat >> (8 * index)) & 7]);
                vunmap(address);
        } else {
                pr_info("patprobe: %s cannot be mapped\n", name);
        }
        if (page)
                __free_page(page);
}

static int __init patprobe_init(void)
{
        say("stock", stock());
        say("kernel", kernels());
        return 0;
}

static void __exit patprobe_exit(void)
{
}

module_init(patprobe_init);
module_exit(patprobe_exit);
MODULE_DESCRIPTION("How write-combining is encoded here");
MODULE_LICENSE("Dual MIT/GPL");
