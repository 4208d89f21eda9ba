// A C face for toml++: one parse that leaves a flat list of nodes.
#ifndef MODELPLEX_CTOML_H
#define MODELPLEX_CTOML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ctoml_kind {
    /// `text` is the string; dates and times too, as RFC 3339 writes them.
    CTOML_STRING = 0,
    CTOML_INTEGER = 1,
    CTOML_FLOAT = 2,
    CTOML_BOOLEAN = 3,
    /// `length` elements follow, each with its own descendants.
    CTOML_ARRAY = 4,
    /// `length` entries follow: a string node for the key, then the value; in the order of the keys' places.
    CTOML_TABLE = 5,
};

struct ctoml_node {
    enum ctoml_kind kind;
    /// From 1; 0 where there is none.
    uint32_t line;
    uint32_t column;
    /// Bytes of `text`, or the number of elements or entries.
    size_t length;
    const char *text;
    int64_t integer;
    double number;
};

struct ctoml_document;

/// Parses a document in UTF-8. The answer is to be freed; null means that there was no memory.
struct ctoml_document *ctoml_parse(const char *bytes, size_t length, size_t max_depth);

/// What is wrong, or null if the document was parsed.
const char *ctoml_error(const struct ctoml_document *document, uint32_t *line, uint32_t *column);

/// The nodes, the root first; they live as long as the document.
const struct ctoml_node *ctoml_nodes(const struct ctoml_document *document, size_t *count);

void ctoml_free(struct ctoml_document *document);

#ifdef __cplusplus
}
#endif
#endif
