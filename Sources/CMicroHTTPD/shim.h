// libmicrohttpd behind calls that Swift can make: its variadic functions get one static-inline wrapper a use.
#ifndef MODELPLEX_CMICROHTTPD_H
#define MODELPLEX_CMICROHTTPD_H

#include <microhttpd.h>

#endif
