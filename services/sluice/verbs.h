#pragma once

#include <CLI/CLI.hpp>

namespace sluice::cli {

// Each adds one verb to the command line; when it is chosen it runs while the line is parsed and
// sets `exit_status`.
void AddServeVerb(CLI::App& app, int& exit_status);
void AddTailVerb(CLI::App& app, int& exit_status);
void AddSubmitVerb(CLI::App& app, int& exit_status);
void AddWithdrawVerb(CLI::App& app, int& exit_status);
void AddWithdrawnVerb(CLI::App& app, int& exit_status);
void AddReplayVerb(CLI::App& app, int& exit_status);
void AddExplainVerb(CLI::App& app, int& exit_status);
void AddDlqVerb(CLI::App& app, int& exit_status);
void AddSourcesVerb(CLI::App& app, int& exit_status);
void AddTopicsVerb(CLI::App& app, int& exit_status);
void AddConfigVerb(CLI::App& app, int& exit_status);
void AddExtractVerb(CLI::App& app, int& exit_status);
void AddDedupeVerb(CLI::App& app, int& exit_status);
void AddClassifyVerb(CLI::App& app, int& exit_status);
void AddLabelVerb(CLI::App& app, int& exit_status);
void AddVersionVerb(CLI::App& app, int& exit_status);

}  // namespace sluice::cli
