using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Docs;

/// <summary>
/// The shell blocks of a page under <c>docs/</c>, run as an operator pastes them: one after the other, word for word but for hosts, ports
/// and directories. One test owns it.
/// </summary>
internal sealed partial class DocumentedCommands
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly string _page;

    public DocumentedCommands(string page) => _page = File.ReadAllText(Path.Combine(RepositoryLayout.Root, "docs", page));

    /// <summary>All blocks that are marked <c>sh</c>, in their order.</summary>
    public IReadOnlyList<string> Blocks => [.. ShellBlock().Matches(_page).Select(match => match.Groups[1].Value)];

    /// <summary>What the page says outside of shell blocks, where a test takes values from it.</summary>
    public string Text => ShellBlock().Replace(_page, "");

    /// <summary>Runs blocks in one shell, which ends at the first command that fails.</summary>
    /// <param name="blocks">What to run.</param>
    /// <param name="places">What stands here for the hosts and directories of the page; the longest first.</param>
    /// <param name="environment">Variables of the shell, beside a <c>PATH</c> with our scripts.</param>
    /// <param name="prelude">What the shell has to know before, such as commands that this machine has not got.</param>
    public static async Task<CommandOutcome> RunAsync(
        IEnumerable<string> blocks,
        IReadOnlyList<(string Name, string Actual)> places,
        IReadOnlyDictionary<string, string>? environment = null,
        string prelude = "")
    {
        var script = places.Aggregate(
            string.Concat(blocks), (text, place) => text.Replace(place.Name, place.Actual, StringComparison.Ordinal));
        return await ChildProcess.RunAsync(
            "/bin/bash",
            ["-euo", "pipefail", "-c", $"{prelude}\n{script}"],
            limit: Limit,
            environment: new Dictionary<string, string>(environment ?? new Dictionary<string, string>())
            {
                ["PATH"] = $"{Path.Combine(RepositoryLayout.Root, "scripts")}:{Environment.GetEnvironmentVariable("PATH")}",
            });
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
