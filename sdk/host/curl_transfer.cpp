#include "sdk/host/curl_transfer.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace {

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

/// Once a process, before the first handle.
bool curl_ready() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready;
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

}  // namespace

Result<CurlTransfer> CurlTransfer::make(const Environment& environment, const std::string& url,
                                        std::chrono::seconds connect_limit,
                                        std::chrono::seconds silence_limit) {
    CurlTransfer transfer(url);
    if (curl_ready()) transfer.curl_.reset(curl_easy_init());
    if (!transfer.curl_) return fail({.message = "cannot set up libcurl"});
    CURL* const curl = transfer.get();
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer.text_->data());
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "rpi-kit");
    curl_easy_setopt(curl, CURLOPT_PROXY, proxy_for(environment, url).c_str());
    curl_easy_setopt(curl, CURLOPT_NOPROXY, first_of(environment, {"no_proxy", "NO_PROXY"}).c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(connect_limit.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(silence_limit.count()));
    return transfer;
}

CurlTransfer::CurlTransfer(std::string url)
    : url_(std::move(url)), text_(std::make_unique<std::vector<char>>(CURL_ERROR_SIZE)) {}

void CurlTransfer::Cleanup::operator()(void* curl) const {
    curl_easy_cleanup(curl);
}

Error CurlTransfer::error(int number) const {
    const auto code = static_cast<CURLcode>(number);
    std::string message = fmt::format("cannot download {}", url_);
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return {.message = std::move(message), .causes = {"interrupted"}, .kind = ErrorKind::interrupted};
    }
    long status = 0;
    curl_easy_getinfo(get(), CURLINFO_RESPONSE_CODE, &status);
    return {.message = std::move(message),
            .causes = {cause_of(code, status, text_->data())},
            .hint = hint_for(code, status, url_)};
}

}  // namespace rpikit::host
