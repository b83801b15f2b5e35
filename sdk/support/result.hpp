#pragma once

#include <expected>
#include <utility>

#include "sdk/support/error.hpp"

namespace rpikit {

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail({.message = "..."});`
inline std::unexpected<Error> fail(Error error) {
    return std::unexpected<Error>(std::move(error));
}

/// Passes a failure on with context: `return fail(result.error(), "cannot read the lock");`
inline std::unexpected<Error> fail(Error inner, std::string message) {
    return std::unexpected<Error>(with_context(std::move(inner), std::move(message)));
}

}  // namespace rpikit

#define RPIKIT_JOIN_(a, b) a##b
#define RPIKIT_JOIN(a, b) RPIKIT_JOIN_(a, b)

/// Returns the failure of `expression` from the enclosing function; its value, if any, is dropped.
#define TRY(expression)                                                             \
    do {                                                                            \
        if (auto try_result = (expression); !try_result)                            \
            return std::unexpected<::rpikit::Error>(std::move(try_result).error()); \
    } while (false)

/// `TRY_ASSIGN(auto text, read_file(path));` - the value, or a return with the failure.
#define TRY_ASSIGN(declaration, expression)                                                             \
    auto RPIKIT_JOIN(try_result_, __LINE__) = (expression);                                             \
    if (!RPIKIT_JOIN(try_result_, __LINE__))                                                            \
        return std::unexpected<::rpikit::Error>(std::move(RPIKIT_JOIN(try_result_, __LINE__)).error()); \
    declaration = *std::move(RPIKIT_JOIN(try_result_, __LINE__))
