#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/reader.hpp"

namespace rpikit::archive {

/// What a symbolic link with an absolute target means.
enum class AbsoluteLinks {
    refused,   ///< it leads out
    from_root  ///< the folder stands for "/", as in a .deb: the target is made relative
};

/// Puts entries of a hostile archive into a folder. Every step of a path is opened by itself and never
/// through a link, so nothing is made outside of the folder whatever the archive holds; libarchive's own
/// writer looks every path up from the root again.
class DiskWriter {
  public:
    /// \param options must outlive the writer
    static Result<DiskWriter> open(const std::filesystem::path& folder, const UnpackOptions& options,
                                   AbsoluteLinks links);
    DiskWriter(DiskWriter&& other) noexcept;
    DiskWriter& operator=(DiskWriter&&) = delete;
    DiskWriter(const DiskWriter&) = delete;
    DiskWriter& operator=(const DiskWriter&) = delete;
    ~DiskWriter();

    /// Writes the reader's current entry as `path`, which is clean and not the root.
    Result<> write(const std::string& path, archive_entry* entry, Reader& reader);

    /// Gives folders their modes and times, which can be done only when their content is there.
    Result<> finish();

  private:
    /// An open folder on the way to the last entry written.
    struct Step {
        std::string name;
        int descriptor = -1;
    };
    /// A folder that was made, and how it is to be in the end.
    struct Folder {
        std::string path;
        std::uint32_t mode = 0755;
        std::int64_t mtime = 0;
        bool has_time = false;
    };

    DiskWriter(std::filesystem::path folder, int root, const UnpackOptions& options, AbsoluteLinks links)
        : folder_(std::move(folder)),
          options_(&options),
          links_(links),
          steps_{{.name = {}, .descriptor = root}} {}
    /// The error of the system call that just failed.
    std::unexpected<Error> failed(const char* what, const std::string& path) const;

    /// The descriptor of the folder `path`, made when it is missing.
    Result<int> enter(const std::string& path);
    Result<int> open_step(int parent, const std::string& name, const std::string& path);
    Result<> make_directory(int parent, const std::string& name, const std::string& path,
                            archive_entry* entry);
    Result<> make_file(int parent, const std::string& name, const std::string& path, archive_entry* entry,
                       Reader& reader);
    Result<> make_symlink(int parent, const std::string& name, const std::string& path, archive_entry* entry);
    Result<> make_hard_link(int parent, const std::string& name, const std::string& path, const char* target,
                            archive_entry* entry, Reader& reader);
    Result<> write_data(int file, const std::string& path, std::uint64_t size, Reader& reader);
    std::uint32_t permissions(archive_entry* entry) const;

    std::filesystem::path folder_;  ///< for messages
    const UnpackOptions* options_;
    AbsoluteLinks links_;
    std::vector<Step> steps_;
    std::vector<Folder> folders_;
    std::uint64_t bytes_ = 0;
    std::uint64_t entries_ = 0;
};

}  // namespace rpikit::archive
