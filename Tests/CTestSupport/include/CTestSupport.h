// Two GNU calls of <spawn.h> that Swift's view of the C library leaves out.

#ifndef WAVETRAIN_CTESTSUPPORT_H
#define WAVETRAIN_CTESTSUPPORT_H

#include <spawn.h>

/// Closes every descriptor from `first` on in the child.
int spawn_closing_from(posix_spawn_file_actions_t *_Nonnull actions, int first);

/// Starts the child in `folder`.
int spawn_in_folder(posix_spawn_file_actions_t *_Nonnull actions, const char *_Nonnull folder);

#endif
