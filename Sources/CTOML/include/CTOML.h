// A C face for toml++.
#ifndef MODELPLEX_CTOML_H
#define MODELPLEX_CTOML_H
#endif
