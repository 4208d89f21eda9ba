// A C face for RE2: patterns that a text must match as a whole or somewhere, in time linear in the text.
#ifndef MODELPLEX_CRE2_H
#define MODELPLEX_CRE2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cre2_pattern;

/// Compiles a pattern in UTF-8, in at most `max_memory` bytes. The answer is to be freed; null means that there was no
/// memory.
struct cre2_pattern *cre2_compile(const char *pattern, size_t length, size_t max_memory);

/// What is wrong, or null if the pattern was compiled. `fragment` is the part of the pattern at fault, of which `length` may be 0.
const char *cre2_error(const struct cre2_pattern *pattern, const char **fragment, size_t *length);

/// Whether the whole text matches. Safe to call from several threads.
bool cre2_matches(const struct cre2_pattern *pattern, const char *text, size_t length);

/// Whether some part of the text matches. Safe to call from several threads.
bool cre2_finds(const struct cre2_pattern *pattern, const char *text, size_t length);

void cre2_free(struct cre2_pattern *pattern);

#ifdef __cplusplus
}
#endif
#endif
