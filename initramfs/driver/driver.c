#include "initramfs/driver/driver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "initramfs/driver/nvidia.h"
#include "initramfs/stage/event.h"
#include "initramfs/stage/file.h"

#define GPU_FOLDER "/proc/driver/nvidia/gpus"
#define NODE_MODE  (S_IFCHR | 0666)

#define KLOG_READ_ALL 3
#define KLOG_SIZE     10

/*
 * Records what the kernel log tells of the driver's trouble, unless it is what was recorded before.
 * With `otherwise` it is why there is no GPU: the stage's error, which is `otherwise` when the log
 * tells nothing.
 */
static void record_cause(struct stage *stage, struct driver *driver, const char *otherwise)
{
        int size = klogctl(KLOG_SIZE, NULL, 0), length = 0;
        _cleanup_free_ char *log = size > 0 ? malloc((size_t)size) : NULL;
        struct nvidia_cause cause;

        if (log)
                length = klogctl(KLOG_READ_ALL, log, size);
        if (length > 0 && nvidia_find_cause((struct slice){ log, (size_t)length }, &cause)) {
                if (!driver->cause || strcmp(driver->cause, cause.word) != 0)
                        event_add(stage, "driver.cause",
                                json_pack("{s:s, s:s, s:s%}", "cause", cause.word, "reason",
                                        cause.reason, "log", cause.line.data, cause.line.length));
                driver->cause = cause.word;
                if (otherwise)
                        stage_fail(stage, "%s (" SLICE_FORMAT ")", cause.reason,
                                SLICE_PRINT(cause.line));
        } else if (otherwise) {
                stage_fail(stage, "%s", otherwise);
        }
}

static bool fail_with_cause(struct stage *stage, struct driver *driver, const char *otherwise)
{
        record_cause(stage, driver, otherwise);
        return false;
}

/* --- modules --- */

static int insert(const char *path, const char *module)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd >= 0 && syscall(SYS_finit_module, fd, nvidia_parameters(module), 0) == 0)
                return 0;
        return fd >= 0 && errno == EEXIST ? 0 : errno;
}

/* What nvidia.ko needs of the kernel is loaded before it; it says itself when it misses something.
 */
static bool is_nvidias(const char *module)
{
        return strncmp(module, "nvidia", strlen("nvidia")) == 0;
}

/* False when the GPUs cannot be used without this module. */
static bool load_module(struct stage *stage, struct driver *driver, struct slice name)
{
        char path[sizeof(DRIVER_FOLDER) + DRIVER_NAME + 4];
        char *module = driver->modules[driver->module_count];
        char message[DRIVER_NAME + 64];
        int error;

        if (driver->module_count == DRIVER_MAX_MODULES ||
                !nvidia_module_name(name, module, DRIVER_NAME))
                return stage_fail(stage, "%s/order: more or longer than expected", DRIVER_FOLDER);
        snprintf(path, sizeof(path), DRIVER_FOLDER "/" SLICE_FORMAT ".ko", SLICE_PRINT(name));
        error = insert(path, module);
        event_add(stage, "driver.module",
                error == 0 ? json_pack("{s:s}", "module", module)
                           : json_pack("{s:s, s:s}", "module", module, "error", strerror(error)));
        if (error == 0)
                driver->module_count++;
        if (error == 0 || !is_nvidias(module))
                return true;
        snprintf(message, sizeof(message), "%s: %s", module, strerror(error));
        return fail_with_cause(stage, driver, message);
}

static bool load_modules(struct stage *stage, struct driver *driver, struct slice order)
{
        while (order.length > 0) {
                const char *end = memchr(order.data, '\n', order.length);
                size_t taken = end ? (size_t)(end - order.data) + 1 : order.length;
                struct slice name =
                        slice_trim((struct slice){ order.data, end ? taken - 1 : taken });

                if (name.length > 0 && !load_module(stage, driver, name))
                        return false;
                order.data += taken;
                order.length -= taken;
        }
        return true;
}

/* --- libcuda --- */

/* Whether a file, too large to be read whole, holds the text. True when it cannot be told. */
static bool file_holds(const char *path, struct slice text)
{
        void *bytes;
        size_t size;
        bool holds;

        if (!file_map(path, &bytes, &size))
                return true;
        holds = memmem(bytes, size, text.data, text.length) != NULL;
        munmap(bytes, size);
        return holds;
}

/*
 * Whether the image's libcuda is of the module's version, which stands as text in both. libcuda
 * finds out by itself, refuses to start, and leaves nothing of it in the kernel log.
 */
