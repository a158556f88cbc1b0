#include "dom0/trial/gpudriver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "initramfs/driver/nvidia.h"
#include "lib/cleanup.h"
#include "lib/sha256.h"

#define FIRMWARE_PATH "/sys/module/firmware_class/parameters/path"
#define FIRMWARE_MAX  255u /* bytes that the kernel keeps of it */
#define GPU_FOLDER    "/proc/driver/nvidia/gpus"
#define TEXT_MAX      65536u
#define PIECE         65536u
#define NODE_MODE     (S_IFCHR | 0666)

/* --- what Linux is asked with --- */

static int insert(int fd, const char *parameters)
{
        return (int)syscall(SYS_finit_module, fd, parameters, 0);
}

static int remove_module(const char *module)
{
        return (int)syscall(SYS_delete_module, module, O_NONBLOCK);
}

static int make_node(const char *path, unsigned major, unsigned minor)
{
        int result = mknod(path, NODE_MODE, makedev(major, minor));

        if (result == 0)
                chmod(path, NODE_MODE & 0777); /* whatever the umask took away */
        return result;
}

struct gpudriver_calls gpudriver_calls = { insert, remove_module, make_node, 30 };

/* --- firmware --- */

/* The kernel takes an empty path only as a NUL byte: nothing is no write. */
static bool write_path(const struct host *host, const char *value)
{
        _cleanup_free_ char *path = host_path(host, FIRMWARE_PATH);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        size_t length = *value ? strlen(value) : 1;

        return fd >= 0 && write(fd, value, length) == (ssize_t)length;
}

static bool point_firmware(const struct host *host, const char *folder, struct gpudriver *driver,
        struct failure *error)
{
        _cleanup_free_ char *path = host_path(host, FIRMWARE_PATH);
        _cleanup_free_ char *wanted = memory_format("%s/firmware", folder);
        size_t length;
        char *before;

        if (access(wanted, F_OK) != 0)
                return true;
        if (strlen(wanted) > FIRMWARE_MAX)
                return fail(
                        error, EXIT_FAIL, "%s is too long for the kernel's firmware path", wanted);
        before = source_read_text(path, TEXT_MAX, &length);
        if (!before)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        before[strcspn(before, "\n")] = '\0';
        driver->firmware = before;
        return write_path(host, wanted) || fail_errno(error, EXIT_FAIL, "cannot write", path);
}

bool gpudriver_restore(const struct host *host, struct gpudriver *driver, struct failure *ret_error)
{
        _cleanup_free_ char *before = TAKE_PTR(driver->firmware);

        return !before || write_path(host, before) ||
               fail_errno(ret_error, EXIT_FAIL, "cannot write", FIRMWARE_PATH);
}

/* --- modules --- */

static bool hash_file(int fd, uint8_t ret_digest[SHA256_SIZE])
{
        _cleanup_free_ char *piece = memory_allocate(PIECE);
        struct sha256 hash;
        ssize_t got;

        sha256_init(&hash);
        while ((got = read(fd, piece, PIECE)) > 0)
                sha256_update(&hash, piece, (size_t)got);
        sha256_final(&hash, ret_digest);
        return got == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

/* What is loaded is what was hashed: both are read from one descriptor. */
static int open_module(const char *path, const char *wanted, struct failure *error)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        uint8_t digest[SHA256_SIZE];
        char text[2 * SHA256_SIZE + 1];

        if (fd < 0 || !hash_file(fd, digest)) {
                fail_errno(error, EXIT_FAIL, "cannot read", path);
                return -1;
        }
        sha256_format(digest, text);
        if (strcasecmp(text, wanted) == 0)
                return TAKE_FD(fd);
        fail(error, EXIT_FAIL, "%s is not the module that the trial was armed with", path);
        return -1;
}

static bool is_nvidias(const char *module)
{
        return strncmp(module, "nvidia", strlen("nvidia")) == 0;
}

