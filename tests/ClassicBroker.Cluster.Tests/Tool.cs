using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Our command-line tools, run as users run them.</summary>
internal static class Tool
{
    /// <summary>Fails with what was printed where the tool does not exit with 0.</summary>
    public static async Task<CommandOutcome> RunAsync(string script, params string[] arguments) =>
        (await ChildProcess.RunAsync(RepositoryLayout.Script(script), arguments)).RequireSuccess();

    /// <summary>Has the clients' user make a topic of one partition.</summary>
    public static Task CreateTopicAsync(ClusterSecurity security, KafkaServerProcess broker, string topic) =>
        RunAsync(
            "kafka-topics.sh",
            [
                "--bootstrap-server", broker.BootstrapServers, .. security.Client.Arguments(), "--create", "--topic", topic,
                "--partitions", "1",
            ]);
}
