#include "sdk/host/download.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sdk/host/curl_transfer.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

/// What the callbacks of one transfer share.
struct Transfer {
    const Host* host;
    const Progress* progress;
    Descriptor file;
    Sha256 hash;
    int write_error = 0;  ///< errno
};

size_t on_body(char* data, size_t, size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    std::string_view left(data, size);
    transfer.hash.update(left);
    while (!left.empty()) {
        const ssize_t count = ::write(transfer.file.get(), left.data(), left.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            transfer.write_error = errno;
            return 0;
        }
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    return size;
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
    const auto& transfer = *static_cast<Transfer*>(user);
    if (transfer.host->stop.stop_requested()) return 1;
    if (*transfer.progress)
        (*transfer.progress)(static_cast<std::uint64_t>(done), static_cast<std::uint64_t>(total));
    return 0;
}

void configure(CURL* curl, Transfer& transfer) {
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

Result<> perform(const DownloadRequest& request, Transfer& transfer) {
    TRY_ASSIGN(const auto curl, CurlTransfer::make(transfer.host->environment, request.url,
                                                   request.connect_limit, request.silence_limit));
    configure(curl.get(), transfer);
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_OK) return {};
    if (transfer.write_error != 0) {
        return fail(file_error("cannot write", request.file, transfer.write_error),
                    fmt::format("cannot download {}", request.url));
    }
    return fail(curl.error(code));
}

Result<std::string> download_to(const fs::path& temporary, const Host& host, const DownloadRequest& request,
                                const Progress& progress) {
    Transfer transfer{.host = &host, .progress = &progress, .file = {}, .hash = {}};
    transfer.file = Descriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!transfer.file.valid()) return fail(file_error("cannot write", request.file, errno));
    TRY(perform(request, transfer));

    std::string sha256 = transfer.hash.finish();
    if (!request.sha256.empty() && sha256 != request.sha256) {
        return fail(
            {.message = fmt::format("{} is not the file that was expected", request.url),
             .causes = {fmt::format("its sha256 is {}", sha256),
                        fmt::format("expected was     {}", request.sha256)},
             .hint =
                 "nothing was kept; run the same command again, and if it stays so, find out from whoever "
                 "publishes the file which of the two is right"});
    }
    if (::fchmod(transfer.file.get(), 0644) != 0 || ::fsync(transfer.file.get()) != 0) {
        return fail(file_error("cannot write", request.file, errno));
    }
    return sha256;
}

}  // namespace

Result<std::string> download(const Host& host, const DownloadRequest& request, const Progress& progress) {
    TRY(make_directories(request.file.parent_path()));
    const fs::path temporary = temporary_sibling(request.file);
    auto sha256 = download_to(temporary, host, request, progress);
    if (sha256) {
        if (auto renamed = rename_path(temporary, request.file); !renamed) sha256 = fail(renamed.error());
    }
    std::error_code ignored;
    if (!sha256) fs::remove(temporary, ignored);
    return sha256;
}

}  // namespace rpikit::host