/* False when the GPUs cannot be used without this module, or it is not what it should be. */
static bool load_module(
        const char *folder, const json_t *entry, struct gpudriver *driver, struct failure *error)
{
        const char *name = get_text(entry, "name");
        _cleanup_free_ char *path = memory_format("%s/modules/%s.ko", folder, name);
        _cleanup_close_ int fd = open_module(path, get_text(entry, "sha256"), error);
        char *module = driver->modules[driver->count];

        if (fd < 0)
                return false;
        if (!nvidia_module_name(slice_of(name), module, GPUDRIVER_NAME))
                return fail(error, EXIT_FAIL, "the name of %s is too long for a module", path);
        if (gpudriver_calls.insert(fd, nvidia_parameters(module)) == 0) {
                driver->count++;
                return true;
        }
        if (!is_nvidias(module))
                return true; /* it is there, or nvidia.ko will say that it misses it */
        if (errno == EEXIST)
                return fail(error, EXIT_FAIL,
                        "%s is loaded already: this host's own driver is not the one to be tried",
                        module);
        return fail(error, EXIT_FAIL, "%s cannot be loaded: %s", module, strerror(errno));
}

/* What the driver needs of dom0's own kernel: that dom0 knows where it is, and what it needs. */
static bool load_needed(
        const struct host *host, const struct trial_plan *plan, struct failure *error)
{
        const json_t *needed = get_value(plan->document, "host_modules"), *name;
        size_t i;

        json_array_foreach(needed, i, name) {
                const char *const argv[] = { "modprobe", json_string_value(name), NULL };
                struct failure failure;

                if (!program_do(host, argv, &failure))
                        return fail(error, EXIT_FAIL,
                                "the driver needs %s, which its folder does not bring, and dom0's "
                                "own is not loaded: %s",
                                json_string_value(name), failure.text);
        }
        return true;
}

static bool load_modules(
        const struct trial_plan *plan, struct gpudriver *driver, struct failure *error)
{
        const char *folder = get_text(plan->document, "driver");
        const json_t *modules = get_value(plan->document, "modules"), *entry;
        size_t i;

        if (json_array_size(modules) > GPUDRIVER_MODULES)
                return fail(
                        error, EXIT_FAIL, "the plan has more than %u modules", GPUDRIVER_MODULES);
        json_array_foreach(modules, i, entry)
                if (!load_module(folder, entry, driver, error))
                        return false;
        return true;
}

/* --- device nodes --- */

/* One that is there is taken as it is: udev knows the driver, too, on some hosts. */
static bool add_node(const struct host *host, struct gpudriver *driver, const char *name,
        unsigned major, unsigned minor, struct failure *error)
{
        _cleanup_free_ char *path = host_path(host, "%s", name);

        if (gpudriver_calls.node(path, major, minor) == 0) {
                if (!driver->nodes)
                        driver->nodes = json_array();
                json_array_append_new(driver->nodes, json_string(path));
                return true;
        }
        return errno == EEXIST || fail_errno(error, EXIT_FAIL, "cannot make", path);
}

static bool make_nodes(const struct host *host, struct gpudriver *driver, struct slice devices,
        struct failure *error)
{
        for (const struct nvidia_node *node = nvidia_nodes; node->path; node++) {
                unsigned major = NVIDIA_MAJOR;

                if (node->device && !nvidia_major(devices, node->device, &major)) {
                        if (!node->needed)
                                continue;
                        return fail(
                                error, EXIT_FAIL, "/proc/devices does not list %s", node->device);
                }
                if (!add_node(host, driver, node->path, major, node->minor, error))
                        return false;
        }
        return true;
}

/* nftw hands nothing through */
static struct {
        const struct host *host;
        struct gpudriver *driver;
        unsigned major;
} capabilities;

static int make_capability(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        _cleanup_free_ char *text = NULL;
        struct failure ignored;
        char name[64];
        unsigned minor;
        size_t length;

        (void)status;
        (void)walk;
        if (type != FTW_F || !(text = source_read_text(path, TEXT_MAX, &length)))
                return 0;
        if (nvidia_value((struct slice){ text, length }, "DeviceFileMinor", &minor)) {
                snprintf(name, sizeof(name), "/dev/nvidia-caps/nvidia-cap%u", minor);
                add_node(capabilities.host, capabilities.driver, name, capabilities.major, minor,
                        &ignored);
        }
        return 0;
}

