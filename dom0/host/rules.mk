# The host's files and memory, programs, ESP and firmware variables.
dom0-host-srcs := $(addprefix dom0/host/,bootoption.c esp.c fatname.c firmware.c inventory.c \
	hashlist.c iomem.c lookup.c mount.c partition.c pci.c program.c source.c variable.c)
