// ctest hands a test's name to its program as an argument.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// The names that begin like an option, which Catch2 would take for one of its own.
std::vector<std::string> option_names(const std::string& source) {
    static const std::regex pattern(R"re(TEST_CASE(?:_METHOD)?\((?:\w+,)?\s*("-[^"]*"))re");
    std::vector<std::string> names;
    for (auto found = std::sregex_iterator(source.begin(), source.end(), pattern);
         found != std::sregex_iterator(); ++found)
        names.push_back(found->str(1));
    return names;
}

}  // namespace

TEST_CASE("no test's name begins like an option") {
    CHECK(option_names("TEST_CASE"
                       "(\"--json is right\") {") == std::vector<std::string>{"\"--json is right\""});
    CHECK(option_names("TEST_CASE_METHOD"
                       "(Fixture,\n \"-x\") {")
              .size() == 1);
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(RPIKIT_SOURCE_DIR) / "tests")) {
        if (entry.path().extension() != ".cpp") continue;
        ++files;
        std::ifstream stream(entry.path());
        const std::string source(std::istreambuf_iterator<char>(stream), {});
        INFO(entry.path().string());
        CHECK(option_names(source).empty());
    }
    CHECK(files > 100);
}
