/*
 * How far a CUDA program gets: enumeration, a context, memory, a kernel, through the driver API
 * found at run time (no CUDA SDK needed). Prints one line a step, "STEP=CODE NAME", and facts as
 * "KEY=VALUE", then "reached=LAST GOOD STEP". Exit 0 whatever CUDA says; 77 without libcuda.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COUNT 1024u

typedef int cu_result;
typedef int cu_device;
typedef unsigned long long cu_pointer;

static struct {
        cu_result (*init)(unsigned int);
        cu_result (*version)(int *);
        cu_result (*count)(int *);
        cu_result (*get)(cu_device *, int);
        cu_result (*name)(char *, int, cu_device);
        cu_result (*attribute)(int *, int, cu_device);
        cu_result (*total)(size_t *, cu_device);
        cu_result (*retain)(void **, cu_device);
        cu_result (*current)(void *);
        cu_result (*release)(cu_device);
        cu_result (*alloc)(cu_pointer *, size_t);
        cu_result (*load)(void **, const void *);
        cu_result (*function)(void **, void *, const char *);
        cu_result (*launch)(void *, unsigned int, unsigned int, unsigned int, unsigned int,
                unsigned int, unsigned int, unsigned int, void *, void **, void **);
        cu_result (*wait)(void);
        cu_result (*copy)(void *, cu_pointer, size_t);
        cu_result (*error)(cu_result, const char **);
} cuda;

static const struct {
        const char *name;
        void *where;
} symbols[] = {
        { "cuInit", &cuda.init },
        { "cuDriverGetVersion", &cuda.version },
        { "cuDeviceGetCount", &cuda.count },
        { "cuDeviceGet", &cuda.get },
        { "cuDeviceGetName", &cuda.name },
        { "cuDeviceGetAttribute", &cuda.attribute },
        { "cuDeviceTotalMem_v2", &cuda.total },
        { "cuDevicePrimaryCtxRetain", &cuda.retain },
        { "cuCtxSetCurrent", &cuda.current },
        { "cuDevicePrimaryCtxRelease_v2", &cuda.release },
        { "cuMemAlloc_v2", &cuda.alloc },
        { "cuModuleLoadData", &cuda.load },
        { "cuModuleGetFunction", &cuda.function },
        { "cuLaunchKernel", &cuda.launch },
        { "cuCtxSynchronize", &cuda.wait },
        { "cuMemcpyDtoH_v2", &cuda.copy },
        { "cuGetErrorName", &cuda.error },
};

/* out[i] = 3 * i + 7, for one block of COUNT threads. */
static const char kernel[] = ".version 6.0\n.target sm_70\n.address_size 64\n"
                             ".visible .entry fill(.param .u64 out)\n{\n"
                             ".reg .u32 %r<3>;\n.reg .u64 %d<4>;\n"
                             "ld.param.u64 %d1, [out];\ncvta.to.global.u64 %d1, %d1;\n"
                             "mov.u32 %r1, %tid.x;\nmul.wide.u32 %d2, %r1, 4;\n"
                             "add.u64 %d3, %d1, %d2;\nmad.lo.u32 %r2, %r1, 3, 7;\n"
                             "st.global.u32 [%d3], %r2;\nret;\n}\n";

static const char *reached = "nothing";

static bool step(const char *name, cu_result code)
{
        const char *text = NULL;

        if (cuda.error(code, &text) != 0 || !text)
                text = "unknown";
        printf("%s=%d %s\n", name, code, text);
        fflush(stdout);
        if (code == 0)
                reached = name;
        return code == 0;
}

static bool find_symbols(void)
{
        void *library = dlopen("libcuda.so.1", RTLD_NOW);

        if (!library) {
                fprintf(stderr, "probe: %s\n", dlerror());
                return false;
        }
        for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
                void *address = dlsym(library, symbols[i].name);

                if (!address) {
                        fprintf(stderr, "probe: libcuda.so.1 has no %s\n", symbols[i].name);
                        return false;
                }
                memcpy(symbols[i].where, &address, sizeof(address));
        }
        return true;
}

static const struct {
        const char *key;
        int attribute;
} attributes[] = {
        { "multiprocessors", 16 },
        { "compute_major", 75 },
        { "compute_minor", 76 },
        { "pci_bus", 33 },
};

static bool enumerate(cu_device *ret_device)
{
        char name[128] = "";
        int version = 0, count = 0, value;
        size_t total = 0;

        if (!step("init", cuda.init(0)) || !step("version", cuda.version(&version)) ||
                !step("count", cuda.count(&count)))
                return false;
        printf("cuda_version=%d\ndevices=%d\n", version, count);
        if (count == 0 || !step("device", cuda.get(ret_device, 0)) ||
                !step("name", cuda.name(name, sizeof(name), *ret_device)) ||
                !step("memory", cuda.total(&total, *ret_device)))
                return false;
        printf("gpu=%s\nmemory_bytes=%zu\n", name, total);
        for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
                value = -1;
                if (!step("attribute",
                            cuda.attribute(&value, attributes[i].attribute, *ret_device)))
                        return false;
                printf("%s=%d\n", attributes[i].key, value);
        }
        reached = "enumeration";
        return true;
}

static bool right(const uint32_t *result)
{
        for (uint32_t i = 0; i < COUNT; i++)
                if (result[i] != 3 * i + 7)
                        return false;
        return true;
}

static void execute(cu_device device)
{
        static uint32_t result[COUNT];
        void *context = NULL, *module = NULL, *function = NULL;
        cu_pointer memory = 0;
        void *arguments[] = { &memory };

        if (!step("context", cuda.retain(&context, device)) ||
                !step("current", cuda.current(context)) ||
                !step("alloc", cuda.alloc(&memory, sizeof(result))) ||
                !step("module", cuda.load(&module, kernel)) ||
                !step("function", cuda.function(&function, module, "fill")) ||
                !step("launch",
                        cuda.launch(function, 1, 1, 1, COUNT, 1, 1, 0, NULL, arguments, NULL)) ||
                !step("wait", cuda.wait()) ||
                !step("copy", cuda.copy(result, memory, sizeof(result))))
                return;
        printf("result=%s\n", right(result) ? "right" : "wrong");
        step("release", cuda.release(device));
}

/* The runtime's answer to the same, where it is installed: cudaFree(0) makes the context. */
static void ask_runtime(void)
{
        static const char *const names[] = { "libcudart.so.13", "libcudart.so.12",
                "libcudart.so.11.0", "libcudart.so" };
        void *library = NULL;
        int (*release)(void *) = NULL;

        for (size_t i = 0; !library && i < sizeof(names) / sizeof(names[0]); i++)
                library = dlopen(names[i], RTLD_NOW);
        if (library)
                *(void **)&release = dlsym(library, "cudaFree");
        if (release)
                printf("runtime=%d\n", release(NULL));
        else
                printf("runtime=absent\n");
}

int main(void)
{
        cu_device device;

        if (!find_symbols())
                return 77;
        if (enumerate(&device))
                execute(device);
        ask_runtime();
        printf("reached=%s\n", reached);
        return 0;
}
