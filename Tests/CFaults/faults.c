// A disk and a kernel that fail on demand, in front of the C library of a program under test (LD_PRELOAD).
//
// Every call that changes something below one folder, or speaks on a socket, is counted over all threads. The call of
// the wished number meets what is wished: the program is killed before or after it, or half-way through a write, or
// the call fails. Hooks are not concerned: an agent gives them nothing of its own environment.
//
//   FAULTS_ROOT   the folder; nothing else is counted
//   FAULTS_CALLS  kinds that are counted, as in `open,write,flush,rename,link,remove,folder,truncate,send,spawn,become`
//   FAULTS_AT     the number of the call that meets it, from 1
//   FAULTS_DO     kill-before, kill-after, torn, EIO, ENOSPC, EROFS, slow-MILLISECONDS, or power: killed before it,
//                 and what was not flushed is lost
//   FAULTS_SEED   what a power cut takes is drawn from it
//   FAULTS_ATTIC  a folder on the same file system, for what changes replace; must be there
//   FAULTS_STAY   1: every later call meets it too
//   FAULTS_NOTE   a file that gets a line for each call that met it: number, call, path
//
// A program that becomes another one (execve) goes on counting where it was:
//
//   FAULTS_COUNT  the calls so far
//   FAULTS_DEAD   1: killed after it has become this program, which does nothing any more
#define _GNU_SOURCE

#include "power.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum action { NOTHING, KILL_BEFORE, KILL_AFTER, TORN, FAIL, SLOW, POWER };

static struct {
    const char *root;
    const char *calls;
    const char *note;
    long at;
    bool stays;
    enum action action;
    int error;
    long pause_ms;
} wish;

static atomic_long count;

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

__attribute__((constructor)) static void read_wish(void) {
    const char *action = getenv("FAULTS_DO");
    const char *at = getenv("FAULTS_AT");
    const char *stays = getenv("FAULTS_STAY");
    const char *before = getenv("FAULTS_COUNT");
    if (getenv("FAULTS_DEAD")) die();
    count = before ? atol(before) : 0;
    wish.root = getenv("FAULTS_ROOT");
    wish.calls = getenv("FAULTS_CALLS");
    wish.note = getenv("FAULTS_NOTE");
    wish.at = at ? atol(at) : 0;
    wish.stays = stays && *stays == '1';
    const char *attic = getenv("FAULTS_ATTIC");
    const char *seed = getenv("FAULTS_SEED");
    if (!action || !wish.root || !wish.calls) return;
    if (!strcmp(action, "kill-before")) wish.action = KILL_BEFORE;
    if (!strcmp(action, "kill-after")) wish.action = KILL_AFTER;
    if (!strcmp(action, "torn")) wish.action = TORN;
    if (!strcmp(action, "EIO")) wish.action = FAIL, wish.error = EIO;
    if (!strcmp(action, "ENOSPC")) wish.action = FAIL, wish.error = ENOSPC;
    if (!strcmp(action, "EROFS")) wish.action = FAIL, wish.error = EROFS;
    if (!strcmp(action, "power") && attic) {
        wish.action = POWER;
        power_remember(attic, seed ? strtoul(seed, NULL, 10) : 0);
    }
    if (!strncmp(action, "slow-", 5)) wish.action = SLOW, wish.pause_ms = atol(action + 5);
}

static bool is_wished(const char *kind) {
    size_t length = strlen(kind);
    for (const char *at = wish.calls; (at = strstr(at, kind)); at += length) {
        bool begins = at == wish.calls || at[-1] == ',';
        if (begins && (at[length] == ',' || at[length] == 0)) return true;
    }
    return false;
}

static bool is_below_root(const char *path) { return !strncmp(path, wish.root, strlen(wish.root)); }

static void path_of(int descriptor, char *path) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    long length = syscall(SYS_readlinkat, AT_FDCWD, name, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
}

static void note(long number, const char *call, const char *path) {
    if (!wish.note) return;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    int file = syscall(SYS_openat, AT_FDCWD, wish.note, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) return;
    syscall(SYS_write, file, line, length);
    syscall(SYS_close, file);
}

