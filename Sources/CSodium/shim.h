#ifndef MODELPLEX_CSODIUM_H
#define MODELPLEX_CSODIUM_H

#include <sodium.h>

#endif
