/* Stands between one process and its clock and disk, and does what a file says:
 * three 64-bit numbers, which the test writes while the process runs.
 *
 *   clock  seconds that the wall clock is wrong by
 *   disk   0 healthy, 1 full (ENOSPC), 2 broken (EIO), 3 slow
 *   count  how many writes met a disk that is not healthy
 *
 * Only writes to regular files are touched: pipes, sockets and terminals are not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { HEALTHY, FULL, BROKEN, SLOW };
struct control { volatile int64_t clock, disk, count; };

static struct control healthy, *control = &healthy;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("STATEFUL_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(0, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) control = found;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) {
        time->tv_sec += control->clock;
        if (time->tv_sec < 0) time->tv_sec = 0;
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}

/* Whether the disk refuses this; waits first where it is slow. */
static int refuses(int file, int full_counts) {
    int64_t disk = control->disk;
    if (disk == HEALTHY) return 0;
    struct stat stat;
    if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode)) return 0;
    __atomic_add_fetch(&control->count, 1, __ATOMIC_RELAXED);
    if (disk == SLOW) {
        struct timespec wait = {0, 20 * 1000 * 1000};
        syscall(SYS_nanosleep, &wait, 0);
        return 0;
    }
    if (disk == FULL && !full_counts) return 0;
    errno = disk == FULL ? ENOSPC : EIO;
    return 1;
}

/* A full disk still takes what overwrites. */
static int grows(int file, off_t end) {
    struct stat stat;
    return fstat(file, &stat) != 0 || end > stat.st_size;
}

static int grows_here(int file, size_t length) {
    off_t here = syscall(SYS_lseek, file, 0, SEEK_CUR);
    return here < 0 || (fcntl(file, F_GETFL) & O_APPEND) || grows(file, here + (off_t)length);
}

ssize_t write(int file, const void *bytes, size_t length) {
    return refuses(file, grows_here(file, length)) ? -1 : syscall(SYS_write, file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    return refuses(file, 1) ? -1 : syscall(SYS_writev, file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    return refuses(file, grows(file, at + (off_t)length)) ? -1 : syscall(SYS_pwrite64, file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    return pwrite(file, bytes, length, at);
}

int fallocate(int file, int mode, off_t at, off_t length) {
    return refuses(file, 1) ? -1 : (int)syscall(SYS_fallocate, file, mode, at, length);
}

int posix_fallocate(int file, off_t at, off_t length) {
    return fallocate(file, 0, at, length) == 0 ? 0 : errno;
}

int ftruncate(int file, off_t length) {
    return refuses(file, grows(file, length)) ? -1 : (int)syscall(SYS_ftruncate, file, length);
}

int ftruncate64(int file, off64_t length) {
    return ftruncate(file, length);
}

int fsync(int file) {
    return refuses(file, 0) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    return refuses(file, 0) ? -1 : (int)syscall(SYS_fdatasync, file);
}
