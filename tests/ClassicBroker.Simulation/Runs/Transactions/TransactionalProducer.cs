using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// Writes a few records to some partitions of a topic in each transaction, and commits most. Threading: the client loop.
/// </summary>
internal sealed class TransactionalProducer(
    SimulatedCluster cluster, TransactionalClient client, string name, IReadOnlyList<TopicPartition> targets) : ITransactionalProcess
{
    private bool _isStopped;
    private int _next;

    public TransactionalClient Client => client;

    public void Stop() => _isStopped = true;

    public void Dispose() => client.Dispose();

    public async Task RunAsync()
    {
        if (!await client.InitAsync())
        {
            return;
        }

        while (!_isStopped && !client.IsAbandoned)
        {
            if (!cluster.IsAtRest && !await RunTransactionAsync())
            {
                return;
            }

            await cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(10 + cluster.Random.Next(120)));
        }
    }

    /// <summary>False where it was replaced, or is over.</summary>
    private async Task<bool> RunTransactionAsync()
    {
        if (!await client.BeginAsync())
        {
            return false;
        }

        var chosen = targets.Where(_ => cluster.Random.Next(3) > 0).ToList();
        if (chosen.Count == 0)
        {
            chosen = [targets[cluster.Random.Next(targets.Count)]];
        }

        var outcome = await client.AddPartitionsAsync(chosen);
        for (var left = 1 + cluster.Random.Next(3); left > 0 && outcome == StepOutcome.Done; left--)
        {
            outcome = await client.ProduceAsync(chosen[cluster.Random.Next(chosen.Count)], NextPayload());
        }

        if (outcome == StepOutcome.Over)
        {
            return false;
        }

        var isCommit = outcome == StepOutcome.Done && cluster.Random.Next(5) > 0;
        if (!isCommit && cluster.Random.OneIn(2))
        {
            client.ProduceLate(chosen[0], NextPayload());
        }

        return await client.EndAsync(isCommit);
    }

    private string NextPayload() => $"{name}.{_next++}";
}
