#include "files/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

bool owner_is_trusted(const struct stat *status)
{
        return status->st_uid == 0 || status->st_uid == geteuid();
}

/* The user's name, if the group is that user's first one and no other's. */
static bool find_user(FILE *users, uid_t user, gid_t group, char *ret_name, size_t size)
{
        const struct passwd *entry;
        bool found = false;

        while ((entry = fgetpwent(users))) {
                if (entry->pw_gid != group)
                        continue;
                if (entry->pw_uid != user)
                        return false;
                snprintf(ret_name, size, "%s", entry->pw_name);
                found = true;
        }
        return found;
}

bool owner_is_alone(FILE *users, FILE *groups, uid_t user, gid_t group)
{
        const struct group *entry;
        bool found = false;
        char name[256];

        if (!find_user(users, user, group, name, sizeof(name)))
                return false;
        while ((entry = fgetgrent(groups))) {
                if (entry->gr_gid != group)
                        continue;
                for (char **member = entry->gr_mem; *member; member++)
                        if (strcmp(*member, name) != 0)
                                return false;
                found = true;
        }
        return found;
}

static bool is_private(uid_t user, gid_t group)
{
        FILE *users = fopen("/etc/passwd", "re"), *groups = fopen("/etc/group", "re");
        bool alone = users && groups && owner_is_alone(users, groups, user, group);

        if (users)
                fclose(users);
        if (groups)
                fclose(groups);
        return alone;
}

bool owner_shares(const struct stat *status)
{
        if (status->st_mode & S_IWOTH)
                return true;
        return (status->st_mode & S_IWGRP) && !is_private(status->st_uid, status->st_gid);
}

unsigned long owner_file_system(int fd)
{
        struct statfs system;
        int result = fstatfs(fd, &system), again;

        if (result != 0 && errno == EBADF) { /* O_PATH, before Linux 3.12 */
                again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                result = again < 0 ? -1 : fstatfs(again, &system);
                if (again >= 0)
                        close(again);
        }
        return result == 0 ? (unsigned long)system.f_type : 0;
}

bool owner_is_kept(int fd)
{
        static const unsigned long without[] = {
                MSDOS_SUPER_MAGIC, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, V9FS_MAGIC,
                0xff534d42, /* CIFS */
                0xfe534d42, /* SMB2 and later */
                0x2011bab0, /* exFAT */
                0x5346544e, /* NTFS */
                0x7366746e, /* NTFS3 */
                0x65735546, /* FUSE: sshfs, ntfs-3g */
                0x786f4256, /* folders shared with VirtualBox */
        };
        unsigned long system = owner_file_system(fd);

        for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
                if (system == without[i])
                        return false;
        return true;
}
