// What a process can do about its own size, which only the C library and the kernel know.

#ifndef WAVETRAIN_CMEMORY_H
#define WAVETRAIN_CMEMORY_H

/// All threads share so many heaps; each further one keeps pages of its own. Before the first thread is started.
void cmemory_limit_heaps(int heaps_max);

/// Gives back what the heap has free, and unmaps the pages of programs and libraries that were read from their files and
/// never changed. Those that are needed are mapped again from the page cache as soon as they are touched.
void cmemory_give_back(void);

#endif
