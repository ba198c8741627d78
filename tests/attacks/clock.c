/* The time of day, as many seconds ahead as the file SECONDS_AHEAD says. For LD_PRELOAD. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int failed = syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("SECONDS_AHEAD");
    if (failed || clock != CLOCK_REALTIME || !path)
        return failed;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    long seconds;
    if (fscanf(file, "%ld", &seconds) == 1)
        time->tv_sec += seconds;
    fclose(file);
    return 0;
}
