# Xen as the host boots it: its entry, its file, the next system made of them.
dom0-xen-srcs := $(addprefix dom0/xen/,bootchoice.c bootdevice.c bootfiles.c \
	bootmodule.c bootreading.c elfentry.c nextsystem.c running.c xenboot.c xenimage.c)
