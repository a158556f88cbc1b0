# From Linux to Xen.
initramfs-xen-srcs := $(addprefix initramfs/xen/,display.c firmwaremap.c handoff.c identity.c \
	load.c multiboot.c next.c placement.c screen.c xenfile.c)
