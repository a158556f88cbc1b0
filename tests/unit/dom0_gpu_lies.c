#include "tests/unit/dom0_gpu_lies.h"

#define SKIPPED(test) "{\"test\":\"" test "\",\"status\":\"skip\",\"reason\":\"x\",\"wall_s\":1e-6}"
#define DECIDED(kind, promise) \
        "{\"job\":\"z\",\"kind\":\"" kind "\",\"device\":null,\"promise\":" promise "}"
#define AT(what) "\"event\":\"job." what "\",\"tsc\":735521000000,\"monotonic_s\":348.875"
#define LEFT_OUT(promise)                                                                          \
        { "run.plan", "planned.+", DECIDED("kernel", promise) },                                   \
                { "", NULL, "{" AT("start") ",\"job\":\"z\",\"device\":null}" },                   \
                { "", NULL,                                                                        \
                        "{" AT("end") ",\"job\":\"z\",\"device\":null,\"status\":\"skip\","        \
                                      "\"wall_s\":0.0}" },                                         \
        {                                                                                          \
                "", NULL,                                                                          \
                        "{\"job\":\"z\",\"kind\":\"kernel\",\"device\":null,\"name\":null,"        \
                        "\"uuid\":"                                                                \
                        "null,\"pci\":null,\"rehearsal\":false,\"status\":\"skip\",\"reason\":"    \
                        "\"none "                                                                  \
                        "is "                                                                      \
                        "chosen\",\"start_s\":348.875,\"wall_s\":0.0,\"timings\":{},\"outputs\":[" \
                        "]}"                                                                       \
        }
#define BOTH(path, json)                            \
        { "run.plan", "planned.0." path, json },    \
        {                                           \
                "run.plan", "planned.1." path, json \
        }
#define NO_P2P_REQUIRED                                                           \
        BOTH("promise.require", "[]"), { "quick/0", "check.requirements", "[]" }, \
        {                                                                         \
                "quick/1", "check.requirements", "[]"                             \
        }

