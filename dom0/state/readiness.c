#include "dom0/state/readiness.h"

#include <stdlib.h>
#include <unistd.h>

#include "dom0/host/firmware.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define CONF_MAX ((size_t)64 << 10)

static bool check_installed(const struct esp *esp, struct failure *error)
{
        static const char *const names[] = { "forestage.efi", "vmlinuz", "initramfs.img",
                "forestage.conf" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                _cleanup_free_ char *path = esp_file(esp, "%s", names[i]);

                if (access(path, R_OK) != 0)
                        return fail(error, EXIT_FAIL,
                                "%s is missing: Forestage is not installed, or only in part; "
                                "first: forestage install",
                                path);
        }
        return true;
}

static bool read_conf(struct readiness *ready, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(&ready->esp, "forestage.conf");
        struct text reason;
        char buffer[400];
        size_t length;

        ready->conf_text = source_read_text(path, CONF_MAX, &length);
        if (!ready->conf_text)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        conf_defaults(&ready->conf);
        text_init(&reason, buffer, sizeof(buffer));
        return conf_parse((struct slice){ ready->conf_text, length }, &ready->conf, &reason) ||
               fail(error, EXIT_FAIL, "%s (in %s)", reason.data, ready->esp.folder);
}

bool readiness_find(const struct host *host, const char *esp, const char *entry,
        struct readiness *ret_ready, struct failure *ret_error)
{
        struct readiness ready = { .first = true };

        if (esp_find(host, esp, &ready.esp, ret_error) && check_installed(&ready.esp, ret_error) &&
                read_conf(&ready, ret_error) &&
                grub_config_find(host, &ready.esp, &ready.config, ret_error) &&
                xenboot_find(host, &ready.config, entry, &ready.boot, ret_error)) {
                ready.method = method_installed(host, &ready.config, &ready.first);
                ready.secure_boot = firmware_secure_boot(host);
                *ret_ready = ready;
                return true;
        }
        readiness_free(&ready);
        return false;
}

void readiness_free(struct readiness *ready)
{
        free(ready->conf_text);
        xenboot_free(&ready->boot);
        grub_config_free(&ready->config);
        esp_free(&ready->esp);
        *ready = (struct readiness){ .first = true };
}

bool readiness_check(
        const struct host *host, const struct readiness *ready, struct failure *ret_error)
{
        /* dom0 cannot see boot options after a run: then the one that started it is still there. */
        bool hidden = firmware_kind(host) == FIRMWARE_NO_ACCESS;

        if (ready->secure_boot && !ready->conf.secure_boot)
                return fail(ret_error, EXIT_FAIL,
                        "Secure Boot is on: forestage.efi falls back to the normal boot, because a "
                        "distribution's kernel locks itself down then (no kexec, no /dev/mem); "
                        "with "
                        "a signed kernel that does not, set secure-boot=yes in %s/forestage.conf; "
                        "docs/security.md has the whole set-up",
                        ready->esp.folder);
        if (ready->method == METHOD_NONE && !hidden)
                return fail(ret_error, EXIT_FAIL,
                        "nothing would start an armed run: the boot option and the lines in %s are "
                        "gone (an update may have written that file anew); first: forestage "
                        "install",
                        ready->config.path);
        if (!ready->first)
                return fail(ret_error, EXIT_FAIL,
                        "Forestage's boot option is not the first in the boot order any more, so "
                        "that an armed run would not start; first: forestage install");
        return true;
}