// What the call of this kind on this path meets.
static enum action meet(const char *kind, const char *call, const char *path) {
    if (wish.action == NOTHING || !is_wished(kind)) return NOTHING;
    bool has_place = strcmp(kind, "send") && strcmp(kind, "spawn") && strcmp(kind, "become");
    if (has_place && !is_below_root(path)) return NOTHING;
    long number = atomic_fetch_add(&count, 1) + 1;
    if (number != wish.at && !(wish.stays && number > wish.at)) return NOTHING;
    note(number, call, path);
    if (wish.action == POWER) power_cut();
    if (wish.action == KILL_BEFORE || wish.action == POWER) die();
    if (wish.action == SLOW) {
        struct timespec pause = {wish.pause_ms / 1000, wish.pause_ms % 1000 * 1000000};
        nanosleep(&pause, NULL);
        return NOTHING;
    }
    return wish.action;
}

static const char *whole_path(int folder, const char *path, char *buffer) {
    if (folder == AT_FDCWD || *path == '/') return path;
    path_of(folder, buffer);
    snprintf(buffer + strlen(buffer), PATH_MAX, "/%s", path);
    return buffer;
}

static enum action meet_at(const char *kind, const char *call, int folder, const char *path) {
    char buffer[PATH_MAX * 2];
    return wish.action == NOTHING ? NOTHING : meet(kind, call, whole_path(folder, path, buffer));
}

// A change that a power cut may undo.
static bool is_ours_at(int folder, const char *path) {
    char buffer[PATH_MAX * 2];
    return wish.action == POWER && is_below_root(whole_path(folder, path, buffer));
}

static bool is_ours(int descriptor) {
    char path[PATH_MAX];
    if (wish.action != POWER) return false;
    path_of(descriptor, path);
    return is_below_root(path);
}

static enum action meet_on(const char *kind, const char *call, int descriptor) {
    if (wish.action == NOTHING) return NOTHING;
    char path[PATH_MAX];
    path_of(descriptor, path);
    return meet(strncmp(path, "socket:", 7) ? kind : "send", call, path);
}

// Does the call and what it is to meet. A torn call is one that was killed in the middle; only writes have one.
#define DO(meeting, call)                                                                                               \
    do {                                                                                                               \
        enum action met = meeting;                                                                                     \
        if (met == FAIL) return errno = wish.error, -1;                                                                \
        long result = call;                                                                                            \
        if (met == KILL_AFTER || met == TORN) die();                                                                   \
        return result;                                                                                                 \
    } while (0)

static bool makes(int flags) { return flags & (O_CREAT | O_TRUNC) || (flags & O_TMPFILE) == O_TMPFILE; }

static int open_at(int folder, const char *path, int flags, mode_t mode) {
    enum action action = makes(flags) ? meet_at("open", "open", folder, path) : NOTHING;
    bool is_remembered = makes(flags) && is_ours_at(folder, path);
    DO(action, is_remembered ? power_open(folder, path, flags, mode) : syscall(SYS_openat, folder, path, flags, mode));
}

#define MODE_OF(flags)                                                                                                 \
    ({                                                                                                                 \
        mode_t mode = 0;                                                                                               \
        if (makes(flags)) {                                                                                            \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode = va_arg(rest, mode_t);                                                                               \
            va_end(rest);                                                                                              \
        }                                                                                                              \
        mode;                                                                                                          \
    })

int open(const char *path, int flags, ...) { return open_at(AT_FDCWD, path, flags, MODE_OF(flags)); }
int open64(const char *path, int flags, ...) { return open_at(AT_FDCWD, path, flags, MODE_OF(flags)); }
int openat(int folder, const char *path, int flags, ...) { return open_at(folder, path, flags, MODE_OF(flags)); }
int openat64(int folder, const char *path, int flags, ...) { return open_at(folder, path, flags, MODE_OF(flags)); }

