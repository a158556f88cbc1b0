# What all steps of init use: its state, its words, events, files, children, limits.
initramfs-stage-srcs := $(addprefix initramfs/stage/,child.c confine.c consoles.c event.c file.c \
	phase.c physical.c say.c watchdog.c)
