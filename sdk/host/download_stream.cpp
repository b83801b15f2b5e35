#include "sdk/host/download_stream.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "sdk/host/curl_transfer.hpp"

namespace rpikit::host {

namespace {

/// So many bytes wait to be pulled; then the server has to.
constexpr std::size_t room = std::size_t{1} << 20;
/// How long one wait for the network lasts before Ctrl-C is looked at, in milliseconds.
constexpr int patience = 200;

struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

struct DownloadStream::State {
    State(const Host& machine, CurlTransfer handle) : host(machine), transfer(std::move(handle)) {
        curl_easy_setopt(transfer.get(), CURLOPT_WRITEFUNCTION, &on_body);
        curl_easy_setopt(transfer.get(), CURLOPT_WRITEDATA, this);
        curl_multi_add_handle(multi.get(), transfer.get());
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { curl_multi_remove_handle(multi.get(), transfer.get()); }

    static size_t on_body(char* data, size_t, size_t size, void* user) {
        auto& state = *static_cast<State*>(user);
        if (state.waiting.size() + size > room) {
            state.paused = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        const auto bytes = std::as_bytes(std::span(data, size));
        state.waiting.insert(state.waiting.end(), bytes.begin(), bytes.end());
        return size;
    }

    /// Goes on until there are bytes, or the end.
    Result<> fill() {
        while (waiting.empty() && !ended) {
            if (host.stop.stop_requested()) return fail(transfer.error(CURLE_ABORTED_BY_CALLBACK));
            if (std::exchange(paused, false)) curl_easy_pause(transfer.get(), CURLPAUSE_CONT);
            int running = 0;
            if (waiting.empty() && curl_multi_perform(multi.get(), &running) != CURLM_OK) {
                return fail(transfer.error(CURLE_FAILED_INIT));
            }
            TRY(look_for_end());
            if (waiting.empty() && !ended) curl_multi_poll(multi.get(), nullptr, 0, patience, nullptr);
        }
        return {};
    }
    Result<> look_for_end() {
        int left = 0;
        while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            ended = true;
            if (message->data.result != CURLE_OK) failure = transfer.error(message->data.result);
        }
        // What came before the connection broke is of no use to anybody.
        return failure ? fail(*failure) : Result<>{};
    }

    const Host& host;
    CurlTransfer transfer;
    std::unique_ptr<CURLM, MultiCleanup> multi{curl_multi_init()};
    std::vector<std::byte> waiting;  ///< came, and nobody has pulled it
    std::vector<std::byte> pulled;
    bool paused = false;
    bool ended = false;
    std::optional<Error> failure;
};

DownloadStream::DownloadStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
DownloadStream::DownloadStream(DownloadStream&&) noexcept = default;
DownloadStream& DownloadStream::operator=(DownloadStream&&) noexcept = default;
DownloadStream::~DownloadStream() = default;

Result<DownloadStream> DownloadStream::open(const Host& host, const std::string& url,
                                            std::chrono::seconds connect_limit,
                                            std::chrono::seconds silence_limit) {
    TRY_ASSIGN(auto transfer, CurlTransfer::make(host.environment, url, connect_limit, silence_limit));
    DownloadStream stream(std::make_unique<State>(host, std::move(transfer)));
    TRY(stream.state_->fill());
    return stream;
}

std::optional<std::uint64_t> DownloadStream::size_bytes() const {
    curl_off_t length = -1;
    curl_easy_getinfo(state_->transfer.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length < 0) return std::nullopt;
    return static_cast<std::uint64_t>(length);
}

Result<std::span<const std::byte>> DownloadStream::next() {
    TRY(state_->fill());
    state_->pulled.clear();
    std::swap(state_->pulled, state_->waiting);
    return state_->pulled;
}

}  // namespace rpikit::host
