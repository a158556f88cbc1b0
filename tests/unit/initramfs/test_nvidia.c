#include "initramfs/driver/nvidia.h"
#include "tests/unit/tap.h"

#define DEVICES                                                                    \
        "Character devices:\n  1 mem\n195 nvidia\n195 nvidiactl\n237 nvidia-uvm\n" \
        "238 nvidia-caps\n245 nvidia-nvlink\n\nBlock devices:\n  8 sd\n239 nvidia-other\n"

static const struct {
        const char *name;
        bool there;
        unsigned int major;
} majors[] = {
        { "nvidia-uvm", true, 237 },
        { "nvidia-caps", true, 238 },
        { "nvidia", true, 195 },
        { "mem", true, 1 },
        { "nvidia-uv", false, 0 },
        { "nvidia-nvswitch", false, 0 },
        { "nvidia-other", false, 0 }, /* a block device */
        { "sd", false, 0 },
};

static void majors_come_from_the_character_devices(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(majors) / sizeof(majors[0]); i++) {
                unsigned int major = 4711;

                assert_int_equal(
                        nvidia_major(SLICE(DEVICES), majors[i].name, &major), majors[i].there);
                assert_int_equal(major, majors[i].there ? majors[i].major : 4711);
        }
}

static const struct {
        const char *text, *key;
        bool there;
        unsigned int value;
} values[] = {
        { "DeviceFileMinor: 1\nDeviceFileMode: 256\n", "DeviceFileMinor", true, 1 },
        { "DeviceFileMinor: 1\nDeviceFileMode: 256\n", "DeviceFileMode", true, 256 },
        { "Model: \t\t NVIDIA H100\nDevice Minor: \t 7\nGPU Excluded:\t No\n", "Device Minor", true,
                7 },
        { "Device Minor: \t 7", "Device Minor", true, 7 },
        { "Device Minors: 7\n", "Device Minor", false, 0 },
        { "Device Minor", "Device Minor", false, 0 },
        { "Device Minor:", "Device Minor", false, 0 },
        { "Device Minor: x\n", "Device Minor", false, 0 },
        { "Device Minor: 7x\n", "Device Minor", false, 0 },
        { "Device Minor: 99999999999\n", "Device Minor", false, 0 },
        { "", "Device Minor", false, 0 },
};

static void values_are_whole_numbers(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                unsigned int value = 4711;

                assert_int_equal(nvidia_value(slice_of(values[i].text), values[i].key, &value),
                        values[i].there);
                if (values[i].there)
                        assert_int_equal(value, values[i].value);
        }
}

static void modules_are_found_by_their_start(void **state)
{
        struct slice modules = SLICE("nvidia_uvm 1 0 - Live 0x0 (OE)\ndrm 1 1 nvidia, Live 0x0\n");

        (void)state;
        assert_true(nvidia_module_there(modules, "nvidia"));
        assert_true(nvidia_module_there(modules, "drm"));
        assert_false(nvidia_module_there(SLICE("drm 1 1 nvidia, Live 0x0\n"), "nvidia"));
        assert_false(nvidia_module_there(SLICE(""), "nvidia"));
}

static void module_names_are_the_kernels(void **state)
{
        char name[12];

        (void)state;
        assert_true(nvidia_module_name(SLICE("nvidia-uvm"), name, sizeof(name)));
        assert_string_equal(name, "nvidia_uvm");
        assert_false(nvidia_module_name(SLICE("nvidia-modeset"), name, sizeof(name)));
        assert_false(nvidia_module_name(SLICE(""), name, sizeof(name)));
        assert_string_equal(name, "nvidia_uvm");
}

#define PREFIX "<4>[   12.345678] "
#define NOISE  "<6>[    1.000000] x86/PAT: Configuration [0-7]: WB WC UC- UC\n"

