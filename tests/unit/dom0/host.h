/* A whole host in a temporary folder: ESP, firmware variables, GRUB, Xen, and its programs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/host.h"

enum flavour { FLAVOUR_DEBIAN, FLAVOUR_XENSERVER };

struct stand_in {
        enum flavour flavour;
        char root[64];
        char command_line[96], iomem[96], memory[96], hypervisor[96], runs[96], trials[96],
                programs[96];
        struct host host;
        char *output, *errors; /* of the verb run last */
        int code;
};

extern uint64_t stand_in_room; /* what its file systems say is free */

/* For cmocka: a Debian, an XCP-ng. */
int stand_in_debian(void **state);
int stand_in_xenserver(void **state);
int stand_in_remove(void **state);

/* One that is there already, in the folder `root`: what a process of its own needs of it. */
void stand_in_at(struct stand_in *host, const char *root);

/* Files of the host; paths start with a slash. Folders are made on the way. */
void stand_in_use_memory(void); /* for all hosts of this program */
void stand_in_write(struct stand_in *host, const char *path, const void *data, size_t length);
__attribute__((format(printf, 3, 4))) void stand_in_text(
        struct stand_in *host, const char *path, const char *format, ...);
void stand_in_program(struct stand_in *host, const char *name, const char *script);
void stand_in_delete(struct stand_in *host, const char *path);
bool stand_in_has(const struct stand_in *host, const char *path);
char *stand_in_read(const struct stand_in *host, const char *path); /* NULL: not there */

/* An initramfs.img that says of itself what `contents` says (dom0/image/image.h), and no more. */
void stand_in_image(struct stand_in *host, const char *path, const char *contents);
size_t stand_in_make_image(const char *name, const char *contents, char *ret_archive);
#define IMAGE_BYTES 4096u

/* Whether all files that the manifest on the ESP lists are there, as it lists them. */
bool stand_in_bundle_is_whole(const struct stand_in *host);

/* What its initrd holds, a start of a cpio archive: another text, and arm would refuse it. */
#define INITRD "070701initrd"

/* A firmware variable; NULL removes it. `vendor` is one of the two. */
#define GLOBAL_VENDOR "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define OUR_VENDOR    "14ec1a0d-f549-48b7-90e0-d76980224a80"
void stand_in_variable(struct stand_in *host, const char *name, const char *vendor,
        const void *value, size_t length);

/* The partition of the ESP, /dev/sda1, as Linux names it and as it stands in a boot option. */
#define ESP_PARTITION "61e51fcb-4ed1-4b49-8ee3-1b5f3ea5a0c1"
#define ESP_GUID      "\xcb\x1f\xe5\x61\xd1\x4e\x49\x4b\x8e\xe3\x1b\x5f\x3e\xa5\xa0\xc1"

/* A boot option of the firmware. `guid` is the 16 bytes of its partition; NULL: it names none. */
void stand_in_option(struct stand_in *host, unsigned number, const char *description,
        const char *loader, const char *guid, bool active);

/* A link, made with its folders. */
void stand_in_link(struct stand_in *host, const char *target, const char *path);

/* A Xen that kexec could load; with bad notes when asked for. gzip compresses it on the host. */
void stand_in_xen(struct stand_in *host, const char *path, const char *version, bool bad_notes);
size_t stand_in_make_xen(uint8_t *image, const char *version, bool bad_notes);
#define XEN_BYTES 4096u

/* Every file of the host with mode and content, but for logs and our own folder in /var. Owned. */
char *stand_in_snapshot(const struct stand_in *host);

/* Runs "VERB ARGUMENT…"; `answer` is what the person types, NULL: nobody is there. */
int stand_in_run_answer(struct stand_in *host, const char *answer, const char *line);
__attribute__((format(printf, 2, 3))) int stand_in_run(
        struct stand_in *host, const char *format, ...);

/* Whether the output, or the errors, hold a text. */
void assert_output(const struct stand_in *host, const char *text);
void assert_errors(const struct stand_in *host, const char *text);
