#pragma once

#include <string>
#include <vector>

namespace rpikit::test {

/// The end of a build log as it looks when a known failure is the cause.
struct FailureLog {
    std::string name;    ///< the row that must recognise it
    std::string log;     ///< with the lines before and after the cause that a real log has
    std::string line;    ///< the line that gives it away
    std::string remedy;  ///< what the user is told to type
};

const std::vector<FailureLog>& failure_logs();

}  // namespace rpikit::test
