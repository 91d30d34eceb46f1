/* Preloaded into a server: its clock goes ahead by the seconds that stand in the file REDPROOF_CLOCK_STEP.
 *
 * Only the time of day does, as on a machine whose clock is set: monotonic clocks go on. libfaketime does this too, but
 * allocates memory before it is ready, and so never starts beside jemalloc, which looks at the clock when it starts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long no_step_s, *step_s = &no_step_s;

__attribute__((constructor)) static void open_step(void) {
    const char *path = getenv("REDPROOF_CLOCK_STEP");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof *step_s, PROT_READ, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) step_s = map;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (syscall(SYS_clock_gettime, clock, now) != 0) return -1;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += *step_s;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *into) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
