// A C face for simdjson: one walk over a JSON text that leaves a flat list of nodes.
#ifndef MODELPLEX_CJSON_H
#define MODELPLEX_CJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cjson_kind {
    CJSON_NULL = 0,
    CJSON_FALSE = 1,
    CJSON_TRUE = 2,
    /// `text` is the number as written.
    CJSON_NUMBER = 3,
    /// `text` is unescaped and valid UTF-8.
    CJSON_STRING = 4,
    /// `length` children follow, each with its own descendants.
    CJSON_ARRAY = 5,
    /// `length` members follow: a string node for the name, then the value.
    CJSON_OBJECT = 6,
};

enum cjson_status {
    CJSON_OK = 0,
    CJSON_EMPTY,
    CJSON_TOO_DEEP,
    CJSON_TOO_LARGE,
    CJSON_BAD_UTF8,
    CJSON_BAD_STRING,
    CJSON_UNCLOSED_STRING,
    CJSON_BAD_NUMBER,
    CJSON_BAD_LITERAL,
    CJSON_TRAILING,
    CJSON_BAD_STRUCTURE,
    CJSON_NO_MEMORY,
    CJSON_NO_OBJECT,
};

struct cjson_node {
    const uint8_t *text;
    uint64_t length : 60;
    uint64_t kind : 4;
};

struct cjson_result {
    enum cjson_status status;
    /// Where the error was noticed, or -1.
    int64_t error_offset;
    const struct cjson_node *nodes;
    size_t node_count;
};

/// Parses one JSON text. The nodes and what they point to stay valid until the next call on the same thread.
/// `max_depth` above 1000 counts as 1000.
struct cjson_result cjson_parse(const uint8_t *bytes, size_t length, size_t max_depth);

/// A member to look for. Its name is ASCII.
struct cjson_wanted {
    const char *name;
    size_t name_length;
    /// -1 for a member of the outermost object; else the number of a wanted member that is an object or an array of objects,
    /// to look for a member of these. At most five levels deep, arrays counted.
    int under;
};

/// What was found of a wanted member: the first that is not null, else the first.
struct cjson_found {
    size_t count;
    size_t not_null;
    /// The opening quote of the name.
    size_t name_start;
    size_t value_start;
    size_t value_end;
};

struct cjson_scan_result {
    enum cjson_status status;
    /// Where the error was noticed, or -1.
    int64_t error_offset;
    /// The outermost object from its opening brace to behind its closing one.
    size_t start;
    size_t end;
};

/// Checks that a text is one JSON object and finds some of its members, without unescaping or copying anything.
/// `found` has room for as many as are wanted. `max_depth` above 1000 counts as 1000.
struct cjson_scan_result cjson_scan(
    const uint8_t *bytes, size_t length, size_t max_depth, const struct cjson_wanted *wanted, size_t wanted_count,
    struct cjson_found *found);

#ifdef __cplusplus
}
#endif
#endif
