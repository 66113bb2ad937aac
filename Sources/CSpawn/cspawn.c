#define _GNU_SOURCE

#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// A handler of ours must never run in the child, which shares our memory until it has become the program.
static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    // Fails for the signals that cannot be changed, and those are as they should be.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_all_but_standard(void) {
    if (syscall(SYS_close_range, 3U, UINT_MAX, 0U) == 0) return;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (rlim_t number = 3; number < limit.rlim_cur; number++) close((int)number);
}

// The C library's functions of these names speak to all threads of the process, which here are still the parent's.
static bool change_user(const struct cspawn_program *program) {
    return syscall(SYS_setgroups, program->groups_count, program->groups) == 0
        && syscall(SYS_setresgid, program->group, program->group, program->group) == 0
        && syscall(SYS_setresuid, program->user, program->user, program->user) == 0;
}

// 0 and -1 as everywhere; -1 leaves the reason in errno.
static int prepare(const struct cspawn_program *program, pid_t parent) {
    if (setsid() < 0) return -1;
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(program->output, 1) < 0 || dup2(program->errors, 2) < 0) return -1;
    close_all_but_standard();
    if (program->changes_user && !change_user(program)) return -1;
    // Behind the change of user, which takes it away.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
    if (getppid() != parent) _exit(127);
    return chdir(program->folder);
}

__attribute__((noreturn, noinline))
static void become(const struct cspawn_program *program, pid_t parent, volatile int *failure) {
    if (prepare(program, parent) == 0) {
        reset_signals();
        execve(program->path, program->arguments, program->environment);
    }
    *failure = errno;
    _exit(127);
}

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

int cspawn_start(const struct cspawn_program *program, pid_t *pid, int *ended) {
    sigset_t all, before;
    sigfillset(&all);
    int status = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (status != 0) return status;
    pid_t parent = getpid();
    volatile int failure = 0;
    // The thread stands still until the child has become the program or ended: a fork would copy the page tables.
    pid_t child = vfork();
    if (child == 0) become(program, parent, &failure);
    if (child < 0) failure = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (child < 0) return failure;
    if (failure != 0) {
        reap(child);
        return failure;
    }
    // From Linux 5.3 on.
    *ended = (int)syscall(SYS_pidfd_open, child, 0U);
    if (*ended < 0) {
        failure = errno;
        kill(child, SIGKILL);
        reap(child);
        return failure;
    }
    *pid = child;
    return 0;
}

// Other threads go on with their descriptors until the program has changed: the change itself closes them.
static void close_all_but_standard_on_exec(void) {
    // From Linux 5.11 on.
    if (syscall(SYS_close_range, 3U, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) return;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (rlim_t number = 3; number < limit.rlim_cur; number++) fcntl((int)number, F_SETFD, FD_CLOEXEC);
}

int cspawn_become(const char *path, char *const *arguments, unsigned int alarm_s) {
    reset_signals();
    close_all_but_standard_on_exec();
    // Outlives execve(2), as the process does.
    alarm(alarm_s);
    execve(path, arguments, environ);
    int failure = errno;
    alarm(0);
    return failure;
}
