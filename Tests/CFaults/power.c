// What a power cut takes from a disk: see power.h. All changes are made under one lock, so that they have an order.
#define _GNU_SOURCE

#include "power.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { CONTENT, MADE, GONE, MOVED };

// A change that no flush has made safe. Folders and files are held open: their paths may change.
struct change {
    enum kind kind;
    struct change *before;
    // CONTENT: the file. Otherwise the folder that the name is in; of a move, the new one.
    int descriptor;
    struct stat identity;
    char name[NAME_MAX + 1];
    // Of a move.
    int old_folder;
    char old_name[NAME_MAX + 1];
    // What was there before stands in the attic under this number; 0: there was nothing.
    long kept;
};

static struct {
    pthread_mutex_t lock;
    const char *attic;
    unsigned long seed;
    long last_kept;
    // The newest; each knows the one before it.
    struct change *changes;
} power = {.lock = PTHREAD_MUTEX_INITIALIZER};

static unsigned long draw(unsigned long bound) {
    power.seed = power.seed * 6364136223846793005u + 1442695040888963407u;
    return (power.seed >> 33) % bound;
}

// MARK: System calls

static int open_really(int folder, const char *path, int flags, mode_t mode) {
    return syscall(SYS_openat, folder, path, flags | O_CLOEXEC, mode);
}

static int open_again(int descriptor, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return open_really(AT_FDCWD, path, flags, 0);
}

static void in_attic(long number, char *path) { snprintf(path, PATH_MAX, "%s/%ld", power.attic, number); }

static void copy(int from, int to) {
    char bytes[1 << 16];
    off_t offset = 0;
    for (ssize_t count; (count = syscall(SYS_pread64, from, bytes, sizeof bytes, offset)) > 0; offset += count)
        syscall(SYS_pwrite64, to, bytes, count, offset);
}

// Opens the folder that the last name of the path is in; the name goes to `name`.
static int open_parent(int folder, const char *path, char *name) {
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    snprintf(name, NAME_MAX + 1, "%s", slash ? slash + 1 : path);
    if (!slash) return open_really(folder, ".", O_RDONLY | O_DIRECTORY, 0);
    slash[slash == parent] = 0;
    return open_really(folder, parent, O_RDONLY | O_DIRECTORY, 0);
}

static bool is_there(int folder, const char *path, struct stat *status) {
    return fstatat(folder, path, status, AT_SYMLINK_NOFOLLOW) == 0;
}

// MARK: Remembering

static struct change *add(enum kind kind, int descriptor) {
    struct change *change = calloc(1, sizeof *change);
    if (!change || fstat(descriptor, &change->identity)) abort();
    *change = (struct change){.kind = kind, .before = power.changes, .descriptor = descriptor, .identity = change->identity};
    return power.changes = change;
}

static struct change *add_name(enum kind kind, int folder, const char *path) {
    char name[NAME_MAX + 1];
    int parent = open_parent(folder, path, name);
    if (parent < 0) return NULL;
    struct change *change = add(kind, parent);
    strcpy(change->name, name);
    return change;
}

static bool is_same(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static void forget(struct change *change) {
    syscall(SYS_close, change->descriptor);
    if (change->kind == MOVED) syscall(SYS_close, change->old_folder);
    free(change);
}

static void forget_newest(void) {
    struct change *newest = power.changes;
    power.changes = newest->before;
    forget(newest);
}

// The content as it was flushed is kept once, before the first change of it.
static void remember_content(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) || !S_ISREG(status.st_mode)) return;
    for (struct change *at = power.changes; at; at = at->before)
        if (at->kind == CONTENT && is_same(&at->identity, &status)) return;
    int file = open_again(descriptor, O_RDWR);
    if (file < 0) return;
    struct change *change = add(CONTENT, file);
    if (status.st_size == 0) return;
    char path[PATH_MAX];
    in_attic(change->kept = ++power.last_kept, path);
    int kept = open_really(AT_FDCWD, path, O_WRONLY | O_CREAT, 0600);
    copy(file, kept);
    syscall(SYS_close, kept);
}

// A second name keeps the file.
static long keep_file(int folder, const char *path) {
    char kept[PATH_MAX];
    in_attic(++power.last_kept, kept);
    return syscall(SYS_linkat, folder, path, AT_FDCWD, kept, 0) == 0 ? power.last_kept : 0;
}

#define LOCKED(body)                                                                                                   \
    do {                                                                                                               \
        pthread_mutex_lock(&power.lock);                                                                               \
        long result = (body);                                                                                          \
        int error = errno;                                                                                             \
        pthread_mutex_unlock(&power.lock);                                                                             \
        errno = error;                                                                                                 \
        return result;                                                                                                 \
    } while (0)

