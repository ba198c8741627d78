// A clock of the machine that jumps: loaded into a program by LD_PRELOAD, it adds the seconds in the
// file JUMPING_CLOCK to the time of day. Clocks that only measure are left alone, as they are when
// somebody sets a real clock.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
    char text[32] = {0};
    const char *path = getenv("JUMPING_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) > 0) now->tv_sec += strtol(text, NULL, 10);
        close(file);
    }
    return 0;
}
