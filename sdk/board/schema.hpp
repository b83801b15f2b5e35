#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/board/document.hpp"

namespace rpikit::board {

/// What a value may be.
enum class Type {
    table,
    tables,        ///< array of tables, `[[image.partition]]`; its keys are rows "image.partition[].name"
    named_tables,  ///< table of tables, `[kernel.profile.lean]`; its keys are rows "kernel.profile.*.base"
    string,
    strings,
    integer,
    boolean,
    size,  ///< bytes: "32M", or an integer
    path,  ///< relative to the file that it is written in
    paths,
};

/// Why a text is not allowed, or nothing. See formats.hpp.
using Format = std::optional<std::string> (*)(std::string_view text);

/// One key of a kind of document. A list of rows is all there is to know about it: the loader checks by them,
/// and help, reference page and JSON Schema are made of them.
struct Row {
    std::string_view key;  ///< "kernel.source[].branch"
    Type type;
    bool required = false;           ///< where its table is
    std::string_view fallback = {};  ///< what holds when it is not given, as text: "dhcp", "4M", "true"
    std::string_view allowed = {};   ///< "mbr|gpt"; empty: anything `format` lets pass
    Format format = nullptr;         ///< for each string
    /// "provider=git|archive": allowed only beside such a value, and required only there.
    std::string_view only_with = {};
    std::string_view doc = {};  ///< one sentence
};

/// "a size such as \"32M\"", for messages and help.
std::string_view type_name(Type type);

/// The parts of "mbr|gpt".
std::vector<std::string> choices(std::string_view allowed);

/// All mistakes of a document, in the order of their places: unknown keys (near match named), wrong types,
/// values that are not allowed, required keys that are missing, keys beside the wrong neighbour.
std::vector<Error> validate(const Value& document, std::span<const Row> rows);

/// Puts each row's fallback where its table is and the key is not; tables that are missing are added when a
/// row below them has a fallback.
void complete(Value& document, std::span<const Row> rows);

/// Sorts mistakes by where they are. \param files their order comes first; within a file it is the place
void sort_by_place(std::vector<Error>& errors, std::span<const std::filesystem::path> files);

/// Makes one error of several: the first becomes message and location, all others detail lines
/// "file:line:column: message". \param errors not empty \param files their order decides which is first;
/// within a file it is the place
Error combine(std::vector<Error> errors, std::span<const std::filesystem::path> files = {});

}  // namespace rpikit::board
