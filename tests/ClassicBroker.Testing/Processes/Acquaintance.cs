namespace ClassicBroker.Testing.Processes;

/// <summary>
/// Brokers that have started hear of each other from the controller a moment later; until then a topic with a replica on each is refused,
/// or begins without one. Stateless.
/// </summary>
public static class Acquaintance
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Ends when each of these brokers knows of all of them.</summary>
    /// <param name="brokers">The address of each.</param>
    /// <param name="clientArguments">What a tool of ours gets in with.</param>
    /// <param name="environment">What a tool of ours needs to get in.</param>
    public static Task AwaitAsync(
        IReadOnlyCollection<string> brokers, string[]? clientArguments = null, IReadOnlyDictionary<string, string>? environment = null) =>
        AwaitAsync(brokers, broker => ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-broker-api-versions.sh"), ["--bootstrap-server", broker, .. clientArguments ?? []],
            environment: environment));

    /// <summary>Ends when each of these brokers, as kafka-broker-api-versions.sh is told, knows of all of them.</summary>
    public static async Task AwaitAsync(IReadOnlyCollection<string> brokers, Func<string, Task<CommandOutcome>> ask)
    {
        using var limit = new CancellationTokenSource(Patience);
        foreach (var broker in brokers)
        {
            CommandOutcome outcome;
            while ((outcome = await ask(broker)).Text.Split("(id: ").Length <= brokers.Count)
            {
                if (limit.IsCancellationRequested)
                {
                    throw new TimeoutException($"{broker} does not know of {brokers.Count} brokers:\n{outcome.Text}{outcome.StandardError}");
                }
            }
        }
    }
}
