#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::devices {

/// Reading C as text, without a compiler. All positions are offsets.

bool is_word(char c);

/// The first place at or behind `at` that is no blank or line end.
std::size_t skip_blanks(std::string_view text, std::size_t at);

/// The identifier that begins at `at`, empty when none does.
std::string_view identifier_at(std::string_view text, std::size_t at);

/// The identifier that ends before `at`, blanks between passed over.
std::string_view identifier_before(std::string_view text, std::size_t at);

/// The string literal that begins at `at`; none when there is none on that line.
std::optional<std::string_view> literal_at(std::string_view text, std::size_t at);

/// The first string literal in a piece of text.
std::optional<std::string_view> first_literal(std::string_view text);

/// Where the bracket at `open` is closed (its place), strings and comments passed over; none when it is not.
std::optional<std::size_t> closing(std::string_view text, std::size_t open);

/// Whether `name` is in the text as a whole word.
bool has_word(std::string_view text, std::string_view name);

/// The pieces between top-level commas, strings and brackets kept whole; blanks cut off.
std::vector<std::string_view> arguments(std::string_view text);

/// A copy in which comments are blanks; line ends stay.
std::string without_comments(std::string_view text);

/// Finds occurrences fast (memmem); npos when there is none.
std::size_t find_fast(std::string_view text, std::string_view what, std::size_t from);

}  // namespace rpikit::devices
