#define SIMDJSON_EXCEPTIONS 0
#include "CJSON.h"
#include "Text.hpp"

#include <cstdlib>
#include <cstring>
#include <simdjson.h>
#include <utility>

using namespace simdjson;

namespace {

// Above this a parser's buffers (about seven times the text) are given back after use.
constexpr size_t kept_capacity = 256 * 1024;
constexpr size_t depth_ceiling = 1000;

template <typename T> struct Buffer {
    T *data = nullptr;
    size_t count = 0;
    size_t capacity = 0;

    Buffer() = default;
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { release(); }

    void release() {
        std::free(data);
        data = nullptr;
        count = capacity = 0;
    }

    // Keeps no content.
    bool reset(size_t needed) {
        count = 0;
        if (needed <= capacity) { return true; }
        release();
        data = static_cast<T *>(std::malloc(needed * sizeof(T)));
        if (data) { capacity = needed; }
        return data != nullptr;
    }

    bool append(const T &element) {
        if (count == capacity) {
            size_t larger = capacity ? capacity * 2 : 64;
            T *moved = static_cast<T *>(std::realloc(data, larger * sizeof(T)));
            if (!moved) { return false; }
            data = moved;
            capacity = larger;
        }
        data[count++] = element;
        return true;
    }
};

struct Walk {
    ondemand::parser parser;
    Buffer<char> text;
    Buffer<uint8_t> unescaped;
    Buffer<cjson_node> nodes;
    const char *end = nullptr;
    const char *error_at = nullptr;
    size_t max_depth = 0;

    cjson_status fail(cjson_status status, const char *at) {
        error_at = at;
        return status;
    }

    cjson_status add(cjson_kind kind, const void *bytes, size_t length) {
        cjson_node node = {static_cast<const uint8_t *>(bytes), length, uint64_t(kind)};
        return nodes.append(node) ? CJSON_OK : CJSON_NO_MEMORY;
    }

    // `start` is behind the opening quote. The first pass over the text has made sure that the string is closed.
    cjson_status add_string(const char *start) {
        auto close = static_cast<const char *>(std::memchr(start, '"', size_t(end - start)));
        if (!close) { return fail(CJSON_UNCLOSED_STRING, start); }
        auto escape = static_cast<const char *>(std::memchr(start, '\\', size_t(close - start)));
        if (!escape) { return add(CJSON_STRING, start, size_t(close - start)); }

        // Unescaped text is never longer than escaped text, so all of a document's strings fit into its own length.
        uint8_t *begin = unescaped.data + unescaped.count;
        uint8_t *out = begin;
        const char *p = start;
        while (true) {
            std::memcpy(out, p, size_t(escape - p));
            out += escape - p;
            p = escape + 1;
            uint32_t scalar;
            switch (*p++) {
            case '"': scalar = '"'; break;
            case '\\': scalar = '\\'; break;
            case '/': scalar = '/'; break;
            case 'b': scalar = '\b'; break;
            case 'f': scalar = '\f'; break;
            case 'n': scalar = '\n'; break;
            case 'r': scalar = '\r'; break;
            case 't': scalar = '\t'; break;
            case 'u': {
                int32_t unit = hex4(p, end);
                if (unit < 0) { return fail(CJSON_BAD_STRING, escape); }
                p += 4;
                scalar = uint32_t(unit);
                if (unit >= 0xD800 && unit < 0xE000) {
                    int32_t low = unit < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : -1;
                    if (low >= 0xDC00 && low < 0xE000) {
                        scalar = 0x10000 + (uint32_t(unit - 0xD800) << 10) + uint32_t(low - 0xDC00);
                        p += 6;
                    } else {
                        // Half a pair is not text. Models that emit bytes do send it, so it must not end a stream.
                        scalar = 0xFFFD;
                    }
                }
                break;
            }
            default: return fail(CJSON_BAD_STRING, escape);
            }
            out = put_utf8(out, scalar);
            // Up to the next quote or escape; a quote that was escaped lies behind us by now.
            if (close < p) {
                close = static_cast<const char *>(std::memchr(p, '"', size_t(end - p)));
                if (!close) { return fail(CJSON_UNCLOSED_STRING, start); }
            }
            escape = static_cast<const char *>(std::memchr(p, '\\', size_t(close - p)));
            if (!escape) {
                std::memcpy(out, p, size_t(close - p));
                out += close - p;
                break;
            }
        }
        unescaped.count += size_t(out - begin);
        return add(CJSON_STRING, begin, size_t(out - begin));
    }

    cjson_status add_literal(cjson_kind kind, const char *literal, const char *first, size_t length) {
        if (length != std::strlen(literal) || std::memcmp(first, literal, length) != 0) {
            return fail(CJSON_BAD_LITERAL, first);
        }
        return add(kind, first, 0);
    }

    cjson_status add_scalar(std::string_view token) {
        const char *first = token.data();
        const char *last = first + token.size();
        while (last != first && is_space(last[-1])) { last--; }
        size_t length = size_t(last - first);
        if (length == 0) { return fail(CJSON_BAD_STRUCTURE, first); }
        switch (*first) {
        case 't': return add_literal(CJSON_TRUE, "true", first, length);
        case 'f': return add_literal(CJSON_FALSE, "false", first, length);
        case 'n': return add_literal(CJSON_NULL, "null", first, length);
        case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
            return is_number(first, last) ? add(CJSON_NUMBER, first, length) : fail(CJSON_BAD_NUMBER, first);
        default:
            return fail(CJSON_BAD_STRUCTURE, first);
        }
    }