ssize_t write(int descriptor, const void *bytes, size_t length) {
    enum action action = meet_on("write", "write", descriptor);
    if (action == TORN) length /= 2;
    DO(action, is_ours(descriptor) ? power_write(descriptor, bytes, length, 0, false)
                                   : syscall(SYS_write, descriptor, bytes, length));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
    enum action action = meet_on("write", "pwrite", descriptor);
    if (action == TORN) length /= 2;
    DO(action, is_ours(descriptor) ? power_write(descriptor, bytes, length, offset, true)
                                   : syscall(SYS_pwrite64, descriptor, bytes, length, offset));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    return pwrite64(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const struct iovec *pieces, int pieces_count) {
    DO(meet_on("write", "writev", descriptor), syscall(SYS_writev, descriptor, pieces, pieces_count));
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags) {
    DO(meet_on("send", "send", descriptor), syscall(SYS_sendto, descriptor, bytes, length, flags, NULL, 0));
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    DO(meet_on("send", "sendmsg", descriptor), syscall(SYS_sendmsg, descriptor, message, flags));
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    DO(meet_on("send", "connect", descriptor), syscall(SYS_connect, descriptor, address, length));
}

int fsync(int descriptor) {
    DO(meet_on("flush", "fsync", descriptor),
       is_ours(descriptor) ? power_flush(descriptor, false) : syscall(SYS_fsync, descriptor));
}
int fdatasync(int descriptor) {
    DO(meet_on("flush", "fdatasync", descriptor),
       is_ours(descriptor) ? power_flush(descriptor, true) : syscall(SYS_fdatasync, descriptor));
}
int ftruncate64(int descriptor, off64_t length) {
    DO(meet_on("truncate", "ftruncate", descriptor),
       is_ours(descriptor) ? power_truncate(descriptor, length) : syscall(SYS_ftruncate, descriptor, length));
}
int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int renameat(int old_folder, const char *old, int new_folder, const char *new) {
    DO(meet_at("rename", "rename", old_folder, old),
       is_ours_at(old_folder, old) ? power_rename(old_folder, old, new_folder, new)
                                   : syscall(SYS_renameat2, old_folder, old, new_folder, new, 0));
}
int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int symlinkat(const char *target, int folder, const char *path) {
    DO(meet_at("link", "symlink", folder, path),
       is_ours_at(folder, path) ? power_symlink(target, folder, path)
                                : syscall(SYS_symlinkat, target, folder, path));
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

int unlinkat(int folder, const char *path, int flags) {
    DO(meet_at("remove", "unlink", folder, path),
       is_ours_at(folder, path) ? power_unlink(folder, path, flags) : syscall(SYS_unlinkat, folder, path, flags));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    int result = unlinkat(AT_FDCWD, path, 0);
    return result < 0 && errno == EISDIR ? rmdir(path) : result;
}

int mkdirat(int folder, const char *path, mode_t mode) {
    DO(meet_at("folder", "mkdir", folder, path),
       is_ours_at(folder, path) ? power_mkdir(folder, path, mode) : syscall(SYS_mkdirat, folder, path, mode));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

// Killed before it, an agent has not seen that a program of its ended; killed after it, nobody has written how.
pid_t waitpid(pid_t pid, int *status, int options) {
    DO(meet("spawn", "waitpid", ""), syscall(SYS_wait4, pid, status, options, NULL));
}

// The program itself becomes another one. A child on its way to a program of its own brings another environment, and
// stands between vfork(2) and execve(2), where nothing may be done.
int execve(const char *path, char *const *arguments, char *const *environment) {
    if (environment != environ) return syscall(SYS_execve, path, arguments, environment);
    enum action met = meet("become", "execve", path);
    if (met == FAIL) return errno = wish.error, -1;
    char number[32];
    snprintf(number, sizeof number, "%ld", atomic_load(&count));
    setenv("FAULTS_COUNT", number, 1);
    if (met == KILL_AFTER) setenv("FAULTS_DEAD", "1", 1);
    if (wish.action == POWER) power_hand_over();
    return syscall(SYS_execve, path, arguments, environ);
}
