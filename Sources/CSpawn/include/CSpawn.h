// Starting a program with the calls that must stand between fork(2) and execve(2), which posix_spawn(3) has not:
// the death signal, the user, the working folder. Between them only functions that are safe after vfork(2) may be
// called, so this cannot be written in Swift.

#ifndef WAVETRAIN_CSPAWN_H
#define WAVETRAIN_CSPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// Where programs named without a slash are looked for, and the PATH that they get.
#define CSPAWN_SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct cspawn_program {
    /// Absolute, or relative to `folder`.
    const char *_Nonnull path;
    /// Both end with NULL.
    char *_Nullable const *_Nonnull arguments;
    char *_Nullable const *_Nonnull environment;
    /// Where it runs.
    const char *_Nonnull folder;
    /// Become its standard output and error, and may be one. It has no input, and no other descriptor.
    int output;
    int errors;
    bool changes_user;
    uid_t user;
    gid_t group;
    const gid_t *_Nullable groups;
    size_t groups_count;
};

/// Starts the program in a new session, with no signal blocked or ignored. The kernel kills it when the calling thread
/// ends.
///
/// Returns 0, or the error number of the call that failed; then no process is left. `ended` becomes readable when the
/// program ends, before it is reaped; it is the caller's to close.
int cspawn_start(const struct cspawn_program *_Nonnull program, pid_t *_Nonnull pid, int *_Nonnull ended);

/// Becomes the program, in the same process: no signal blocked or ignored, no descriptor but the first three, and an alarm
/// that ends it after `alarm_s` unless it is called off; 0: none.
///
/// Returns only where it cannot, the error number; the process has no signal handlers then.
int cspawn_become(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments, unsigned int alarm_s);

#endif
