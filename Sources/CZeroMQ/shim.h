#ifndef SNOWFLAKE_CZEROMQ_SHIM_H
#define SNOWFLAKE_CZEROMQ_SHIM_H

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <zmq.h>

// eventfd is not in Swift's Glibc module.
static inline int snowflake_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

#endif
