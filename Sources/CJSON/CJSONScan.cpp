#define SIMDJSON_EXCEPTIONS 0
#include "CJSON.h"
#include "Text.hpp"

#include <cstring>
#include <memory>
#include <simdjson.h>

using namespace simdjson;

namespace {

// Above this the list of places (four times the text) is given back after use.
constexpr size_t kept_capacity = 64 * 1024;
constexpr size_t depth_ceiling = 1000;
// How deep wanted members may lie, and who owns none.
constexpr size_t reach = 5;
constexpr int nobody = -2;
// Wanted names that are found by their length, and the lengths that are told apart.
constexpr size_t most_chained = 64;
constexpr size_t most_lengths = 64;

// One pass over the places of tokens that simdjson's first stage finds. The stage has checked UTF-8, control characters
// and that strings are closed; everything else is checked here.
struct Scan {
    std::unique_ptr<internal::dom_parser_implementation> parser;
    const uint8_t *text = nullptr;
    size_t length = 0;
    const uint32_t *places = nullptr;
    size_t count = 0;
    size_t next = 0;
    size_t error_offset = 0;
    size_t end = 0;
    // Texts of programs mostly have none, and then no string has to be looked through.
    bool has_backslash = false;
    const cjson_wanted *wanted = nullptr;
    size_t wanted_count = 0;
    // The wanted names by length, as most names that are read have none's: the first of each length, and the next of the
    // same length after each, both counted from one. An escaped name may have any length.
    uint8_t first_of_length[most_lengths];
    uint8_t next_of_same[most_chained];
    cjson_found *found = nullptr;
    char open[depth_ceiling];

    cjson_status fail(cjson_status status, size_t offset) {
        error_offset = offset;
        return status;
    }

    size_t next_place() const { return next < count ? places[next] : length; }
    uint8_t peek() const { return next < count ? text[places[next]] : 0; }

    // Where the token ends that began before `next`: up to the following one there is but space.
    size_t token_end() const {
        size_t last = next_place();
        while (is_space(char(text[last - 1]))) { last--; }
        return last;
    }

    inline __attribute__((always_inline)) cjson_status check_string(size_t start, size_t last, bool &has_escape) {
        // The quote that closes it is the only one that can stand last.
        if (last - start < 2 || text[last - 1] != '"') { return fail(CJSON_BAD_STRUCTURE, start); }
        has_escape = false;
        return has_backslash ? check_escapes(start, last, has_escape) : CJSON_OK;
    }

    cjson_status check_escapes(size_t start, size_t last, bool &has_escape) {
        const char *p = reinterpret_cast<const char *>(text + start + 1);
        const char *stop = reinterpret_cast<const char *>(text + last - 1);
        while ((p = static_cast<const char *>(std::memchr(p, '\\', size_t(stop - p))))) {
            has_escape = true;
            size_t at = size_t(p - reinterpret_cast<const char *>(text));
            p++;
            if (p == stop) { return fail(CJSON_BAD_STRING, at); }
            switch (*p++) {
            case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': break;
            case 'u':
                if (hex4(p, stop) < 0) { return fail(CJSON_BAD_STRING, at); }
                p += 4;
                break;
            default: return fail(CJSON_BAD_STRING, at);
            }
        }
        return CJSON_OK;
    }

    cjson_status check_scalar(size_t start, size_t last) {
        const char *p = reinterpret_cast<const char *>(text + start);
        size_t size = last - start;
        switch (*p) {
        case 't': return size == 4 && !std::memcmp(p, "true", 4) ? CJSON_OK : fail(CJSON_BAD_LITERAL, start);
        case 'f': return size == 5 && !std::memcmp(p, "false", 5) ? CJSON_OK : fail(CJSON_BAD_LITERAL, start);
        case 'n': return size == 4 && !std::memcmp(p, "null", 4) ? CJSON_OK : fail(CJSON_BAD_LITERAL, start);
        case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
            return is_number(p, p + size) ? CJSON_OK : fail(CJSON_BAD_NUMBER, start);
        default: return fail(CJSON_BAD_STRUCTURE, start);
        }
    }

    // Another reader unescapes names, so an escaped one must not go by unseen.
    static bool is_escaped(const char *p, const char *stop, const char *name, size_t size) {
        const char *name_end = name + size;
        while (p != stop) {
            char c = *p++;
            if (c == '\\') {
                c = *p++;
                if (c == 'u') {
                    int32_t unit = hex4(p, stop);
                    if (unit < 0 || unit > 0x7F) { return false; }
                    c = char(unit);
                    p += 4;
                } else if (c != '"' && c != '\\' && c != '/') {
                    return false;
                }
            }
            if (name == name_end || c != *name++) { return false; }
        }
        return name == name_end;
    }

    int match(size_t start, size_t last, bool has_escape, int under) const {
        const char *name = reinterpret_cast<const char *>(text + start + 1);
        size_t size = last - start - 2;
        if (!has_escape && size < most_lengths && wanted_count <= most_chained) {
            for (size_t place = first_of_length[size]; place; place = next_of_same[place - 1]) {
                const cjson_wanted &one = wanted[place - 1];
                if (one.under == under && !std::memcmp(name, one.name, size)) { return int(place - 1); }
            }
            return nobody;
        }
        for (size_t i = 0; i < wanted_count; i++) {
            if (wanted[i].under != under) { continue; }
            bool is_same = has_escape ? is_escaped(name, name + size, wanted[i].name, wanted[i].name_length)
                                      : size == wanted[i].name_length && !std::memcmp(name, wanted[i].name, size);
            if (is_same) { return int(i); }
        }
        return nobody;
    }

