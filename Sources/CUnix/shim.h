#ifndef SNOWFLAKE_CUNIX_SHIM_H
#define SNOWFLAKE_CUNIX_SHIM_H

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// pipe2 is a GNU extension that Swift's Glibc module does not show. The ends are never inherited by a child that is
// started at the same moment: a leaked end would keep its reader waiting for ever.
static inline int snowflake_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

#endif
