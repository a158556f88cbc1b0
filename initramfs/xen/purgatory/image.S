/* The image as init carries it; PURGATORY_IMAGE is its file. */
        .section .rodata
        .globl  purgatory_image, purgatory_image_end
        .balign 16
purgatory_image:
        .incbin PURGATORY_IMAGE
purgatory_image_end:
        .section .note.GNU-stack, "", @progbits