    void note(int member, size_t name, size_t start, size_t last) {
        if (member < 0) { return; }
        cjson_found &entry = found[member];
        bool is_null = text[start] == 'n';
        if (entry.count == 0 || (entry.not_null == 0 && !is_null)) {
            entry.name_start = name;
            entry.value_start = start;
            entry.value_end = last;
        }
        entry.count++;
        if (!is_null) { entry.not_null++; }
    }

    cjson_status walk(size_t max_depth) {
        // By depth: the wanted member whose members a container may hold, and the wanted member that is being read.
        int owner[reach + 1], member[reach + 1];
        size_t name_start[reach + 1], value_start[reach + 1];
        owner[1] = -1;
        size_t depth = 0;
        size_t start, last;
        cjson_status status;
        bool has_escape;

    value:
        if (next == count) { return fail(CJSON_BAD_STRUCTURE, length); }
        start = places[next++];
        if (depth <= reach) { value_start[depth] = start; }
        switch (text[start]) {
        case '{':
            if (depth >= max_depth) { return fail(CJSON_TOO_DEEP, start); }
            if (depth > 0 && depth < reach) { owner[depth + 1] = open[depth - 1] == '{' ? member[depth] : owner[depth]; }
            open[depth++] = '{';
            if (peek() != '}') { goto name; }
            last = places[next++] + 1;
            depth--;
            goto after;
        case '[':
            if (depth >= max_depth) { return fail(CJSON_TOO_DEEP, start); }
            if (depth > 0 && depth < reach) { owner[depth + 1] = open[depth - 1] == '{' ? member[depth] : nobody; }
            open[depth++] = '[';
            if (peek() != ']') { goto value; }
            last = places[next++] + 1;
            depth--;
            goto after;
        case '"':
            last = token_end();
            status = check_string(start, last, has_escape);
            if (status) { return status; }
            goto after;
        default:
            last = token_end();
            status = check_scalar(start, last);
            if (status) { return status; }
            goto after;
        }

    name:
        if (peek() != '"') { return fail(CJSON_BAD_STRUCTURE, next_place()); }
        start = places[next++];
        last = token_end();
        status = check_string(start, last, has_escape);
        if (status) { return status; }
        if (depth <= reach) {
            member[depth] = owner[depth] == nobody ? nobody : match(start, last, has_escape, owner[depth]);
            name_start[depth] = start;
        }
        if (peek() != ':') { return fail(CJSON_BAD_STRUCTURE, next_place()); }
        next++;
        goto value;

    after:
        if (depth == 0) {
            end = last;
            return next == count ? CJSON_OK : fail(CJSON_TRAILING, next_place());
        }
        if (depth <= reach && open[depth - 1] == '{') { note(member[depth], name_start[depth], value_start[depth], last); }
        switch (peek()) {
        case ',':
            next++;
            if (open[depth - 1] == '{') { goto name; }
            goto value;
        case '}':
            if (open[depth - 1] != '{') { return fail(CJSON_BAD_STRUCTURE, next_place()); }
            break;
        case ']':
            if (open[depth - 1] != '[') { return fail(CJSON_BAD_STRUCTURE, next_place()); }
            break;
        default: return fail(CJSON_BAD_STRUCTURE, next_place());
        }
        last = places[next++] + 1;
        depth--;
        goto after;
    }

    cjson_status run(const uint8_t *bytes, size_t size, size_t max_depth) {
        error_offset = SIZE_MAX;
        if (size == 0) { return CJSON_EMPTY; }
        if (size > SIMDJSON_MAXSIZE_BYTES - SIMDJSON_PADDING) { return CJSON_TOO_LARGE; }
        if (!parser || parser->capacity() < size || (parser->capacity() > kept_capacity && size <= kept_capacity)) {
            parser.reset();
            size_t capacity = size < 4096 ? 4096 : size;
            if (get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser)) {
                parser.reset();
                return CJSON_NO_MEMORY;
            }
        }
        if (error_code error = parser->stage1(bytes, size, stage1_mode::regular)) { return status_of(error); }
        text = bytes;
        length = size;
        std::memset(first_of_length, 0, sizeof first_of_length);
        // Backwards, so that of the same length the first one is looked at first.
        for (size_t i = wanted_count <= most_chained ? wanted_count : 0; i-- > 0;) {
            if (wanted[i].name_length >= most_lengths) { continue; }
            next_of_same[i] = first_of_length[wanted[i].name_length];
            first_of_length[wanted[i].name_length] = uint8_t(i + 1);
        }
        has_backslash = std::memchr(bytes, '\\', size) != nullptr;
        places = parser->structural_indexes.get();
        count = parser->n_structural_indexes;
        next = 0;
        if (count == 0) { return CJSON_EMPTY; }
        if (text[places[0]] != '{') { return fail(CJSON_NO_OBJECT, places[0]); }
        return walk(max_depth);
    }
};

} // namespace

extern "C" cjson_scan_result cjson_scan(
    const uint8_t *bytes, size_t length, size_t max_depth, const cjson_wanted *wanted, size_t wanted_count,
    cjson_found *found) {
    thread_local std::unique_ptr<Scan> scan;
    if (wanted_count) { std::memset(found, 0, wanted_count * sizeof(cjson_found)); }
    if (!scan) { scan.reset(new (std::nothrow) Scan()); }
    if (!scan) { return {CJSON_NO_MEMORY, -1, 0, 0}; }
    scan->wanted = wanted;
    scan->wanted_count = wanted_count;
    scan->found = found;
    cjson_status status = scan->run(bytes, length, max_depth < depth_ceiling ? max_depth : depth_ceiling);
    if (status != CJSON_OK) {
        return {status, scan->error_offset == SIZE_MAX ? -1 : int64_t(scan->error_offset), 0, 0};
    }
    return {CJSON_OK, -1, scan->places[0], scan->end};
}
