/* What a run that ended well says of its GPUs, and of the machine that they are in. */
#include "dom0/proof/gpuproof.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/need.h"

/* Whether two devices have the same text under the key. */
static bool is_twice(const json_t *devices, const char *key, const char **ret_text)
{
        json_auto_t *seen = json_object();
        const json_t *device;
        size_t i;

        json_array_foreach(devices, i, device) {
                const char *text = get_string(device, key);

                if (get_value(seen, text)) {
                        *ret_text = text;
                        return true;
                }
                if (text)
                        set_value(seen, text, json_true());
        }
        return false;
}

bool need_devices_there(const struct intake *intake, char *why)
{
        static const char *const keys[] = { "uuid", "pci" };
        const char *text;

        if (json_array_size(intake->run->devices) == 0)
                return need_miss(why, "run.devices lists no GPU");
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (is_twice(intake->run->devices, keys[i], &text))
                        return need_miss(why, "run.devices has two GPUs with the %s %s", keys[i],
                                SHOWN(text));
        return true;
}

/* Whether the text is the pattern, in which a # is a hexadecimal digit, as CUDA's are small. */
static bool is_like(const char *text, const char *pattern)
{
        for (; text && *text && *pattern; text++, pattern++)
                if (*pattern == '#' ? !strchr("0123456789abcdef", *text) : *text != *pattern)
                        return false;
        return text && !*text && !*pattern;
}

/* By these the messages of its driver are found, and its baseline. */
static bool has_address(const json_t *device)
{
        const char *pci = get_string(device, "pci");

        return is_like(get_string(device, "uuid"), "GPU-########-####-####-####-############") &&
               (is_like(pci, "####:##:##.#") || is_like(pci, "########:##:##.#"));
}

/* They are listed as CUDA counts them, each with what it is. */
bool need_devices_counted(const struct intake *intake, char *why)
{
        static const char *const keys[] = { "memory_bytes", "multiprocessors" };
        const json_t *device;
        size_t i;

        if (intake->proof.version < 2)
                return true;
        json_array_foreach(intake->run->devices, i, device) {
                if ((size_t)get_integer(device, "index") != i)
                        return need_miss(why, "run.devices has a GPU that is not in its place");
                if (!has_address(device))
                        return need_miss(why, "run.devices has a GPU without a UUID or an address");
                for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
                        if (get_integer(device, keys[k]) == 0)
                                return need_miss(
                                        why, "run.devices has a GPU without \"%s\"", keys[k]);
        }
        return true;
}

/* Those that init woke are those that CUDA lists; the rehearsal's need no driver. */
bool need_devices_driven(const struct intake *intake, char *why)
{
        const json_t *gpus = intake->proof.gpus, *device;
        size_t i;

        if (intake->proof.version < 2 || !need_sealed_by(intake, "init") || intake->run->rehearsal)
                return true;
        json_array_foreach(intake->run->devices, i, device) {
                const char *pci = get_string(device, "pci");

                if (!pci || !get_value(gpus, pci))
                        return need_miss(why, "run.devices has the GPU %s, and driver.gpu has not",
                                SHOWN(pci));
        }
        return i == json_object_size(gpus) ||
               need_miss(why, "driver.gpu has %zu GPUs, and run.devices has %zu",
                       json_object_size(gpus), i);
}

static bool same_truth(const json_t *a, const json_t *b)
{
        return !json_is_boolean(a) || !json_is_boolean(b) || json_is_true(a) == json_is_true(b);
}

/* Either the whole run was on the interpreter or none of it. */
bool need_one_rehearsal(const struct intake *intake, char *why)
{
        const struct run *run = intake->run;
        const json_t *where = get_value(run->where, "rehearsal"), *device;
        size_t i;

        if (intake->proof.version >= 2 && !json_is_boolean(where))
                return need_miss(why, "run.where does not say whether this is a rehearsal");
        json_array_foreach(run->devices, i, device) {
                if (!same_truth(where, get_value(device, "rehearsal")))
                        return need_miss(why,
                                "run.where and run.devices disagree on whether this is a "
                                "rehearsal");
        }
        for (i = 0; i < run->results_count; i++)
                if (!same_truth(where, get_value(run->results[i].object, "rehearsal")))
                        return need_miss(why,
                                "run.where and a RESULT disagree on whether this is a "
                                "rehearsal");
        return true;
}

/* A bare machine has no vendor of a hypervisor, and every other has one. */
bool need_one_hypervisor(const struct intake *intake, char *why)
{
        const json_t *where = intake->run->where;

        if (json_is_false(get_value(where, "hypervisor")) &&
                json_is_string(get_value(where, "hypervisor_vendor")))
                return need_miss(why,
                        "run.where names the vendor of a hypervisor and says that there "
                        "is none");
        if (intake->proof.version >= 2 &&
                get_bool(where, "hypervisor") !=
                        json_is_string(get_value(where, "hypervisor_vendor")))
                return need_miss(why, "run.where names no vendor of its hypervisor");
        return intake->proof.version < 2 || json_is_boolean(get_value(where, "hypervisor")) ||
               need_miss(why, "run.where does not say whether there is a hypervisor");
}