/* For MIG and fabric management; a GPU without them works without. */
static void make_capabilities(
        const struct host *host, struct gpudriver *driver, struct slice devices)
{
        static const char *const folders[] = { "/proc/driver/nvidia/capabilities",
                "/proc/driver/nvidia-nvlink/capabilities" };
        _cleanup_free_ char *caps = host_path(host, "/dev/nvidia-caps");

        capabilities.host = host;
        capabilities.driver = driver;
        if (!nvidia_major(devices, "nvidia-caps", &capabilities.major))
                return;
        mkdir(caps, 0755);
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
                _cleanup_free_ char *path = host_path(host, "%s", folders[i]);

                nftw(path, make_capability, 8, FTW_PHYS);
        }
}

/* --- GPUs --- */

/* Opening its node initialises it; the ladder says what it makes of one that does not answer. */
static bool open_gpu(
        const struct host *host, struct gpudriver *driver, const char *pci, struct failure *error)
{
        _cleanup_free_ char *path = host_path(host, GPU_FOLDER "/%s/information", pci);
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, TEXT_MAX, &length), *node = NULL;
        unsigned minor;
        char name[32];
        int fd;

        if (!text || driver->gpus_count == GPUDRIVER_GPUS ||
                !nvidia_value((struct slice){ text, length }, "Device Minor", &minor))
                return true;
        snprintf(name, sizeof(name), "/dev/nvidia%u", minor);
        if (!add_node(host, driver, name, NVIDIA_MAJOR, minor, error))
                return false;
        node = host_path(host, "%s", name);
        fd = open(node, O_RDWR | O_CLOEXEC);
        if (fd >= 0)
                driver->gpus[driver->gpus_count++] = fd;
        return true;
}

static bool open_gpus(const struct host *host, struct gpudriver *driver, struct failure *error)
{
        _cleanup_free_ char *path = host_path(host, GPU_FOLDER);
        _cleanup_closedir_ DIR *folder = opendir(path);
        struct dirent *entry;
        bool good = true;

        while (good && folder && (entry = readdir(folder)))
                if (entry->d_name[0] != '.')
                        good = open_gpu(host, driver, entry->d_name, error);
        return good;
}

bool gpudriver_load(const struct host *host, const struct trial_plan *plan,
        struct gpudriver *driver, struct failure *ret_error)
{
        _cleanup_free_ char *path = host_path(host, "/proc/devices");
        _cleanup_free_ char *text = NULL;
        struct slice devices;

        if (json_array_size(get_value(plan->document, "modules")) == 0)
                return true;
        if (!point_firmware(host, get_text(plan->document, "driver"), driver, ret_error) ||
                !load_needed(host, plan, ret_error) || !load_modules(plan, driver, ret_error))
                return false;
        text = source_read_text(path, TEXT_MAX, &devices.length);
        if (!text)
                return fail_errno(ret_error, EXIT_FAIL, "cannot read", path);
        devices.data = text;
        if (!make_nodes(host, driver, devices, ret_error))
                return false;
        make_capabilities(host, driver, devices);
        return open_gpus(host, driver, ret_error);
}

/* --- leaving --- */

/* A module may be in use for a moment after the last process ended. 0, or errno. */
static int unload(const char *module)
{
        for (unsigned tries = 0;; tries++) {
                if (gpudriver_calls.remove(module) == 0 || errno == ENOENT)
                        return 0;
                if ((errno != EAGAIN && errno != EBUSY) || tries >= gpudriver_calls.patience * 10)
                        return errno;
                usleep(100000);
        }
}

static void remove_nodes(struct gpudriver *driver)
{
        const json_t *path;
        size_t i;

        json_array_foreach(driver->nodes, i, path)
                unlink(json_string_value(path));
        json_decref(driver->nodes);
        driver->nodes = NULL;
}

bool gpudriver_unload(const struct host *host, struct gpudriver *driver, struct failure *ret_error)
{
        bool good = true;

        (void)host;
        while (driver->gpus_count > 0)
                close(driver->gpus[--driver->gpus_count]);
        while (driver->count > 0) {
                const char *module = driver->modules[--driver->count];
                int error = unload(module);

                if (error != 0)
                        good = fail(ret_error, EXIT_FAIL, "%s cannot be unloaded: %s", module,
                                strerror(error));
        }
        remove_nodes(driver);
        return good;
}

void gpudriver_free(struct gpudriver *driver)
{
        while (driver->gpus_count > 0)
                close(driver->gpus[--driver->gpus_count]);
        free(driver->firmware);
        json_decref(driver->nodes);
        driver->firmware = NULL;
        driver->nodes = NULL;
}
