# Xen as the host boots it: its entry, its file, the next system made of them.
dom0-xen-srcs := $(addprefix dom0/xen/,crosscheck.c nextsystem.c xenboot.c xenimage.c)
