using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Our command-line tools, run as users run them.</summary>
internal static class Tool
{
    /// <summary>Fails with what was printed where the tool does not exit with 0.</summary>
    public static async Task<CommandOutcome> RunAsync(string script, params string[] arguments) =>
        (await ChildProcess.RunAsync(RepositoryLayout.Script(script), arguments)).RequireSuccess();
}
