#include "store/disk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/number.h"
#include "lib/text.h"
#include "lib/why.h"
#include "store/gpt.h"

#define SECTOR         512u /* of sysfs, whatever the disk's blocks are */
#define PATH_MAX_BYTES 1024u
#define VPD_HEAD       4u /* bytes before the serial number in page 0x80 (SPC-4, 7.8.15) */

/* The bytes of a small file; how many there are. */
static size_t read_file(const char *folder, const char *name, char *data, size_t size)
{
        char path[PATH_MAX_BYTES];
        _cleanup_close_ int fd = -1;
        ssize_t length;

        if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
                return 0;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        length = fd >= 0 ? io_read(fd, data, size) : -1;
        return length > 0 ? (size_t)length : 0;
}

/* As one word of printable characters without blanks around it; what is longer is cut. */
static void make_word(const char *data, size_t length, char word[STORE_WORD])
{
        const char *begin;

        while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\0'))
                length--;
        begin = text_trim(data, &length);
        length = length < STORE_WORD - 1 ? length : STORE_WORD - 1;
        for (size_t i = 0; i < length; i++)
                word[i] = begin[i];
        for (size_t i = 0; i < length; i++)
                if (word[i] < ' ' || word[i] > '~')
                        word[i] = '?';
        while (length > 0 && word[length - 1] == ' ') /* cut behind a blank */
                length--;
        word[length] = '\0';
}

static void read_word(const char *folder, const char *const names[], char word[STORE_WORD])
{
        for (; *names && !*word; names++) {
                char data[256];
                size_t length = read_file(folder, *names, data, sizeof(data));

                make_word(data, length, word);
        }
}

/* What SCSI has of the serial number, which sysfs gives as the disk said it. */
static void read_vpd(const char *folder, char word[STORE_WORD])
{
        char page[VPD_HEAD + 255];
        size_t length = read_file(folder, "device/vpd_pg80", page, sizeof(page));

        if (!*word && length > VPD_HEAD)
                make_word(page + VPD_HEAD, length - VPD_HEAD, word);
}

static void read_table(const char *folder, int fd, char guid[UUID_LENGTH + 1])
{
        _cleanup_free_ uint8_t *block = aligned_alloc(STORE_BLOCK, STORE_BLOCK * 2);
        uint64_t size = SECTOR;
        char text[32];
        size_t length = read_file(folder, "queue/logical_block_size", text, sizeof(text) - 1);

        text[length > 0 ? length - 1 : 0] = '\0';
        if (length > 0 && (!number_u64(text, &size) || size < SECTOR || size > STORE_BLOCK))
                return;
        if (block && pread(fd, block, STORE_BLOCK * 2, 0) == STORE_BLOCK * 2)
                gpt_guid(block + size, size, guid);
}

bool store_disk_read(const char *folder, int fd, struct store_disk *ret_disk, char *why)
{
        static const char *const wwns[] = { "wwid", "device/wwid", NULL };
        static const char *const serials[] = { "serial", "device/serial", NULL };
        struct store_disk disk = { 0 };
        char text[32];
        size_t length = read_file(folder, "size", text, sizeof(text) - 1);

        text[length > 0 ? length - 1 : 0] = '\0'; /* the line's end */
        if (!number_u64(text, &disk.size) || disk.size > INT64_MAX / SECTOR)
                return why_not(why, "%s/size says nothing", folder);
        disk.size *= SECTOR;
        read_word(folder, wwns, disk.wwn);
        read_word(folder, serials, disk.serial);
        read_vpd(folder, disk.serial);
        read_table(folder, fd, disk.table);
        *ret_disk = disk;
        return true;
}

bool store_disk_is(const struct store_disk *disk, const struct store_disk *wanted, char *why)
{
        const struct {
                const char *what, *has, *should;
        } words[] = {
                { "WWN", disk->wwn, wanted->wwn },
                { "serial number", disk->serial, wanted->serial },
                { "GPT", disk->table, wanted->table },
        };

        bool told = false;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                if (!*words[i].has || !*words[i].should)
                        continue; /* another kernel may not have that */
                if (strcmp(words[i].has, words[i].should) != 0)
                        return why_not(why, "its %s is \"%s\", and \"%s\" is wanted", words[i].what,
                                words[i].has, words[i].should);
                told = true;
        }
        if (!told)
                return why_not(why, "it says nothing of itself that is known of the store's disk");
        if (disk->size != wanted->size)
                return why_not(why, "it has %" PRIu64 " bytes, and %" PRIu64 " are wanted",
                        disk->size, wanted->size);
        return true;
}
