#define _GNU_SOURCE

#include "CMemory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void cmemory_limit_heaps(int heaps_max) {
    // 1, or 0 for what malloc does not know: then it keeps its own rule.
    mallopt(M_ARENA_MAX, heaps_max);
}

// Only what was mapped without the right to write: relocations are in the segments that have it.
static int give_back(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int number = 0; number < object->dlpi_phnum; number++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[number];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) continue;
        uintptr_t begin = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
        // 0, or -1: then the pages stay, which is no harm.
        if (end > begin) madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void cmemory_give_back(void) {
    malloc_trim(0);
    dl_iterate_phdr(give_back, NULL);
}
