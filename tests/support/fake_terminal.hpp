#pragma once

#include <string>

#include "sdk/host/terminal.hpp"

namespace rpikit::test {

/// A terminal that keeps every byte written to it.
class FakeTerminal final : public host::Terminal {
  public:
    explicit FakeTerminal(bool interactive, int columns = 80, bool colour = false)
        : interactive_(interactive), colour_(colour), columns_(columns) {}

    void write(std::string_view text) override {
        output += text;
        ++writes;
    }
    bool interactive() const override { return interactive_; }
    bool colour() const override { return colour_; }
    int columns() const override { return columns_; }

    std::string output;
    int writes = 0;

  private:
    bool interactive_;
    bool colour_;
    int columns_;
};

}  // namespace rpikit::test
