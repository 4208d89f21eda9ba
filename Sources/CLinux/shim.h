// Linux interfaces that the Glibc module does not export, and wrappers for those that Swift cannot call as they are.
#ifndef MODELPLEX_CLINUX_H
#define MODELPLEX_CLINUX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Declared by the system only to programs that ask for GNU extensions before the first header.
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int pipe2(int descriptors[2], int flags);

// The thread sanitizer's words for "what was released at this address happens before what follows". They are absent, and
// null here, in programs that are built without it.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

static inline void plex_tsan_acquire(void *address) {
    if (__tsan_acquire) {
        __tsan_acquire(address);
    }
}

static inline void plex_tsan_release(void *address) {
    if (__tsan_release) {
        __tsan_release(address);
    }
}

#endif
