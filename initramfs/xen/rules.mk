# From Linux to Xen.
initramfs-xen-srcs := $(addprefix initramfs/xen/,firmwaremap.c handoff.c identity.c load.c \
	multiboot.c next.c placement.c xenfile.c)
