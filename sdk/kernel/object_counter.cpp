#include "sdk/kernel/object_counter.hpp"

#include <limits>
#include <string>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t decided = std::numeric_limits<std::size_t>::max();

fs::path counts_file(const fs::path& build) {
    return build.parent_path() / (build.filename().string() + ".objects");
}

}  // namespace

void ObjectCounter::feed(std::string_view output) {
    for (const char character : output) {
        if (character == '\n') {
            column_ = 0;
        } else if (column_ == decided) {
            continue;
        } else if (column_ < 2) {
            column_ = character == ' ' ? column_ + 1 : decided;
        } else {
            if (character >= 'A' && character <= 'Z') ++count_;
            column_ = decided;
        }
    }
}

std::uint64_t expected_objects(const fs::path& build, std::size_t enabled_symbols) {
    if (const auto text = host::read_file(counts_file(build))) {
        if (const auto number = parse_number(trim(*text)); number && *number > 0) return *number;
    }
    // Linux 6.12 for arm64: 1,446 lines for 550 symbols set, 3,160 for 1,024, 4,087 for 1,445.
    constexpr std::uint64_t percent = 280;
    return enabled_symbols * percent / 100;
}

Result<> remember_objects(const fs::path& build, std::uint64_t count) {
    return host::write_file(counts_file(build), std::to_string(count) + "\n");
}

}  // namespace rpikit::kernel
