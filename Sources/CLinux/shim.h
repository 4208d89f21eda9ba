// Linux interfaces that the Glibc module does not export, and wrappers for those that Swift cannot call as they are.
#ifndef MODELPLEX_CLINUX_H
#define MODELPLEX_CLINUX_H

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#endif
