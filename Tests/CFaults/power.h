#ifndef POWER_H
#define POWER_H

#include <stdbool.h>
#include <sys/types.h>

// Remembers what a disk may have lost when the power goes: every change below a folder that was not flushed since.
//
// A file's content is safe when the file was flushed, a name in a folder when the folder was. Nothing else is promised,
// by no file system to any program.

// From here on all changes are remembered. The attic, on the same file system, takes what the changes replace.
void power_remember(const char *attic, unsigned long seed);

// Before the program becomes another one: what it remembers is left in the attic, where that one takes it up.
void power_hand_over(void);

// Each of these does one call, remembers how to undo it, and answers as the call does.
int power_open(int folder, const char *path, int flags, mode_t mode);
ssize_t power_write(int descriptor, const void *bytes, size_t length, off_t offset, bool has_offset);
int power_truncate(int descriptor, off_t length);
int power_flush(int descriptor, bool is_data_only);
int power_rename(int old_folder, const char *old, int new_folder, const char *new);
int power_symlink(const char *target, int folder, const char *path);
int power_unlink(int folder, const char *path, int flags);
int power_mkdir(int folder, const char *path, mode_t mode);

// Undoes what was not flushed, as the seed says: all of it, or the changes of names from one instant on, and of the
// content of files all, a part, or nothing. Returns with the lock held: nothing below the folder changes any more.
void power_cut(void);

#endif
