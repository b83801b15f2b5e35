#pragma once

#include <functional>
#include <string>

namespace rpikit::test {

/// Runs something in a child process, which may give up rights, change its root and so on.
/// \returns the text it came to; "died" when it did
std::string in_child(const std::function<std::string()>& what);

}  // namespace rpikit::test
