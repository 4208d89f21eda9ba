#include "CTOML.h"

#include <algorithm>
#include <deque>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

struct ctoml_document {
    std::vector<ctoml_node> nodes;
    // A deque, so that the nodes' pointers into it stay valid.
    std::deque<std::string> texts;
    bool failed = false;
    std::string error;
    uint32_t line = 0;
    uint32_t column = 0;
};

namespace {

struct Failure {
    std::string message;
    toml::source_position position;
};

// toml++ bounds nested arrays, but each part of a dotted key nests too, and a very long one would exhaust the stack
// when the tables are destroyed. So long keys are refused before: dots outside strings and comments are counted.
class KeyLengthCheck {
public:
    KeyLengthCheck(std::string_view text, size_t max_parts) : text(text), max_parts(max_parts) {}

    void run() {
        size_t dots = 0;
        while (at < text.size()) {
            char c = text[at];
            if (c == '"' || c == '\'') {
                skip_string(c);
                continue;
            }
            if (c == '#') {
                while (at < text.size() && text[at] != '\n') step();
                continue;
            }
            if (c == '.') {
                if (++dots >= max_parts) throw Failure{"tables are nested too deep", {line, column}};
            } else if (c == '\n' || c == '=' || c == ',' || c == '{' || c == '[' || c == ']') {
                dots = 0;
            }
            step();
        }
    }

private:
    void step() {
        if (text[at] == '\n') {
            ++line;
            column = 0;
        }
        ++column;
        ++at;
    }

    void skip_string(char quote) {
        bool is_long = text.substr(at, 3) == std::string(3, quote);
        for (int i = 0; i < (is_long ? 3 : 1); ++i) step();
        while (at < text.size()) {
            if (quote == '"' && text[at] == '\\') {
                step();
                if (at < text.size()) step();
            } else if (is_long ? text.substr(at, 3) == std::string(3, quote) : text[at] == quote) {
                for (int i = 0; i < (is_long ? 3 : 1); ++i) step();
                return;
            } else if (!is_long && text[at] == '\n') {
                return;
            } else {
                step();
            }
        }
    }

    std::string_view text;
    size_t max_parts;
    size_t at = 0;
    uint32_t line = 1;
    uint32_t column = 1;
};

class Flattener {
public:
    Flattener(ctoml_document &document, size_t max_depth) : document(document), max_depth(max_depth) {}

    void add(const toml::node &node, size_t depth) {
        auto position = node.source().begin;
        if (depth > max_depth) throw Failure{"tables and lists are nested too deep", position};
        if (auto *table = node.as_table()) {
            add_table(*table, position, depth);
        } else if (auto *array = node.as_array()) {
            push(CTOML_ARRAY, position).length = array->size();
            for (auto &element : *array) add(element, depth + 1);
        } else if (auto *text = node.as_string()) {
            push_text(text->get(), position);
        } else if (auto *integer = node.as_integer()) {
            push(CTOML_INTEGER, position).integer = integer->get();
        } else if (auto *number = node.as_floating_point()) {
            push(CTOML_FLOAT, position).number = number->get();
        } else if (auto *boolean = node.as_boolean()) {
            push(CTOML_BOOLEAN, position).integer = boolean->get();
        } else {
            add_time(node, position);
        }
    }

private:
    void add_table(const toml::table &table, toml::source_position position, size_t depth) {
        push(CTOML_TABLE, position).length = table.size();
        // toml++ sorts by name; people want the order in which they wrote.
        std::vector<std::pair<const toml::key *, const toml::node *>> entries;
        for (auto &&[key, value] : table) entries.emplace_back(&key, &value);
        std::sort(entries.begin(), entries.end(), [](auto &lhs, auto &rhs) {
            auto l = lhs.first->source().begin, r = rhs.first->source().begin;
            return l.line != r.line ? l.line < r.line : l.column < r.column;
        });
        for (auto &[key, value] : entries) {
            push_text(std::string(key->str()), key->source().begin);
            add(*value, depth + 1);
        }
    }

    void add_time(const toml::node &node, toml::source_position position) {
        std::ostringstream stream;
        if (auto *date = node.as_date()) stream << date->get();
        else if (auto *time = node.as_time()) stream << time->get();
        else if (auto *both = node.as_date_time()) stream << both->get();
        push_text(stream.str(), position);
    }

    ctoml_node &push(ctoml_kind kind, toml::source_position position) {
        document.nodes.push_back(ctoml_node{kind, position.line, position.column, 0, nullptr, 0, 0});
        return document.nodes.back();
    }

    void push_text(std::string text, toml::source_position position) {
        document.texts.push_back(std::move(text));
        auto &node = push(CTOML_STRING, position);
        node.text = document.texts.back().data();
        node.length = document.texts.back().size();
    }

    ctoml_document &document;
    size_t max_depth;
};

void fail(ctoml_document &document, std::string message, toml::source_position position) {
    document.failed = true;
    document.error = std::move(message);
    document.line = position.line;
    document.column = position.column;
}

}  // namespace

extern "C" {

struct ctoml_document *ctoml_parse(const char *bytes, size_t length, size_t max_depth) {
    auto *document = new (std::nothrow) ctoml_document;
    if (!document) return nullptr;
    try {
        std::string_view text(bytes ? bytes : "", length);
        KeyLengthCheck(text, max_depth).run();
        auto table = toml::parse(text);
        Flattener(*document, max_depth).add(table, 0);
    } catch (const toml::parse_error &error) {
        fail(*document, std::string(error.description()), error.source().begin);
    } catch (const Failure &failure) {
        fail(*document, failure.message, failure.position);
    } catch (const std::exception &error) {
        fail(*document, error.what(), {});
    }
    return document;
}

const char *ctoml_error(const struct ctoml_document *document, uint32_t *line, uint32_t *column) {
    if (!document->failed) return nullptr;
    *line = document->line;
    *column = document->column;
    return document->error.c_str();
}

const struct ctoml_node *ctoml_nodes(const struct ctoml_document *document, size_t *count) {
    *count = document->nodes.size();
    return document->nodes.data();
}

void ctoml_free(struct ctoml_document *document) {
    delete document;
}
}
