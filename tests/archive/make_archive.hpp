#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::test {

/// An entry of an archive made for a test, written as it is: nothing hostile is cleaned away.
struct Item {
    std::string path;
    std::string content = {};
    archive::FileType type = archive::FileType::regular;
    unsigned mode = 0644;
    std::string link = {};       ///< target of a symbolic link
    std::string hard_link = {};  ///< name of the entry this is another name of
    std::uint32_t uid = 0;
    std::map<std::string, std::string> xattrs = {};
};

Item directory(std::string path, unsigned mode = 0755);
Item symlink(std::string path, std::string target);

/// Writes a tar. \param filter libarchive's name: "xz", "gzip", "zstd", "bzip2", "lz4" or "" for none
void make_tar(const std::filesystem::path& file, const std::vector<Item>& items,
              const std::string& filter = "");

/// Writes a .deb whose data archive is the file `data`, under the given name ("data.tar.xz").
void make_deb(const std::filesystem::path& file, const std::filesystem::path& data,
              const std::string& data_name);

std::string read_whole(const std::filesystem::path& file);

}  // namespace rpikit::test
