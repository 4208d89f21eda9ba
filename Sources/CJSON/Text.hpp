// What both ways through a JSON text need to know of its letters, and of what simdjson says of it.
#ifndef MODELPLEX_CJSON_TEXT_HPP
#define MODELPLEX_CJSON_TEXT_HPP

#include "CJSON.h"

#include <cstdint>
#include <simdjson.h>

// Why simdjson did not take a text.
inline cjson_status status_of(simdjson::error_code error) {
    switch (error) {
    case simdjson::EMPTY: return CJSON_EMPTY;
    case simdjson::UTF8_ERROR: return CJSON_BAD_UTF8;
    case simdjson::UNCLOSED_STRING: return CJSON_UNCLOSED_STRING;
    case simdjson::UNESCAPED_CHARS: return CJSON_BAD_STRING;
    case simdjson::MEMALLOC: return CJSON_NO_MEMORY;
    case simdjson::CAPACITY: return CJSON_TOO_LARGE;
    default: return CJSON_BAD_STRUCTURE;
    }
}

inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 8259 §6; simdjson leaves a number unchecked until it is converted.
inline bool is_number(const char *p, const char *end) {
    if (p != end && *p == '-') { p++; }
    if (p == end || !is_digit(*p)) { return false; }
    if (*p == '0') {
        p++;
    } else {
        while (p != end && is_digit(*p)) { p++; }
    }
    if (p != end && *p == '.') {
        p++;
        if (p == end || !is_digit(*p)) { return false; }
        while (p != end && is_digit(*p)) { p++; }
    }
    if (p != end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p != end && (*p == '+' || *p == '-')) { p++; }
        if (p == end || !is_digit(*p)) { return false; }
        while (p != end && is_digit(*p)) { p++; }
    }
    return p == end;
}

// Four hexadecimal digits, or -1.
inline int32_t hex4(const char *p, const char *end) {
    if (end - p < 4) { return -1; }
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit;
        if (is_digit(c)) {
            digit = c - '0';
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = (c | 0x20) - 'a' + 10;
        } else {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

inline uint8_t *put_utf8(uint8_t *out, uint32_t scalar) {
    if (scalar < 0x80) {
        *out++ = uint8_t(scalar);
    } else if (scalar < 0x800) {
        *out++ = uint8_t(0xC0 | scalar >> 6);
        *out++ = uint8_t(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
        *out++ = uint8_t(0xE0 | scalar >> 12);
        *out++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
        *out++ = uint8_t(0x80 | (scalar & 0x3F));
    } else {
        *out++ = uint8_t(0xF0 | scalar >> 18);
        *out++ = uint8_t(0x80 | (scalar >> 12 & 0x3F));
        *out++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
        *out++ = uint8_t(0x80 | (scalar & 0x3F));
    }
    return out;
}

#endif