static int open_locked(int folder, const char *path, int flags, mode_t mode) {
    struct stat status;
    bool was_there = is_there(folder, path, &status);
    if (was_there && flags & O_TRUNC && status.st_size > 0) {
        int file = open_really(folder, path, O_RDWR, 0);
        if (file >= 0) remember_content(file);
        syscall(SYS_close, file);
    }
    int descriptor = syscall(SYS_openat, folder, path, flags, mode);
    if (descriptor >= 0 && !was_there) add_name(MADE, folder, path);
    return descriptor;
}

int power_open(int folder, const char *path, int flags, mode_t mode) { LOCKED(open_locked(folder, path, flags, mode)); }

ssize_t power_write(int descriptor, const void *bytes, size_t length, off_t offset, bool has_offset) {
    LOCKED((remember_content(descriptor), has_offset ? syscall(SYS_pwrite64, descriptor, bytes, length, offset)
                                                     : syscall(SYS_write, descriptor, bytes, length)));
}

int power_truncate(int descriptor, off_t length) {
    LOCKED((remember_content(descriptor), syscall(SYS_ftruncate, descriptor, length)));
}

static int flush_locked(int descriptor, bool is_data_only) {
    int result = syscall(is_data_only ? SYS_fdatasync : SYS_fsync, descriptor);
    struct stat status;
    if (result || fstat(descriptor, &status)) return result;
    for (struct change **at = &power.changes; *at;) {
        struct change *change = *at;
        if (is_same(&change->identity, &status)) {
            *at = change->before;
            forget(change);
        } else {
            at = &change->before;
        }
    }
    return result;
}

int power_flush(int descriptor, bool is_data_only) { LOCKED(flush_locked(descriptor, is_data_only)); }

static int rename_locked(int old_folder, const char *old, int new_folder, const char *new) {
    struct change *change = add_name(MOVED, new_folder, new);
    if (!change) return -1;
    change->old_folder = open_parent(old_folder, old, change->old_name);
    change->kept = keep_file(new_folder, new);
    int result = syscall(SYS_renameat2, old_folder, old, new_folder, new, 0);
    int error = errno;
    if (result) forget_newest();
    errno = error;
    return result;
}

int power_rename(int old_folder, const char *old, int new_folder, const char *new) {
    LOCKED(rename_locked(old_folder, old, new_folder, new));
}

static int symlink_locked(const char *target, int folder, const char *path) {
    int result = syscall(SYS_symlinkat, target, folder, path);
    if (!result) add_name(MADE, folder, path);
    return result;
}

int power_symlink(const char *target, int folder, const char *path) { LOCKED(symlink_locked(target, folder, path)); }

static int mkdir_locked(int folder, const char *path, mode_t mode) {
    int result = syscall(SYS_mkdirat, folder, path, mode);
    if (!result) add_name(MADE, folder, path);
    return result;
}

int power_mkdir(int folder, const char *path, mode_t mode) { LOCKED(mkdir_locked(folder, path, mode)); }

static bool is_empty(int folder, const char *path) {
    DIR *listing = fdopendir(open_really(folder, path, O_RDONLY | O_DIRECTORY, 0));
    if (!listing) return false;
    int count = 0;
    while (readdir(listing)) count += 1;
    closedir(listing);
    // `.` and `..`
    return count == 2;
}

// What is removed goes to the attic, a folder whole, so that what was in it can come back to it.
static int unlink_locked(int folder, const char *path, int flags) {
    bool is_folder = flags & AT_REMOVEDIR;
    struct stat status;
    if (!is_there(folder, path, &status) || is_folder != S_ISDIR(status.st_mode))
        return syscall(SYS_unlinkat, folder, path, flags);
    if (is_folder && !is_empty(folder, path)) return errno = ENOTEMPTY, -1;
    struct change *change = add_name(GONE, folder, path);
    if (!change) return -1;
    char attic[PATH_MAX];
    in_attic(change->kept = ++power.last_kept, attic);
    int result = syscall(SYS_renameat2, folder, path, AT_FDCWD, attic, 0);
    int error = errno;
    if (result) forget_newest();
    errno = error;
    return result;
}

int power_unlink(int folder, const char *path, int flags) { LOCKED(unlink_locked(folder, path, flags)); }

// MARK: Becoming another program

// A change as it stands in the attic meanwhile: descriptors end with the program, so there are paths for them.
struct handed {
    enum kind kind;
    char place[PATH_MAX];
    char name[NAME_MAX + 1];
    char old_place[PATH_MAX];
    char old_name[NAME_MAX + 1];
    long kept;
};

