#include "dom0/state/readiness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dom0/host/firmware.h"
#include "dom0/host/source.h"
#include "dom0/xen/xenconsole.h"
#include "efi/parse/keyvalue.h"
#include "lib/cleanup.h"

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

        ready->conf_text = source_read_text(path, KEYVALUE_MAX_BYTES + 1, &length);
        if (!ready->conf_text)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        conf_defaults(&ready->conf);
        text_init(&reason, buffer, sizeof(buffer));
        return conf_parse((struct slice){ ready->conf_text, length }, &ready->conf, &reason) ||
               fail(error, EXIT_FAIL, "%s (in %s)", reason.data, ready->esp.folder);
}

/* All but how the host boots Xen. */
static bool find_installation(
        const struct host *host, const char *esp, struct readiness *ready, struct failure *error)
{
        return esp_find(host, esp, &ready->esp, error) && check_installed(&ready->esp, error) &&
               read_conf(ready, error) &&
               grub_config_find(host, &ready->esp, &ready->config, error);
}

static void look_at_way(const struct host *host, struct readiness *ready)
{
        ready->method = method_installed(host, &ready->esp, &ready->config, &ready->option);
        ready->secure_boot = firmware_secure_boot(host);
}

bool readiness_find(const struct host *host, const char *esp, const char *entry,
        struct readiness *ret_ready, struct failure *ret_error)
{
        _cleanup_(readiness_free) struct readiness ready = { .method = METHOD_NONE };

        if (!find_installation(host, esp, &ready, ret_error) ||
                !xenboot_find(host, &ready.config, entry, &ready.boot, ret_error))
                return false;
        look_at_way(host, &ready);
        *ret_ready = ready;
        ready = (struct readiness){ .method = METHOD_NONE };
        return true;
}

bool readiness_follow(const struct host *host, const char *esp, const char *entry,
        const char *title, struct readiness *ret_ready, struct failure *ret_error)
{
        _cleanup_(readiness_free) struct readiness ready = { .method = METHOD_NONE };

        if (!find_installation(host, esp, &ready, ret_error) ||
                !xenboot_follow(host, &ready.config, entry, title, &ready.boot, ret_error))
                return false;
        look_at_way(host, &ready);
        *ret_ready = ready;
        ready = (struct readiness){ .method = METHOD_NONE };
        return true;
}

void readiness_free(struct readiness *ready)
{
        free(ready->conf_text);
        xenboot_free(&ready->boot);
        grub_config_free(&ready->config);
        esp_free(&ready->esp);
        *ready = (struct readiness){ .method = METHOD_NONE };
}

bool readiness_check_way(const struct readiness *ready, struct failure *ret_error)
{
        return esp_check_device(&ready->esp, ret_error) &&
               method_check(ready->method, &ready->option, &ready->esp, &ready->config, ret_error);
}

bool readiness_check(const struct readiness *ready, struct failure *ret_error)
{
        if (ready->secure_boot && !ready->conf.secure_boot)
                return fail(ret_error, EXIT_FAIL,
                        "Secure Boot is on: forestage.efi falls back to the normal boot, because a "
                        "distribution's kernel locks itself down then (no kexec, no /dev/mem); "
                        "with "
                        "a signed kernel that does not, set secure-boot=yes in %s/forestage.conf; "
                        "docs/security.md has the whole set-up",
                        ready->esp.folder);
        return readiness_check_way(ready, ret_error);
}

bool readiness_is_silent(const struct readiness *ready, char *text, size_t size)
{
        const struct conf *conf = &ready->conf;
        struct xenconsole console;

        xenconsole_read(ready->boot.xen_options, &console);
        if (console.kind != XENCONSOLE_KNOWN)
                return false;
        for (size_t i = 0; i < conf->console_count; i++)
                if (xenconsole_is(&console, conf->console[i].data, conf->console[i].length))
                        return false;
        snprintf(text, size,
                "Xen's console is on com%u, and what the stage says before may not be seen there: "
                "%s/forestage.conf has no console=%s",
                console.port, ready->esp.folder, console.console);
        return true;
}
