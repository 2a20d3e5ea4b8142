/* Records, in their order, what a process asks of the disk for the files whose path begins with $WRITES_OF:
   a journal at $WRITES_TO of (kind, file, offset, length, bytes). Preloaded by tests/faults/power.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 1024
enum { OPENED = 1, WRITTEN, CUT, SYNCED, SYNCING };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int watched[FILES];
static int journal = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void note(int kind, int file, int64_t offset, const void *bytes, int64_t length)
{
    static __typeof__(&write) put;
    if (!put) put = REAL(write);
    int64_t head[4] = {kind, file, offset, length};
    pthread_mutex_lock(&lock);
    if (put(journal, head, sizeof head) != sizeof head) abort();
    if (bytes && put(journal, bytes, (size_t)length) != length) abort();
    pthread_mutex_unlock(&lock);
}

static int seen(int descriptor, const char *path)
{
    const char *prefix = getenv("WRITES_OF");
    char whole[4096];
    if (descriptor < 0 || descriptor >= FILES) return descriptor;
    watched[descriptor] = 0;
    if (!prefix || !realpath(path, whole) || strncmp(whole, prefix, strlen(prefix))) return descriptor;
    if (journal < 0) journal = REAL(open)(getenv("WRITES_TO"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const char *name = strrchr(whole, '/') + 1;
    watched[descriptor] = 1;
    note(OPENED, descriptor, 0, name, (int64_t)strlen(name));
    return descriptor;
}

static int is_watched(int descriptor) { return descriptor >= 0 && descriptor < FILES && watched[descriptor]; }

#define OPEN(name)                                                                                                    \
    int name(const char *path, int flags, ...)                                                                        \
    {                                                                                                                 \
        va_list rest;                                                                                                 \
        va_start(rest, flags);                                                                                        \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                       \
        va_end(rest);                                                                                                 \
        return seen(REAL(name)(path, flags, mode), path);                                                             \
    }
OPEN(open)
OPEN(open64)

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    ssize_t done = REAL(pwrite64)(descriptor, bytes, length, offset);
    if (done > 0 && is_watched(descriptor)) note(WRITTEN, descriptor, offset, bytes, done);
    return done;
}
ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    ssize_t done = REAL(pwrite)(descriptor, bytes, length, offset);
    if (done > 0 && is_watched(descriptor)) note(WRITTEN, descriptor, offset, bytes, done);
    return done;
}
ssize_t write(int descriptor, const void *bytes, size_t length)
{
    int64_t offset = 0;
    if (is_watched(descriptor)) {
        struct stat now;
        int appends = fcntl(descriptor, F_GETFL) & O_APPEND;
        offset = appends && fstat(descriptor, &now) == 0 ? now.st_size : lseek(descriptor, 0, SEEK_CUR);
    }
    ssize_t done = REAL(write)(descriptor, bytes, length);
    if (done > 0 && is_watched(descriptor)) note(WRITTEN, descriptor, offset, bytes, done);
    return done;
}
int ftruncate64(int descriptor, off64_t length)
{
    int failed = REAL(ftruncate64)(descriptor, length);
    if (!failed && is_watched(descriptor)) note(CUT, descriptor, length, NULL, 0);
    return failed;
}
int ftruncate(int descriptor, off_t length)
{
    int failed = REAL(ftruncate)(descriptor, length);
    if (!failed && is_watched(descriptor)) note(CUT, descriptor, length, NULL, 0);
    return failed;
}
/* What another thread writes while this one syncs may or may not be among it, hence both ends are noted. */
int fsync(int descriptor)
{
    if (is_watched(descriptor)) note(SYNCING, descriptor, 0, NULL, 0);
    int failed = REAL(fsync)(descriptor);
    if (!failed && is_watched(descriptor)) note(SYNCED, descriptor, 0, NULL, 0);
    return failed;
}
int fdatasync(int descriptor)
{
    if (is_watched(descriptor)) note(SYNCING, descriptor, 0, NULL, 0);
    int failed = REAL(fdatasync)(descriptor);
    if (!failed && is_watched(descriptor)) note(SYNCED, descriptor, 0, NULL, 0);
    return failed;
}
int close(int descriptor)
{
    if (is_watched(descriptor)) watched[descriptor] = 0;
    return REAL(close)(descriptor);
}
