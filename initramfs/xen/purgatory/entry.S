/* See table.h. Linux enters at 0 in 64-bit mode, with its own memory mapped to itself. */
#include "initramfs/xen/purgatory/table.h"

#define CR0_PE_ONLY_MASK 0x7ffffffb /* without PG, without EM */
#define CR0_MP           0x2
#define CR4_PAE_SSE      0x620      /* PAE, OSFXSR, OSXMMEXCPT: compiled code may use SSE */
#define CR4_LA57         0x1000     /* five levels of page tables */
#define MSR_EFER         0xc0000080
#define EFER_LME         0x100
#define MAGIC            0x36d76289 /* MULTIBOOT_BOOT_MAGIC */

        .section .entry, "awx"
        .code64
entry:
        cli
        cld
        jmp     start

        .org    PURGATORY_TABLE_OFFSET
        .globl  purgatory_table
        .hidden purgatory_table
purgatory_table:
        .skip   PURGATORY_RANGES + 16 * PURGATORY_MAX_RANGES

start:
        leaq    stack_top(%rip), %rsp
        movq    %cr0, %rax
        andl    $~0xc, %eax             /* EM, TS */
        orl     $CR0_MP, %eax
        movq    %rax, %cr0
        movq    %cr4, %rax
        orl     $CR4_PAE_SSE, %eax
        movq    %rax, %cr4
        movl    purgatory_table+PURGATORY_ROOT4(%rip), %ecx
        testl   $CR4_LA57, %eax
        jz      1f
        movl    purgatory_table+PURGATORY_ROOT5(%rip), %ecx
1:      movq    %rcx, %cr3
        leaq    purgatory_table(%rip), %rdi
        call    purgatory_check
        testl   %eax, %eax
        jz      reset

        leaq    gdt(%rip), %rax
        movq    %rax, gdt_pointer+2(%rip)
        lgdt    gdt_pointer(%rip)
        movl    purgatory_table(%rip), %esi
        movl    purgatory_table+4(%rip), %ebx
        pushq   $0x08
        leaq    protected(%rip), %rax
        pushq   %rax
        lretq

/* The chip set's reset register, the keyboard controller's line, and a fault without handlers. */
reset:
        movw    $0xcf9, %dx
        movb    $0x02, %al
        outb    %al, %dx
        movb    $0x06, %al
        outb    %al, %dx
        movb    $0xfe, %al
        outb    %al, $0x64
        lidt    no_idt(%rip)
        ud2
        jmp     reset

        .code32
protected:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    %cr0, %eax
        andl    $CR0_PE_ONLY_MASK, %eax
        movl    %eax, %cr0
        movl    $MSR_EFER, %ecx
        rdmsr
        andl    $~EFER_LME, %eax
        wrmsr
        xorl    %eax, %eax
        movl    %eax, %cr4
        movl    $MAGIC, %eax
        jmp     *%esi

        .section .entry_data, "aw"
        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff      /* 0x08: code, 32 bits, all of 4 GiB */
        .quad   0x00cf93000000ffff      /* 0x10: data */
gdt_pointer:
        .word   . - gdt - 1
        .quad   0
no_idt:
        .word   0
        .quad   0

        .balign 16
        .skip   4096
stack_top:
        .section .note.GNU-stack, "", @progbits
