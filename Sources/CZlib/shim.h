// zlib's initializers are macros; the one that is used has a function here.
#ifndef MODELPLEX_CZLIB_H
#define MODELPLEX_CZLIB_H

#include <zlib.h>

static inline int plex_inflate_init(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }

#endif
