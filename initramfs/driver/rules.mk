# The GPU's driver: loaded, looked at, unloaded.
initramfs-driver-srcs := $(addprefix initramfs/driver/,driver.c nvidia.c)