static const struct {
        const char *log, *word, *line;
} logs[] = {
        { NOISE PREFIX "NVRM: No NVIDIA GPU found.\n", "no_gpu", "NVRM: No NVIDIA GPU found." },
        { PREFIX "nvidia 0000:01:00.0: Direct firmware load for nvidia/535.261.03/gsp_ga10x.bin "
                 "failed with error -2\n" PREFIX "NVRM: RmFetchGspRmImages: No firmware image "
                 "found\n" PREFIX "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x61:0x56:1)\n",
                "firmware_missing",
                "nvidia 0000:01:00.0: Direct firmware load for nvidia/535.261.03/gsp_ga10x.bin "
                "failed with error -2" },
        { PREFIX "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x62:0x65:1)\n" PREFIX
                 "NVRM: unexpected WPR2 already up, cannot proceed with booting GSP\n",
                "gpu_not_reset",
                "NVRM: unexpected WPR2 already up, cannot proceed with booting GSP" },
        { PREFIX "NVRM: API mismatch: the client has the version 550.1, but\n", "library_mismatch",
                "NVRM: API mismatch: the client has the version 550.1, but" },
        { PREFIX "msr: version magic '6.1.0-1 SMP' should be '6.1.0-2 SMP'\n" PREFIX
                 "NVRM: No NVIDIA GPU found.\n",
                "no_gpu", "NVRM: No NVIDIA GPU found." },
        { PREFIX "nvidia: version magic '6.1.0-1 SMP' should be '6.1.0-2 SMP'\n", "wrong_kernel",
                "nvidia: version magic '6.1.0-1 SMP' should be '6.1.0-2 SMP'" },
        { PREFIX "nvidia: disagrees about version of symbol module_layout\n", "wrong_kernel",
                "nvidia: disagrees about version of symbol module_layout" },
        { PREFIX "drm: Unknown symbol backlight (err -2)\n" PREFIX
                 "nvidia: Unknown symbol drm_gem_object_free (err -2)\n",
                "missing_symbol", "nvidia: Unknown symbol drm_gem_object_free (err -2)" },
        { PREFIX "NVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:1b06)\nNVRM: installed in this "
                 "system is not supported by open\nNVRM: nvidia.ko because it does not "
                 "include\n" PREFIX "NVRM: None of the NVIDIA devices were initialized.\n",
                "unsupported_gpu", "NVRM: installed in this system is not supported by open" },
        { PREFIX "NVRM: The NVIDIA Quadro K600 GPU installed in this system is\n" PREFIX
                 "NVRM:  supported through the NVIDIA 470.xx Legacy drivers. Please\n",
                "unsupported_gpu",
                "NVRM:  supported through the NVIDIA 470.xx Legacy drivers. Please" },
        { "NVRM: GPU has fallen off the bus.", "gpu_lost", "NVRM: GPU has fallen off the bus." },
};

static void the_most_telling_line_is_the_cause(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
                struct nvidia_cause cause = { 0 };

                assert_true(nvidia_find_cause(slice_of(logs[i].log), &cause));
                assert_string_equal(cause.word, logs[i].word);
                assert_true(slice_equal(cause.line, slice_of(logs[i].line)));
                assert_non_null(cause.reason);
        }
}

static void an_unknown_log_has_no_cause(void **state)
{
        struct nvidia_cause cause = { .word = "untouched" };

        (void)state;
        assert_false(nvidia_find_cause(SLICE(NOISE), &cause));
        assert_false(nvidia_find_cause(SLICE(""), &cause));
        assert_string_equal(cause.word, "untouched");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(majors_come_from_the_character_devices),
                cmocka_unit_test(values_are_whole_numbers),
                cmocka_unit_test(modules_are_found_by_their_start),
                cmocka_unit_test(module_names_are_the_kernels),
                cmocka_unit_test(the_most_telling_line_is_the_cause),
                cmocka_unit_test(an_unknown_log_has_no_cause),
        };

        return run_tap(tests);
}
