/*
 * The stand-in of libcuda for tests/e2e/driver: cuInit looks for the stand-in of the kernel module
 * and says what the real one would; all else is the fake of the runner's tests, compiled with
 * cuInit called fake_init. VERSION stands in it as text, as in the real one.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { NO_DEVICE = 100, SYSTEM_NOT_READY = 802, SYSTEM_DRIVER_MISMATCH = 803 };

/* The NVSwitch of the module's stand-in, and what Fabric Manager's has made of it. */
#define SWITCH     "/sys/bus/pci/devices/0001:00:00.0"
#define REGISTERED "/run/nvidia-fabricmanager/registered"

extern const char standin_version[];
const char standin_version[] = VERSION;

int fake_init(unsigned int flags);
int cuInit(unsigned int flags);

/* The real one asks the module for its version. */
static int same_version(void)
{
        char text[16] = "";
        int fd = open("/sys/module/nvidia/version", O_RDONLY | O_CLOEXEC);

        return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ||
               strncmp(text, standin_version, strlen(standin_version)) == 0;
}

int cuInit(unsigned int flags)
{
        if (open("/dev/nvidiactl", O_RDWR | O_CLOEXEC) < 0)
                return NO_DEVICE;
        if (!same_version())
                return SYSTEM_DRIVER_MISMATCH;
        if (open("/dev/nvidia0", O_RDWR | O_CLOEXEC) < 0)
                return NO_DEVICE;
        if (access(SWITCH, F_OK) == 0 && access(REGISTERED, F_OK) != 0)
                return SYSTEM_NOT_READY;
        return fake_init(flags);
}