const struct gpu_lie gpu_lies[] = {
        { "nothing", "quick", NULL, { { NULL, NULL, NULL } } },
        { "a counter that rose, and is not on the list", "quick", "dram_corrected rose from 0 to 3",
                { { "quick/0", "check.tests.19.after.dram_corrected", "3" } } },
        { "a row that waits to be remapped", "quick", "remap_pending is 1",
                { { "quick/0", "check.tests.19.before.remap_pending", "1" },
                        { "quick/0", "check.tests.19.after.remap_pending", "1" } } },
        { "a narrow link", "quick", "pcie_width is 8 although 16 is possible",
                { { "quick/0", "check.tests.19.after.pcie_width", "8" },
                        { "quick/0", "check.tests.19.pcie_width", "8.0" } } },
        { "a link that was told wide", "quick", "tells other readings than it has",
                { { "quick/0", "check.tests.19.pcie_width", "32.0" } } },
        { "counters that nobody read before", "quick", "could not be read before",
                { { "quick/0", "check.tests.19.before", "{}" } } },
        { "counters that fell", "quick", "fell from 9 to 0",
                { { "quick/0", "check.tests.19.before.pcie_replays", "9" } } },
        { "health without a reading", "quick", "its test health has no readings",
                { { "quick/0", "check.tests.19.before", "{}" },
                        { "quick/0", "check.tests.19.after", "{}" } } },
        { "health skipped that was read", "quick", "its test health was skipped, and has",
                { { "quick/0", "check.tests.19.status", "\"skip\"" },
                        { "quick/0", "check.tests.19.reason", "\"x\"" } } },
        { "readings of NVML without NVML", "quick", "has readings of NVML, which it had not",
                { { "quick/0", "check.tests.19.source", "\"sysfs\"" } } },
        { "readings of somebody", "quick", "no word of it",
                { { "quick/0", "check.tests.19.source", "\"somebody\"" } } },
        { "a list of what is readable after all", "quick", "another list of what is not readable",
                { { "quick/0", "check.tests.19.not_readable", "[]" } } },
        { "no pair", "quick", "did not copy to every other GPU",
                { { "quick/0", "check.tests.17.pairs", "[]" } } },
        { "copies to itself", "quick", "copied to another GPU than was its turn",
                { { "quick/0", "check.tests.17.pairs.0.peer", "0" } } },
        { "copies to a GPU twice", "quick", "did not copy to every other GPU",
                { { "quick/0", "check.tests.17.pairs.+",
                        "{\"peer\":2,\"direct\":true,\"write_gbps\":400.0,\"read_gbps\":400.0,"
                        "\"errors\":0}" } } },
        { "copies at another speed", "quick", "another speed than the slowest",
                { { "quick/0", "check.tests.17.gbps", "900.0" },
                        { "quick/0", "check.requirements.1.found", "900.0" } } },
        { "a pair with errors", "quick", "errors between two GPUs",
                { { "quick/0", "check.tests.17.pairs.0.errors", "1" } } },
        { "copies between two GPUs, skipped", "quick",
                "its test copy-p2p was skipped, and applies here",
                { NO_P2P_REQUIRED, { "quick/0", "check.tests.17", SKIPPED("copy-p2p") } } },
        { "tensor cores that were left out", "quick",
                "its test compute-fp16 was skipped, and applies here",
                { { "quick/0", "check.tests.9", SKIPPED("compute-fp16") } } },
        { "memory that was left out", "quick", "its test memory-fade was skipped, and applies here",
                { { "quick/0", "check.tests.6", SKIPPED("memory-fade") } } },
        { "tensor cores of a GPU without", "quick", "passes, and does not apply here",
                { { "run.devices", "devices.0.compute", "\"7.5\"" } } },
        { "copies between one GPU", "long", "passes, and does not apply here",
                { { "tests/0", "check.tests.9",
                        "{\"test\":\"copy-p2p\",\"pairs\":[],\"samples\":9,\"gbps\":1.0,\"errors\":"
                        "0,\"status\":\"pass\",\"wall_s\":0.1}" } } },
        { "a test that nobody knows", "quick", "has a test memory-magic that is none",
                { BOTH("promise.tests.0", "\"memory-magic\""),
                        { "quick/0", "check.tests.0.test", "\"memory-magic\"" } } },
        { "a level without one of its tests", "quick", "the plan has not every test of its level",
                { BOTH("promise.tests.0", ""), { "quick/0", "check.tests.0", "" },
                        { "quick/0", "check.planned", "19" } } },
        { "tests out of turn", "long", "its test copy-h2d was not run in its turn",
                { { "tests/0", "check.tests.7.test", "\"copy-bidirectional\"" },
                        { "tests/0", "check.tests.8.test", "\"copy-h2d\"" } } },
        { "a long check that ended soon", "long", "it ended before its time was over",
                { { "tests/0", "wall_s", "59.5" }, { "job.end", "wall_s", "59.5" } } },
        { "a long check of another time", "long", "it went on for another time than was planned",
                { { "run.plan", "planned.0.promise.duration_s", "30.0" } } },
        { "once, and more often than that", "long", "went over the memory more often than it does",
                { { "run.plan", "planned.0.promise.duration_s", "null" } } },
        { "a quick check of an hour", "quick", "the plan has another duration than its level",
                { BOTH("promise.duration_s", "1.0") } },
        { "more multiprocessors than there are", "quick", "reached 133 of 132 multiprocessors",
                { { "quick/0", "check.tests.7.multiprocessors", "133" } } },
        { "all of the memory, and more", "quick", "\"covered_percent\" that is out of its range",
                { { "quick/0", "check.tests.0.covered_percent", "1e300" } } },
        { "one byte of memory", "quick", "\"memory_bytes\" that is out of its range",
                { { "quick/0", "check.tests.0.memory_bytes", "1" } } },
        { "more memory than there is", "quick", "covered another memory than the GPU has",
                { { "quick/0", "check.tests.0.memory_bytes", "299999952896" },
                        { "quick/0", "check.tests.0.gbytes", "1199.999811584" } } },
        { "a part of a tile", "quick", "covered another memory than the GPU has",
                { { "quick/0", "check.tests.0.memory_bytes", "149285765121" } } },
        { "little memory, and little moved", "stage",
                "covered little of a GPU that nobody else used",
                { { "tests/0", "check.tests.0.memory_bytes", "524288" },
                        { "tests/0", "check.tests.0.gbytes", "0.1" } } },
        { "little moved", "quick", "did not move what its rounds over the memory move",
                { { "quick/0", "check.tests.0.gbytes", "1.0" } } },
        { "in no time", "quick", "was faster than its speeds allow",
                { { "quick/0", "check.tests.0.wall_s", "0.001" } } },
        { "slower than it took", "quick", "was faster than its speeds allow",
                { { "quick/0", "check.tests.0.verify_gbps", "1.0" } } },
        { "no wait for the fading", "quick", "ended before its waiting time",
                { { "quick/0", "check.tests.6.wall_s", "0.39" } } },
        { "a unit that did nothing", "quick", "was busy for less than its time",
                { { "quick/0", "check.tests.7.busy_s", "0.001" } } },
        { "a unit that worked for an hour", "quick", "was busy for longer than it took",
                { { "quick/0", "check.tests.7.busy_s", "3600.0" } } },
        { "a plain unit on the tensor cores", "quick", "worked on a unit that is not its own",
                { { "quick/0", "check.tests.7.path", "\"wgmma\"" } } },
        { "tensor cores of another GPU", "quick", "worked on a unit that is not its own",
                { { "run.devices", "devices.0.compute", "\"8.0\"" } } },
        { "a part of the readings", "quick", "has a part of its readings under load alone",
                { { "quick/0", "check.tests.7.clock_mhz", "" } } },
        { "more power than at most", "quick", "took more power than it took at most",
                { { "quick/0", "check.tests.7.power_w", "500.0" } } },
        { "a reason to be slow that nobody knows", "quick", "no list of such strings",
                { { "quick/0", "check.tests.7.throttle", "[\"bored\"]" } } },
        { "more copies than a level has", "quick", "timed more copies than it does",
                { { "quick/0", "check.tests.13.samples", "10" } } },
        { "a number of another test", "quick", "has what is of another test",
                { { "quick/0", "check.tests.13.covered_percent", "99.9" } } },
        { "a test that passes for a reason", "quick", "its test latency passes with",
                { { "quick/0", "check.tests.18.reason", "\"x\"" } } },
        { "no latency", "quick", "has nothing in its",
                { { "quick/0", "check.tests.18.copy_us", "0.0" } } },
        { "more GPUs counted than there are", "quick",
                "it saw 3 GPUs, and run.devices does not have as many",
                { BOTH("promise.devices", "3"), { "quick/0", "check.devices", "3" },
                        { "quick/1", "check.devices", "3" } } },
        { "an Xid", "quick", "it passes with",
                { { "quick/0", "xid",
                        "[{\"code\":63,\"message\":\"Xid (PCI:0000:01:00): 63\"}]" } } },
        { "GPUs in each other's place", "quick", "a GPU that is not in its place",
                { { "run.devices", "devices.0.index", "1" },
                        { "run.devices", "devices.1.index", "0" } } },
        { "a GPU without memory", "quick", "a GPU without",
                { { "run.devices", "devices.0.memory_bytes", "null" } } },
        { "a promise for one GPU alone", "quick", "the plan has job quick with two promises",
                { { "run.plan", "planned.0.promise.require", "[]" },
                        { "quick/0", "check.requirements", "[]" } } },
        { "a part that is longer than all", "quick", "is longer than it took",
                { { "quick/0", "timings.init_s", "100.0" } } },
        { "a GPU that no driver knows", "stage",
                "run.devices has the GPU 0000:01:00.0, and driver.gpu has not",
                { { "driver.gpu", "pci", "\"0000:09:00.0\"" } } },
        { "a step that went wrong, and is told", "stage", NULL,
                { { "stage.acpi", "error", "\"0x9f000: no\"" },
                        { "run", "reason", "\"stage.acpi: 0x9f000: no\"" } } },
        { "a step that went wrong, of which RUN says nothing", "stage",
                "another reason than the first error",
                { { "stage.acpi", "error", "\"0x9f000: no\"" } } },
        { "a reason of no step", "stage", "another reason than the first error",
                { { "run", "reason", "\"stage.driver: no GPU\"" } } },
        { "a hypervisor of nobody", "quick", "run.where names no vendor of its hypervisor",
                { { "run.where", "hypervisor", "true" } } },
        { "after the end of time", "stage", "\"monotonic_s\" that is out of its range",
                { { "stage.seal", "monotonic_s", "1e300" } } },
        { "a job that was left out", "long", NULL, { LEFT_OUT("{}") } },
        { "a job that was to run, left out", "long", "it was to run, by the plan",
                { LEFT_OUT("{\"outputs\":[\"a\"],\"expect\":[\"a\"]}") } },
};

const size_t gpu_lies_count = sizeof(gpu_lies) / sizeof(gpu_lies[0]);
