// libcurl's option calls are variadic; each kind of argument has a typed wrapper here.
#ifndef MODELPLEX_CCURL_H
#define MODELPLEX_CCURL_H

#include <curl/curl.h>

static inline CURLcode plex_curl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode plex_curl_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode plex_curl_setopt_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

#endif