static bool check_library(struct stage *stage)
{
        static const char reason[] = "libcuda and the kernel module are of different versions";
        _cleanup_slice_ struct slice text = { 0 };
        struct slice version;
        bool same;

        if (!file_read(DRIVER_VERSION, &text))
                return true; /* it is not loaded */
        version = text;
        version.length -= version.length > 0 && version.data[version.length - 1] == '\n';
        same = file_holds(DRIVER_LIBRARY, version);
        if (!same) {
                event_add(stage, "driver.cause",
                        json_pack("{s:s, s:s, s:s%}", "cause", "library_mismatch", "reason", reason,
                                "module", version.data, version.length));
                stage_fail(
                        stage, "%s: the module is of " SLICE_FORMAT, reason, SLICE_PRINT(version));
        }
        return same;
}

/* --- device nodes --- */

static bool node(struct stage *stage, const char *path, unsigned int major, unsigned int minor)
{
        if (mknod(path, NODE_MODE, makedev(major, minor)) < 0 && errno != EEXIST)
                return stage_fail(stage, "%s: %s", path, strerror(errno));
        chmod(path, NODE_MODE & 0777); /* whatever the umask took away */
        return true;
}

static bool make_nodes(struct stage *stage, struct slice devices)
{
        for (const struct nvidia_node *each = nvidia_nodes; each->path; each++) {
                unsigned int major = NVIDIA_MAJOR;

                if (each->device && !nvidia_major(devices, each->device, &major)) {
                        if (!each->needed)
                                continue;
                        return stage_fail(stage, "/proc/devices does not list %s", each->device);
                }
                if (!node(stage, each->path, major, each->minor))
                        return false;
        }
        return true;
}

static unsigned int capability_major; /* nftw hands nothing through */

static int make_capability(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        char name[64];
        unsigned int minor;
        _cleanup_slice_ struct slice text = { 0 };

        (void)status;
        (void)walk;
        if (type != FTW_F || !file_read(path, &text))
                return 0;
        if (nvidia_value(text, "DeviceFileMinor", &minor)) {
                snprintf(name, sizeof(name), "/dev/nvidia-caps/nvidia-cap%u", minor);
                mknod(name, NODE_MODE, makedev(capability_major, minor));
        }
        return 0;
}

/* For MIG and fabric management; a GPU without them works without. */
static void make_capabilities(struct slice devices)
{
        if (!nvidia_major(devices, "nvidia-caps", &capability_major))
                return;
        mkdir("/dev/nvidia-caps", 0755);
        nftw("/proc/driver/nvidia/capabilities", make_capability, 8, FTW_PHYS);
        nftw("/proc/driver/nvidia-nvlink/capabilities", make_capability, 8, FTW_PHYS);
}

static bool make_all_nodes(struct stage *stage)
{
        _cleanup_slice_ struct slice devices = { 0 };
        bool ok;

        if (!file_read("/proc/devices", &devices))
                return stage_fail(stage, "/proc/devices: %s", strerror(errno));
        ok = make_nodes(stage, devices);
        make_capabilities(devices);
        return ok;
}

/* --- GPUs --- */

static void add_gpu(struct stage *stage, struct driver *driver, const char *pci)
{
        struct driver_gpu *gpu = &driver->gpus[driver->gpu_count];
        char path[sizeof(GPU_FOLDER) + 256 + sizeof("/information")];
        _cleanup_slice_ struct slice text = { 0 };

        if (driver->gpu_count == DRIVER_MAX_GPUS || strlen(pci) >= sizeof(gpu->pci))
                return;
        snprintf(path, sizeof(path), GPU_FOLDER "/%s/information", pci);
        if (!file_read(path, &text))
                return;
        if (nvidia_value(text, "Device Minor", &gpu->minor)) {
                char name[32];

                snprintf(name, sizeof(name), "/dev/nvidia%u", gpu->minor);
                strcpy(gpu->pci, pci);
                gpu->driver = driver;
                gpu->fd = -1;
                if (node(stage, name, NVIDIA_MAJOR, gpu->minor))
                        driver->gpu_count++;
        }
}

static bool find_gpus(struct stage *stage, struct driver *driver)
{
        DIR *folder = opendir(GPU_FOLDER);
        struct dirent *entry;

        while (folder && (entry = readdir(folder)) != NULL)
                if (entry->d_name[0] != '.')
                        add_gpu(stage, driver, entry->d_name);
        if (folder)
                closedir(folder);
        return driver->gpu_count > 0 || fail_with_cause(stage, driver, "the driver lists no GPU");
}

