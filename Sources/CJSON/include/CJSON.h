// A C face for simdjson.
#ifndef MODELPLEX_CJSON_H
#define MODELPLEX_CJSON_H
#endif
