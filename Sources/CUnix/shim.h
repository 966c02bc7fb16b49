#ifndef SNOWFLAKE_CUNIX_SHIM_H
#define SNOWFLAKE_CUNIX_SHIM_H

#include <fcntl.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

// pipe2 is a GNU extension that Swift's Glibc module does not show. The ends are never inherited by a child that is
// started at the same moment: a leaked end would keep its reader waiting for ever.
static inline int snowflake_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

// copy_file_range(2) is one as well. The kernel moves the bytes, or only their addresses, where the file system can.
static inline long snowflake_copy_range(int from, long long *offset, int to, unsigned long count) {
    return syscall(SYS_copy_file_range, from, offset, to, (void *)0, count, 0u);
}

// Gives memory that is free back to the system.
static inline void snowflake_trim_memory(void) { malloc_trim(0); }

#endif