static void path_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
}

static int open_handed(int flags) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/handed-over", power.attic);
    return open_really(AT_FDCWD, path, flags, 0600);
}

void power_hand_over(void) {
    pthread_mutex_lock(&power.lock);
    int file = open_handed(O_WRONLY | O_CREAT | O_TRUNC);
    syscall(SYS_write, file, &power.last_kept, sizeof power.last_kept);
    for (struct change *at = power.changes; at; at = at->before) {
        struct handed handed = {.kind = at->kind, .kept = at->kept};
        path_of(at->descriptor, handed.place);
        strcpy(handed.name, at->name);
        strcpy(handed.old_name, at->old_name);
        if (at->kind == MOVED) path_of(at->old_folder, handed.old_place);
        syscall(SYS_write, file, &handed, sizeof handed);
    }
    syscall(SYS_close, file);
    pthread_mutex_unlock(&power.lock);
}

static int open_place(const char *path, bool is_folder) {
    return open_really(AT_FDCWD, path, is_folder ? O_RDONLY | O_DIRECTORY : O_RDWR, 0);
}

// What has no name any more, such as a file that another took the place of, is passed over.
static void take_up(void) {
    int file = open_handed(O_RDONLY);
    if (file < 0) return;
    syscall(SYS_read, file, &power.last_kept, sizeof power.last_kept);
    struct handed handed;
    struct change **last = &power.changes;
    while (syscall(SYS_read, file, &handed, sizeof handed) == sizeof handed) {
        int descriptor = open_place(handed.place, handed.kind != CONTENT);
        int old_folder = handed.kind == MOVED ? open_place(handed.old_place, true) : -1;
        if (descriptor < 0 || (handed.kind == MOVED && old_folder < 0)) continue;
        struct change *change = calloc(1, sizeof *change);
        if (!change || fstat(descriptor, &change->identity)) abort();
        change->kind = handed.kind;
        change->descriptor = descriptor;
        change->old_folder = old_folder;
        change->kept = handed.kept;
        strcpy(change->name, handed.name);
        strcpy(change->old_name, handed.old_name);
        *last = change;
        last = &change->before;
    }
    syscall(SYS_close, file);
}

void power_remember(const char *attic, unsigned long seed) {
    power.attic = attic;
    power.seed = seed * 2654435761u + 1;
    take_up();
}

// MARK: The cut

static void undo_name(const struct change *change) {
    char attic[PATH_MAX];
    in_attic(++power.last_kept, attic);
    if (change->kind == MADE) syscall(SYS_renameat2, change->descriptor, change->name, AT_FDCWD, attic, 0);
    if (change->kind == MOVED)
        syscall(SYS_renameat2, change->descriptor, change->name, change->old_folder, change->old_name, 0);
    if (!change->kept) return;
    in_attic(change->kept, attic);
    syscall(SYS_renameat2, AT_FDCWD, attic, change->descriptor, change->name, 0);
}

static void undo_content(const struct change *change) {
    syscall(SYS_ftruncate, change->descriptor, 0);
    if (!change->kept) return;
    char path[PATH_MAX];
    in_attic(change->kept, path);
    int kept = open_really(AT_FDCWD, path, O_RDONLY, 0);
    copy(kept, change->descriptor);
    syscall(SYS_close, kept);
}

// The file ends somewhere between what was flushed and what was written, or goes on with zeros from there.
static void tear(const struct change *change) {
    char path[PATH_MAX];
    struct stat written, flushed = {.st_size = 0};
    in_attic(change->kept, path);
    if (change->kept) stat(path, &flushed);
    if (fstat(change->descriptor, &written) || written.st_size <= flushed.st_size) return undo_content(change);
    off_t end = flushed.st_size + draw(written.st_size - flushed.st_size);
    syscall(SYS_ftruncate, change->descriptor, end);
    if (draw(2)) syscall(SYS_ftruncate, change->descriptor, written.st_size);
}

void power_cut(void) {
    pthread_mutex_lock(&power.lock);
    long names_count = 0;
    for (struct change *at = power.changes; at; at = at->before) names_count += at->kind != CONTENT;
    bool is_all_lost = draw(3) == 0;
    long lost_count = is_all_lost ? names_count : (long)draw(names_count + 1);
    for (struct change *at = power.changes; at; at = at->before) {
        if (at->kind == CONTENT) {
            unsigned long fate = is_all_lost ? 1 : draw(3);
            if (fate == 1) undo_content(at);
            if (fate == 2) tear(at);
        } else if (lost_count-- > 0) {
            undo_name(at);
        }
    }
}
