#include "CRE2.h"

#include <new>
#include <string>

#include <re2/re2.h>

struct cre2_pattern {
    RE2 expression;

    cre2_pattern(re2::StringPiece pattern, const RE2::Options &options) : expression(pattern, options) {}
};

extern "C" {

struct cre2_pattern *cre2_compile(const char *pattern, size_t length, size_t max_memory) {
    try {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(static_cast<int64_t>(max_memory));
        // Only whether a text matches is asked.
        options.set_never_capture(true);
        return new cre2_pattern(re2::StringPiece(pattern ? pattern : "", length), options);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

const char *cre2_error(const struct cre2_pattern *pattern, const char **fragment, size_t *length) {
    if (pattern->expression.ok()) return nullptr;
    const std::string &argument = pattern->expression.error_arg();
    *fragment = argument.data();
    *length = argument.size();
    return pattern->expression.error().c_str();
}

bool cre2_matches(const struct cre2_pattern *pattern, const char *text, size_t length) {
    return RE2::FullMatch(re2::StringPiece(text ? text : "", length), pattern->expression);
}

bool cre2_finds(const struct cre2_pattern *pattern, const char *text, size_t length) {
    return RE2::PartialMatch(re2::StringPiece(text ? text : "", length), pattern->expression);
}

void cre2_free(struct cre2_pattern *pattern) {
    delete pattern;
}
}
