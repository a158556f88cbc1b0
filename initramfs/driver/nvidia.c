#include "initramfs/driver/nvidia.h"

#include <stdlib.h>
#include <string.h>

/* Takes the next line off `text`, without its line break. False at the end. */
static bool next_line(struct slice *text, struct slice *ret_line)
{
        const char *end;

        if (text->length == 0)
                return false;
        end = memchr(text->data, '\n', text->length);
        ret_line->data = text->data;
        ret_line->length = end ? (size_t)(end - text->data) : text->length;
        text->data += ret_line->length + (end ? 1 : 0);
        text->length -= ret_line->length + (end ? 1 : 0);
        return true;
}

#define MAX_DIGITS 9 /* so that the number fits whatever it is */

/* A decimal number at the start of `text`, which is moved behind it. */
static bool take_number(struct slice *text, unsigned int *ret_number)
{
        unsigned int number = 0;
        size_t digits = 0;

        while (digits < text->length && text->data[digits] >= '0' && text->data[digits] <= '9') {
                if (digits == MAX_DIGITS)
                        return false;
                number = number * 10 + (unsigned int)(text->data[digits++] - '0');
        }
        text->data += digits;
        text->length -= digits;
        *ret_number = number;
        return digits > 0;
}

bool nvidia_major(struct slice devices, const char *name, unsigned int *ret_major)
{
        struct slice line;
        unsigned int major;

        while (next_line(&devices, &line)) {
                line = slice_trim(line);
                if (slice_equal(line, SLICE("Block devices:")))
                        return false;
                if (!take_number(&line, &major) || !slice_equal(slice_trim(line), slice_of(name)))
                        continue;
                *ret_major = major;
                return true;
        }
        return false;
}

bool nvidia_value(struct slice text, const char *key, unsigned int *ret_value)
{
        struct slice line, wanted = slice_of(key);

        while (next_line(&text, &line)) {
                if (!slice_starts_with(line, wanted) || line.length == wanted.length ||
                        line.data[wanted.length] != ':')
                        continue;
                line.data += wanted.length + 1;
                line.length -= wanted.length + 1;
                line = slice_trim(line);
                return take_number(&line, ret_value) && line.length == 0;
        }
        return false;
}

bool nvidia_module_there(struct slice modules, const char *prefix)
{
        struct slice line;

        while (next_line(&modules, &line))
                if (slice_starts_with(line, slice_of(prefix)))
                        return true;
        return false;
}

bool nvidia_module_name(struct slice name, char *ret_name, size_t size)
{
        if (name.length == 0 || name.length >= size)
                return false;
        for (size_t i = 0; i < name.length; i++)
                ret_name[i] = name.data[i] == '-' ? '_' : name.data[i];
        ret_name[name.length] = '\0';
        return true;
}

/* 535's open module wants to be asked for GeForce. */
static const struct {
        const char *module, *parameters;
} parameters[] = {
        { "nvidia", "NVreg_OpenRmEnableUnsupportedGpus=1" },
};

const char *nvidia_parameters(const char *module)
{
        for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
                if (strcmp(parameters[i].module, module) == 0)
                        return parameters[i].parameters;
        return "";
}

const struct nvidia_node nvidia_nodes[] = {
        { "/dev/nvidiactl", NULL, 255, true },
        { "/dev/nvidia-uvm", "nvidia-uvm", 0, true },
        { "/dev/nvidia-uvm-tools", "nvidia-uvm", 1, true },
        { "/dev/nvidia-nvswitchctl", "nvidia-nvswitch", 255, false },
        { "/dev/nvidia-nvlink", "nvidia-nvlink", 0, false },
        { NULL, NULL, 0, false },
};

/* The most telling first: a firmware that is missing also fails the adapter, not the other way. */
static const struct {
        const char *mark, *word, *reason;
} causes[] = {
        { "API mismatch", "library_mismatch",
                "libcuda and the kernel module are of different versions" },
        { "nvidia: version magic", "wrong_kernel", "the modules are of another kernel" },
        { "nvidia_uvm: version magic", "wrong_kernel", "the modules are of another kernel" },
        { "nvidia: disagrees about version of symbol", "wrong_kernel", /* CONFIG_MODVERSIONS */
                "the modules are of another kernel" },
        { "nvidia_uvm: disagrees about version of symbol", "wrong_kernel",
                "the modules are of another kernel" },
        { "nvidia: Unknown symbol", "missing_symbol", "nvidia.ko misses a part of the kernel" },
        { "nvidia_uvm: Unknown symbol", "missing_symbol",
                "nvidia-uvm.ko misses a part of the kernel" },
        { "not supported by open", "unsupported_gpu",
                "the open kernel modules do not support this GPU" },
        { "Legacy drivers", "unsupported_gpu", "this driver does not support this GPU" },
        { "installed in this system is not supported", "unsupported_gpu",
                "this driver does not support this GPU" },
        { "Direct firmware load for nvidia/", "firmware_missing",
                "the GPU's firmware is not in the image" },
        { "No firmware image found", "firmware_missing", "the GPU's firmware is not in the image" },
        { "unexpected WPR2 already up", "gpu_not_reset",
                "an earlier driver left the GPU running: it needs a reset" },
        { "GSP Failure", "gsp_failure", "the GPU's system processor failed" },
        { "Timeout waiting for GSP", "gsp_failure", "the GPU's system processor failed" },
        { "Cannot initialize GSP firmware RM", "gsp_failure", "the GPU's system processor failed" },
        { "fallen off the bus", "gpu_lost", "the GPU does not answer on the bus" },
        { "RmInitAdapter failed", "init_failed", "the GPU could not be initialised" },
        { "None of the NVIDIA devices were initialized", "init_failed",
                "the GPU could not be initialised" },
        { "No NVIDIA devices probed", "not_probed", "another driver holds the GPU" },
        { "No NVIDIA GPU found", "no_gpu", "the driver found no GPU" },
};

static bool contains(struct slice text, struct slice wanted)
{
        while (text.length >= wanted.length) {
                if (slice_starts_with(text, wanted))
                        return true;
                text.data++;
                text.length--;
        }
        return false;
}

/* A log line without its "<priority>[ time] ". */
static struct slice message_of(struct slice line)
{
        const char *end = memchr(line.data, ']', line.length);

        if (!end || (line.data[0] != '<' && line.data[0] != '['))
                return line;
        line.length -= (size_t)(end + 1 - line.data);
        line.data = end + 1;
        return slice_trim(line);
}

bool nvidia_find_cause(struct slice log, struct nvidia_cause *ret_cause)
{
        for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
                struct slice rest = log, line;

                while (next_line(&rest, &line)) {
                        if (!contains(line, slice_of(causes[i].mark)))
                                continue;
                        *ret_cause = (struct nvidia_cause){ causes[i].word, causes[i].reason,
                                message_of(line) };
                        return true;
                }
        }
        return false;
}
