#ifndef MODELPLEX_CYAML_H
#define MODELPLEX_CYAML_H

#include <yaml.h>

#endif
