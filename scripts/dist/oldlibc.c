/*
 * Linked into the packaged forestage-run, so that it starts with every C library from glibc 2.17 on
 * (XCP-ng's dom0), though it is built with a newer one. glibc keeps the old versions of functions
 * that it gave a new one; the linker's --wrap sends each call here, and .symver to the old one.
 * scripts/rules.mk lists them, tests/unit/scripts/dist.t checks that nothing newer is left.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define STAT_VERSION 1 /* of struct stat on x86-64, for the functions before glibc 2.33 */

#define OLD(name, version) __asm__(".symver old_" #name ", " #name "@GLIBC_" version)

OLD(dlopen, "2.2.5");
OLD(dlsym, "2.2.5");
OLD(dlclose, "2.2.5");
OLD(dlerror, "2.2.5");
OLD(glob, "2.2.5");
OLD(__fxstat, "2.2.5");
OLD(__fxstatat, "2.4");
OLD(__xstat, "2.2.5");
OLD(__lxstat, "2.2.5");
OLD(pthread_create, "2.2.5");
OLD(pthread_join, "2.2.5");
OLD(__libc_start_main, "2.2.5");

typedef int main_function(int argc, char **argv, char **environment);

void *old_dlopen(const char *name, int flags);
void *old_dlsym(void *handle, const char *name);
int old_dlclose(void *handle);
char *old_dlerror(void);
int old_glob(const char *pattern, int flags, int (*error)(const char *, int), glob_t *found);
int old___fxstat(int version, int fd, struct stat *status);
int old___fxstatat(int version, int folder, const char *path, struct stat *status, int flags);
int old___xstat(int version, const char *path, struct stat *status);
int old___lxstat(int version, const char *path, struct stat *status);
int old_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
        void *argument);
int old_pthread_join(pthread_t thread, void **result);
int old___libc_start_main(main_function *function, int argc, char **argv, void (*init)(void),
        void (*end)(void), void (*linker_end)(void), void *stack_end);

void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlsym(void *handle, const char *name);
int __wrap_dlclose(void *handle);
char *__wrap_dlerror(void);
int __wrap_glob(const char *pattern, int flags, int (*error)(const char *, int), glob_t *found);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstatat(int folder, const char *path, struct stat *status, int flags);
int __wrap_stat(const char *path, struct stat *status);
int __wrap_lstat(const char *path, struct stat *status);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
        void *(*start)(void *), void *argument);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap___libc_start_main(main_function *function, int argc, char **argv, void (*init)(void),
        void (*end)(void), void (*linker_end)(void), void *stack_end);

void *__wrap_dlopen(const char *name, int flags)
{
        return old_dlopen(name, flags);
}

void *__wrap_dlsym(void *handle, const char *name)
{
        return old_dlsym(handle, name);
}

int __wrap_dlclose(void *handle)
{
        return old_dlclose(handle);
}

char *__wrap_dlerror(void)
{
        return old_dlerror();
}

/* The new version only follows dangling links, too. */
int __wrap_glob(const char *pattern, int flags, int (*error)(const char *, int), glob_t *found)
{
        return old_glob(pattern, flags, error, found);
}

int __wrap_fstat(int fd, struct stat *status)
{
        return old___fxstat(STAT_VERSION, fd, status);
}

int __wrap_fstatat(int folder, const char *path, struct stat *status, int flags)
{
        return old___fxstatat(STAT_VERSION, folder, path, status, flags);
}

int __wrap_stat(const char *path, struct stat *status)
{
        return old___xstat(STAT_VERSION, path, status);
}

int __wrap_lstat(const char *path, struct stat *status)
{
        return old___lxstat(STAT_VERSION, path, status);
}

ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags)
{
        return syscall(SYS_getrandom, bytes, size, flags);
}

int __wrap_pthread_create(
        pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
        return old_pthread_create(thread, attributes, start, argument);
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
        return old_pthread_join(thread, result);
}

/* Where the linker puts the constructors. */
extern void (*__init_array_start[])(int, char **, char **) __attribute__((visibility("hidden")));
extern void (*__init_array_end[])(int, char **, char **) __attribute__((visibility("hidden")));
extern char **environ;

/* Programs linked for glibc 2.34 leave this to the library, and the old one waits for it. */
static void run_constructors(void)
{
        for (size_t i = 0; i < (size_t)(__init_array_end - __init_array_start); i++)
                __init_array_start[i](0, NULL, environ);
}

int __wrap___libc_start_main(main_function *function, int argc, char **argv, void (*init)(void),
        void (*end)(void), void (*linker_end)(void), void *stack_end)
{
        return old___libc_start_main(
                function, argc, argv, init ? init : run_constructors, end, linker_end, stack_end);
}
