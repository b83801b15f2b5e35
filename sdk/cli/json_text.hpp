#pragma once

#include <string>

namespace rpikit::cli {

/// A JSON document as the program writes it, with a line end: what is not UTF-8, such as the name of a file,
/// appears with U+FFFD in it. \param indent -1: in one line
template <class Json>
std::string json_text(const Json& document, int indent = 1) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace rpikit::cli
