#include "tests/support/doc_page.hpp"

#include <fstream>

namespace rpikit::test {

std::map<std::string, std::string> files_in_page(const std::filesystem::path& page) {
    std::map<std::string, std::string> files;
    std::ifstream stream(page);
    std::string path;
    bool inside = false;
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with("```")) {
            inside = !inside;
            path.clear();
        } else if (inside && path.empty() && line.starts_with("# ")) {
            path = line.substr(2);
            files[path];
        } else if (inside && !path.empty()) {
            files[path] += line + '\n';
        }
    }
    return files;
}

}  // namespace rpikit::test