    cjson_status add_value(ondemand::value &value, size_t depth) {
        std::string_view token = value.raw_json_token();
        switch (token[0]) {
        case '"': {
            ondemand::raw_json_string raw;
            if (value.get_raw_json_string().get(raw)) { return fail(CJSON_BAD_STRUCTURE, token.data()); }
            return add_string(raw.raw());
        }
        case '[': {
            if (depth >= max_depth) { return fail(CJSON_TOO_DEEP, token.data()); }
            ondemand::array array;
            if (value.get_array().get(array)) { return fail(CJSON_BAD_STRUCTURE, token.data()); }
            size_t index = nodes.count;
            cjson_status status = add(CJSON_ARRAY, nullptr, 0);
            if (status) { return status; }
            size_t count = 0;
            for (auto entry : array) {
                ondemand::value element;
                if (std::move(entry).get(element)) { return fail(CJSON_BAD_STRUCTURE, nullptr); }
                status = add_value(element, depth + 1);
                if (status) { return status; }
                count++;
            }
            nodes.data[index].length = count;
            return CJSON_OK;
        }
        case '{': {
            if (depth >= max_depth) { return fail(CJSON_TOO_DEEP, token.data()); }
            ondemand::object object;
            if (value.get_object().get(object)) { return fail(CJSON_BAD_STRUCTURE, token.data()); }
            size_t index = nodes.count;
            cjson_status status = add(CJSON_OBJECT, nullptr, 0);
            if (status) { return status; }
            size_t count = 0;
            for (auto entry : object) {
                ondemand::field field;
                if (std::move(entry).get(field)) { return fail(CJSON_BAD_STRUCTURE, nullptr); }
                status = add_string(field.key().raw());
                if (status) { return status; }
                status = add_value(field.value(), depth + 1);
                if (status) { return status; }
                count++;
            }
            nodes.data[index].length = count;
            return CJSON_OK;
        }
        default:
            return add_scalar(token);
        }
    }

    cjson_status add_root(ondemand::document &document) {
        std::string_view token;
        if (document.raw_json_token().get(token) || token.empty()) { return CJSON_BAD_STRUCTURE; }
        if (token[0] == '[' || token[0] == '{') {
            ondemand::value value;
            if (document.get_value().get(value)) { return CJSON_BAD_STRUCTURE; }
            cjson_status status = add_value(value, 0);
            // There is a next token's location exactly if the value does not end the text.
            const char *location = nullptr;
            bool more = document.current_location().get(location) == SUCCESS;
            if (status == CJSON_OK && more) { status = CJSON_TRAILING; }
            if (status != CJSON_OK && !error_at && more) { error_at = location; }
            return status;
        }
        if (token.data() + token.size() != end) { return fail(CJSON_TRAILING, token.data() + token.size()); }
        return token[0] == '"' ? add_string(token.data() + 1) : add_scalar(token);
    }

    cjson_status run(const uint8_t *bytes, size_t length) {
        nodes.count = 0;
        error_at = nullptr;
        if (length == 0) { return CJSON_EMPTY; }
        if (length > SIMDJSON_MAXSIZE_BYTES - SIMDJSON_PADDING) { return CJSON_TOO_LARGE; }
        if (!text.reset(length + SIMDJSON_PADDING) || !unescaped.reset(length)) { return CJSON_NO_MEMORY; }
        std::memcpy(text.data, bytes, length);
        std::memset(text.data + length, ' ', SIMDJSON_PADDING);
        end = text.data + length;

        ondemand::document document;
        error_code error = parser.iterate(text.data, length, text.capacity).get(document);
        return error ? status_of(error) : add_root(document);
    }
};

} // namespace

extern "C" cjson_result cjson_parse(const uint8_t *bytes, size_t length, size_t max_depth) {
    thread_local Walk *walk = nullptr;
    // A plain pointer with a holder: the parser is made by the first text that a thread parses and goes with it.
    thread_local struct Holder {
        Walk **slot = nullptr;
        ~Holder() {
            if (slot) {
                delete *slot;
                *slot = nullptr;
            }
        }
    } holder;
    if (walk && walk->text.capacity > kept_capacity && length + SIMDJSON_PADDING <= kept_capacity) {
        delete walk;
        walk = nullptr;
    }
    if (!walk) {
        walk = new (std::nothrow) Walk();
        if (!walk) { return {CJSON_NO_MEMORY, -1, nullptr, 0}; }
        holder.slot = &walk;
    }
    walk->max_depth = max_depth < depth_ceiling ? max_depth : depth_ceiling;
    cjson_status status = walk->run(bytes, length);
    int64_t offset = -1;
    if (walk->error_at && walk->error_at >= walk->text.data && walk->error_at <= walk->end) {
        offset = walk->error_at - walk->text.data;
    }
    return {status, status == CJSON_OK ? -1 : offset, walk->nodes.data, walk->nodes.count};
}
