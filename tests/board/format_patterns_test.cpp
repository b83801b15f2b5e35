#include <catch2/catch_test_macros.hpp>
#include <regex>

#include "sdk/board/board_schema.hpp"
#include "sdk/board/formats.hpp"

using namespace rpikit::board;

namespace {

const std::vector<std::string> samples = {"",
                                          " ",
                                          "a",
                                          "A-1",
                                          "-o",
                                          "..",
                                          "../x",
                                          "a/../b",
                                          "a/b.dtb",
                                          "/etc/passwd",
                                          "a//b",
                                          "x.dtb",
                                          "a b",
                                          "a\nb",
                                          "CONFIG_A",
                                          "MMC_BLOCK",
                                          "12",
                                          "2G",
                                          "2Q",
                                          "0x0c",
                                          "0x0",
                                          "root={root}",
                                          "root=/dev/sda",
                                          "{root} {x}",
                                          "Linux {release}",
                                          "{release",
                                          "https://x/y",
                                          "ext::sh -c x",
                                          "git@host:path",
                                          "http://",
                                          "v6.12",
                                          "a..b",
                                          "main/",
                                          ".hidden",
                                          "linux-source-6.12",
                                          "Linux",
                                          "brcm,bcm2711",
                                          "aarch64-linux-gnu-",
                                          "aarch64",
                                          "/",
                                          "/soc/mmc@7e300000",
                                          "/soc/",
                                          "soc",
                                          "a#b",
                                          "host-",
                                          "-host",
                                          "a\\b",
                                          "0",
                                          "21686148-6449-6E6F-744E-656564454649",
                                          std::string(64, '0'),
                                          std::string(64, 'G'),
                                          std::string(65, 'a'),
                                          std::string(100, 'x'),
                                          "a:etc/b",
                                          "\x7f"};

bool matches(std::string_view pattern, const std::string& text) {
    return std::regex_search(text, std::regex(std::string(pattern)));
}

}  // namespace

TEST_CASE("every format of a board file has a pattern that takes what the check takes, and can refuse") {
    std::size_t formats = 0;
    for (const auto& row : board_schema()) {
        if (row.format == nullptr) continue;
        ++formats;
        const auto pattern = format::pattern_of(row.format);
        INFO(row.key << ": " << pattern);
        REQUIRE_FALSE(pattern.empty());
        std::size_t refused = 0;
        for (const auto& sample : samples) {
            INFO("\"" << sample << "\"");
            if (!row.format(sample)) CHECK(matches(pattern, sample));
            refused += matches(pattern, sample) ? 0 : 1;
        }
        CHECK(refused > 0);
    }
    CHECK(formats > 40);
    CHECK(format::pattern_of(nullptr).empty());
}

TEST_CASE("patterns of names and paths are exact") {
    for (auto* check : {format::name, format::board_name, format::file_name, format::relative_path,
                        format::dtb, format::prefix, format::hostname, format::package, format::sha256,
                        format::git_branch, format::symbol, format::compatible, format::device_tree_node,
                        format::device_tree_pattern, format::partition_type}) {
        const auto pattern = format::pattern_of(check);
        for (const auto& sample : samples) {
            INFO(pattern << " on \"" << sample << "\"");
            CHECK(matches(pattern, sample) == !check(sample));
        }
    }
}
