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
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
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
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
enum { PLEX_SPAWN_SETSID = 0x80, PLEX_SCHED_IDLE = 5 };
extern int pipe2(int descriptors[2], int flags);

// The constants belong to whichever module of a target read their header first, so Swift cannot rely upon finding them.
static inline int plex_open_stream_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

// Variadic in C.
static inline int plex_bytes_waiting(int descriptor, int *count) { return ioctl(descriptor, FIONREAD, count); }

// `tcpi_bytes_received`, which the C library's `struct tcp_info` ends before.
static inline int plex_tcp_received(int descriptor, uint64_t *count) {
  char info[136];
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, info, &size) != 0 || size < sizeof info) return -1;
  memcpy(count, info + 128, sizeof *count);
  return 0;
}

// What a loop that waits by turning tells the processor, so that its neighbour on the same core goes on undisturbed.
static inline void plex_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
