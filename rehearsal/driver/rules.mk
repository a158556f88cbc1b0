# The driver API: the functions that libcuda.so.1 exports.
rehearsal-driver-srcs := $(addprefix rehearsal/driver/,context.c current.c device.c driver.c entry.c error.c function.c \
	late.c launch.c memory.c module.c stream.c transfer.c)
