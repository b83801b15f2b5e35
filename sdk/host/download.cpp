#include "sdk/host/download.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

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

/// The first that is set; curl itself would read the process's environment.
std::string first_of(const Environment& environment, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (auto value = environment.get(name); value && !value->empty()) return *std::move(value);
    }
    return {};
}

std::string proxy_for(const Environment& environment, std::string_view url) {
    if (url.starts_with("https:")) {
        return first_of(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    }
    return first_of(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
}

struct CurlDeleter {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;

/// Once a process, before the first handle.
bool curl_ready() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready;
}

void configure(CURL* curl, const DownloadRequest& request, Transfer& transfer) {
    const Environment& environment = transfer.host->environment;
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "rpi-kit");
    curl_easy_setopt(curl, CURLOPT_PROXY, proxy_for(environment, request.url).c_str());
    curl_easy_setopt(curl, CURLOPT_NOPROXY, first_of(environment, {"no_proxy", "NO_PROXY"}).c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.connect_limit.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.silence_limit.count()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

std::string hint_for(CURLcode code, long status, const std::string& url) {
    const std::string ask = "curl -fsSLI " + shell_quote(url);
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
            return "check the network, or set http_proxy and https_proxy; --offline uses what was fetched "
                   "before";
        case CURLE_OPERATION_TIMEDOUT:
            return "the server is slow or silent; try again, or ask it: " + ask;
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
            return "the connection broke; run the same command again";
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return "the certificate is not trusted: check the clock with date, and run: apt-get install "
                   "ca-certificates";
        case CURLE_HTTP_RETURNED_ERROR:
            return status == 404 || status == 410 ? "the server has no such file; check the address: " + ask
                                                  : "ask the server: " + ask;
        default:
            return "check the address: " + ask;
    }
}

std::string cause_of(CURLcode code, long status, const char* text) {
    if (code == CURLE_HTTP_RETURNED_ERROR)
        return fmt::format("the server answered with HTTP status {}", status);
    if (code == CURLE_PARTIAL_FILE) return fmt::format("the file arrived truncated: {}", text);
    return *text != '\0' ? text : curl_easy_strerror(code);
}

Result<> perform(const DownloadRequest& request, Transfer& transfer) {
    if (!curl_ready()) return fail({.message = "cannot set up libcurl"});
    const Curl curl(curl_easy_init());
    if (!curl) return fail({.message = "cannot set up libcurl"});
    std::array<char, CURL_ERROR_SIZE> text{};
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, text.data());
    configure(curl.get(), request, transfer);
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_OK) return {};

    const std::string message = fmt::format("cannot download {}", request.url);
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return fail({.message = message, .causes = {"interrupted"}, .kind = ErrorKind::interrupted});
    }
    if (transfer.write_error != 0) {
        return fail(file_error("cannot write", request.file, transfer.write_error), message);
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    return fail({.message = message,
                 .causes = {cause_of(code, status, text.data())},
                 .hint = hint_for(code, status, request.url)});
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
