# The GPU's driver: loaded, looked at, unloaded; Fabric Manager, where NVSwitches want it.
initramfs-driver-srcs := $(addprefix initramfs/driver/,driver.c fabric.c nvidia.c switches.c)
