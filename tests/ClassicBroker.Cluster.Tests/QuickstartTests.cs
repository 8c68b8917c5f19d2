using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>README's first command.</summary>
public sealed class QuickstartTests
{
    [Fact]
    public async Task Quickstart_moves_messages_and_ends_by_itself()
    {
        RepositoryLayout.RequireDistribution();
        var outcome = await ChildProcess.RunAsync(
            RepositoryLayout.Script("quickstart.sh"), ["--once"], environment: new Dictionary<string, string>
            {
                ["ZOOKEEPER_PORT"] = $"{LoopbackPorts.Next()}",
                ["KAFKA_PORT"] = $"{LoopbackPorts.Next()}",
            });

        Assert.True(outcome.ExitCode == 0, outcome.Text + outcome.StandardError);
        Assert.Contains("Created topic quickstart.", outcome.Text);
        Assert.Contains("Hello\nfrom\nClassicBroker\n", outcome.Text);
    }
}
