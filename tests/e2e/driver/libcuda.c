/*
 * The stand-in of libcuda for tests/e2e/driver: cuInit asks the stand-in of the kernel module in
 * the way and with the outcomes of the real one; all else is the fake of the runner's tests,
 * compiled with cuInit called fake_init. "1.2.3" stands in it for initramfs/driver-check.sh.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#define VERSION_CHECK 0xd2 /* NVIDIA's number of that request */

enum { SUCCESS = 0, NO_DEVICE = 100, SYSTEM_DRIVER_MISMATCH = 803 };

extern const char standin_version[];
const char standin_version[] = "1.2.3";

int fake_init(unsigned int flags);
int cuInit(unsigned int flags);

int cuInit(unsigned int flags)
{
        int control = open("/dev/nvidiactl", O_RDWR | O_CLOEXEC);

        if (control < 0)
                return NO_DEVICE;
        if (ioctl(control, VERSION_CHECK, 0) < 0)
                return SYSTEM_DRIVER_MISMATCH;
        if (open("/dev/nvidia0", O_RDWR | O_CLOEXEC) < 0)
                return NO_DEVICE;
        return fake_init(flags);
}
