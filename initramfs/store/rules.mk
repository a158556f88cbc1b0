# The store of an order: its disk, and the proof that it is the one.
initramfs-store-srcs := $(addprefix initramfs/store/,claim.c disks.c inputs.c)
