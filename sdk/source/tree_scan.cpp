#include "sdk/source/tree_scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sdk/support/sha256.hpp"

namespace rpikit::source {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

/// One folder's entries as text, and the folders among them.
struct Listing {
    std::string text;
    std::vector<std::string> folders;
};

std::unexpected<Error> failed(const std::string& path) {
    return fail({.message = fmt::format("cannot look at {}", path), .causes = {std::strerror(errno)}});
}

Result<Listing> list_folder(int root, const std::string& path) {
    const int descriptor =
        openat(root, path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return failed(path);
    const std::unique_ptr<DIR, CloseDirectory> directory(fdopendir(descriptor));
    Listing listing;
    std::vector<std::string> rows;
    while (const dirent* entry = readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == ".." || (path.empty() && name == ".git")) continue;
        struct stat status{};
        if (fstatat(descriptor, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) continue;  // removed meanwhile: as if it had never been there
            return failed(path + '/' + name);
        }
        if (S_ISDIR(status.st_mode)) {
            listing.folders.push_back(path.empty() ? name : path + '/' + name);
            rows.push_back(fmt::format("{}{}d\n", name, '\0'));
        } else {
            rows.push_back(fmt::format("{}{}{:o} {} {}.{} {}\n", name, '\0', status.st_mode, status.st_size,
                                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ino));
        }
    }
    std::ranges::sort(rows);
    for (const auto& row : rows)
        listing.text += row;
    return listing;
}

/// Folders still to be looked at, shared by the threads that do.
class Scan {
  public:
    explicit Scan(int root) : root_(root) {}

    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [&] { return !open_.empty() || busy_ == 0; });
            if (open_.empty()) return;
            const auto path = std::move(open_.back());
            open_.pop_back();
            ++busy_;
            lock.unlock();
            auto listing = list_folder(root_, path);
            lock.lock();
            --busy_;
            take(path, std::move(listing));
            changed_.notify_all();
        }
    }

    Result<std::string> digest() {
        if (error_) return fail(*std::move(error_));
        Sha256 hash;
        for (const auto& [path, text] : listings_) {
            hash.update(fmt::format("{}{}{}\n", path, '\0', text.size()));
            hash.update(text);
        }
        return hash.finish();
    }

  private:
    void take(const std::string& path, Result<Listing> listing) {
        if (!listing) {
            error_ = std::move(listing).error();
            open_.clear();
            return;
        }
        if (error_) return;
        std::ranges::move(listing->folders, std::back_inserter(open_));
        listings_.emplace(path, std::move(listing->text));
    }

    int root_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> open_ = {""};
    unsigned busy_ = 0;
    std::map<std::string, std::string> listings_;
    std::optional<Error> error_;
};

}  // namespace

Result<std::string> scan_tree(const std::filesystem::path& root) {
    const int descriptor = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed(root.string());
    Scan scan(descriptor);
    {
        // A second thread takes a third off; more wait for each other in the kernel.
        const std::jthread other([&] { scan.work(); });
        scan.work();
    }
    close(descriptor);
    return scan.digest();
}

}  // namespace rpikit::source
