#include "services/sluice/usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>
#include <string>

namespace sluice::cli {
namespace {

using ::testing::HasSubstr;

class UsageTest : public ::testing::Test {
 protected:
  UsageTest() {
    app_.require_subcommand(1);
    CLI::App* serve = app_.add_subcommand("serve", "Serves.");
    serve->add_option("--config", config_, "A file.");
    CLI::App* dlq = app_.add_subcommand("dlq", "Dead letters.");
    dlq->require_subcommand(1);
    dlq->add_subcommand("replay", "Again.")->add_option("--stage", config_, "Of what.");
  }

  // What stderr says of the command line.
  std::string Refuse(const std::string& line) {
    std::ostringstream said;
    std::streambuf* const old = std::cerr.rdbuf(said.rdbuf());
    try {
      app_.parse(line);
    } catch (const CLI::ParseError& error) {
      status_ = ReportUsage(app_, error);
    }
    std::cerr.rdbuf(old);
    return said.str();
  }

  CLI::App app_{"A program.", "sluice"};
  std::string config_;
  int status_ = 0;
};

TEST_F(UsageTest, NamesTheNearestVerb) {
  EXPECT_THAT(Refuse("serv"), HasSubstr("there is no verb serv; did you mean serve?"));
  EXPECT_EQ(status_, 2);
}

TEST_F(UsageTest, NamesTheNearestVerbBelowAVerb) {
  EXPECT_EQ(Refuse("dlq reply"),
            "sluice dlq: there is no verb reply; did you mean replay?\nTry `sluice dlq --help`.\n");
}

TEST_F(UsageTest, NamesTheNearestOption) {
  EXPECT_THAT(Refuse("serve --confg x"),
              HasSubstr("sluice serve: there is no option --confg; did you mean --config?"));
}

TEST_F(UsageTest, SaysWhereAnOptionBelongsThatCameTooEarly) {
  EXPECT_THAT(Refuse("dlq --stage x replay"),
              HasSubstr("--stage belongs behind `sluice dlq replay`"));
}

TEST_F(UsageTest, SaysWhatIsOneTooMany) {
  EXPECT_THAT(Refuse("serve more"), HasSubstr("more is one argument too many"));
}

TEST_F(UsageTest, NamesTheVerbsWhereOneIsMissing) {
  EXPECT_EQ(Refuse(""), "sluice: name a verb: serve, dlq\nTry `sluice --help`.\n");
  EXPECT_EQ(status_, 2);
  EXPECT_THAT(Refuse("dlq"), HasSubstr("sluice dlq: name a verb: replay\n"));
}

TEST_F(UsageTest, AVerbMayRefuseWhatItWasGiven) {
  app_.get_subcommand("serve")->callback([] { RefuseUsage("give it a file"); });
  EXPECT_EQ(Refuse("serve"), "sluice serve: give it a file\nTry `sluice serve --help`.\n");
  EXPECT_EQ(status_, 2);
}

TEST_F(UsageTest, RefusesWhatCannotBeSent) {
  std::string file;
  CLI::App* submit = app_.add_subcommand("submit", "Submits.");
  submit->add_option("--address", config_, "Where.");
  submit->add_option("--page", file, "What.")->type_name("FILE");
  app_.parse_complete_callback([this] { ExpectUtf8(app_); });
  EXPECT_EQ(Refuse("submit --page \xff"), "");
  EXPECT_THAT(Refuse("submit --address a\xff"), HasSubstr("--address is not UTF-8: a\uFFFD"));
  EXPECT_EQ(Refuse("serve --config \xff"), "") << "is sent nowhere";
}

TEST_F(UsageTest, ShortHelpHasOneSentenceOfEachVerb) {
  ShortenHelp(app_);
  app_.add_subcommand("tail", "Prints a.gz. And much more.\n\nsluice tail");
  EXPECT_THAT(app_.help(), HasSubstr("Prints a.gz\n"));
}

}  // namespace
}  // namespace sluice::cli