/* Opening a GPU's node initialises it, in seconds, or hangs when the GPU does. */
static void *open_gpu(void *argument)
{
        struct driver_gpu *gpu = argument;
        char name[32];

        snprintf(name, sizeof(name), "/dev/nvidia%u", gpu->minor);
        gpu->fd = open(name, O_RDWR | O_CLOEXEC);
        gpu->error = gpu->fd < 0 ? errno : 0;
        __atomic_store_n(&gpu->answered, true, __ATOMIC_RELEASE);
        sem_post(&gpu->driver->answers);
        return NULL;
}

/* Starts all at once; returns how many were started. */
static size_t start_opening(struct driver *driver)
{
        size_t started = 0;
        pthread_t thread;

        for (size_t i = 0; i < driver->gpu_count; i++) {
                if (pthread_create(&thread, NULL, open_gpu, &driver->gpus[i]) != 0)
                        continue;
                pthread_detach(thread);
                started++;
        }
        return started;
}

static void wait_for_answers(struct driver *driver, size_t started)
{
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += DRIVER_OPEN_LIMIT;
        while (started > 0) {
                if (sem_timedwait(&driver->answers, &until) == 0)
                        started--;
                else if (errno != EINTR)
                        return;
        }
}

static bool record_gpu(struct stage *stage, struct driver *driver, const struct driver_gpu *gpu)
{
        bool answered = __atomic_load_n(&gpu->answered, __ATOMIC_ACQUIRE);
        json_t *detail = json_pack("{s:s, s:i}", "pci", gpu->pci, "minor", (int)gpu->minor);
        bool good = answered && gpu->fd >= 0;

        if (!good)
                json_object_set_new(detail, "error",
                        json_string(answered ? strerror(gpu->error) : "no answer in time"));
        event_add(stage, "driver.gpu", detail);
        driver->silent = driver->silent || !answered;
        return good;
}

static bool initialise_gpus(struct stage *stage, struct driver *driver)
{
        size_t good = 0;
        char message[64];

        sem_init(&driver->answers, 0, 0);
        wait_for_answers(driver, start_opening(driver));
        for (size_t i = 0; i < driver->gpu_count; i++)
                if (record_gpu(stage, driver, &driver->gpus[i]))
                        good++;
        snprintf(message, sizeof(message), "%zu of %zu GPUs initialised", good, driver->gpu_count);
        return good == driver->gpu_count || fail_with_cause(stage, driver, message);
}

bool driver_load(struct stage *stage, struct driver *driver)
{
        _cleanup_slice_ struct slice order = { 0 };
        bool ok;

        if (!file_read(DRIVER_FOLDER "/order", &order))
                return errno == ENOENT ||
                       stage_fail(stage, "%s/order: %s", DRIVER_FOLDER, strerror(errno));
        ok = load_modules(stage, driver, order) && make_all_nodes(stage) &&
             find_gpus(stage, driver) && initialise_gpus(stage, driver);
        if (!check_library(stage))
                ok = false;
        return ok;
}

/* --- leaving --- */

static void let_go(struct driver *driver)
{
        for (size_t i = 0; i < driver->gpu_count; i++) {
                struct driver_gpu *gpu = &driver->gpus[i];

                if (__atomic_load_n(&gpu->answered, __ATOMIC_ACQUIRE) && gpu->fd >= 0) {
                        close(gpu->fd);
                        gpu->fd = -1;
                }
        }
}

/* A module may be in use for a moment after the last process ended. 0, or errno. */
static int unload(const char *module)
{
        for (unsigned int tries = 0;; tries++) {
                if (syscall(SYS_delete_module, module, O_NONBLOCK) == 0 || errno == ENOENT)
                        return 0;
                if (errno != EAGAIN && errno != EBUSY)
                        return errno;
                if (tries == DRIVER_LEAVE_LIMIT * 10)
                        return errno;
                usleep(100000);
        }
}

static bool still_there(void)
{
        _cleanup_slice_ struct slice modules = { 0 };

        return !file_read("/proc/modules", &modules) || nvidia_module_there(modules, "nvidia");
}

bool driver_leave(struct stage *stage, struct driver *driver)
{
        bool loaded = driver->module_count > 0;

        if (loaded)
                record_cause(stage, driver, NULL); /* of what happened since */
        let_go(driver);
        while (driver->module_count > 0) {
                const char *module = driver->modules[--driver->module_count];
                int error = unload(module);

                if (error != 0)
                        event_add(stage, "driver.module",
                                json_pack(
                                        "{s:s, s:s}", "module", module, "error", strerror(error)));
        }
        driver->stuck = loaded && still_there();
        if (driver->stuck)
                return stage_fail(stage, "NVIDIA's modules cannot be unloaded: "
                                         "the machine has to be reset instead");
        if (loaded)
                event_add(stage, "driver.left", NULL);
        return true;
}
