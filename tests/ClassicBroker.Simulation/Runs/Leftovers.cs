using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Testing.Network;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What is left when a run is over (W14): once its clients are gone, no connection, no buffer and no timer of theirs, and nothing that
/// waits for them; once brokers have stopped, none of their own, and no open file. Threading: the run's thread.
/// </summary>
internal sealed class Leftovers(SimulatedCluster cluster)
{
    private const int LooksMax = 10;

    /// <summary>
    /// What a broker at rest does at intervals takes some twenty timers, and each connection between brokers one or two; those of requests
    /// and of clients that went would be hundreds.
    /// </summary>
    private const int TimersMax = 60;

    /// <summary>The wheels of purgatories, which wake up once more; stopping does not stop them.</summary>
    private const int TimersAfterStopMax = 6;

    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// All clients have been disposed of: nothing is left of them, once what they had sent by slow links has arrived and been answered.
    /// </summary>
    public void CheckClients()
    {
        (cluster.AfterStep, cluster.Time.Ran) = (null, null);
        cluster.Disconnect();
        cluster.Pass(cluster.Network.Underway + ClosingTime);
        RequireClosed("the clients", cluster.ClientTransport);
        foreach (var broker in cluster.Brokers)
        {
            CheckWaiting(broker);
        }
    }

    /// <summary>Stops all brokers: nothing is left of them. It takes as long as a part of the run.</summary>
    public void CheckStops()
    {
        foreach (var broker in cluster.Brokers)
        {
            broker.StopForLook();
        }

        cluster.Pass(ClosingTime);
        foreach (var broker in cluster.Brokers)
        {
            RequireClosed($"broker {broker.Id}", broker.Transport!);
            Require(
                broker.Timers.Sum(loop => loop.Timers) <= TimersAfterStopMax,
                $"broker {broker.Id} has stopped, and timers are set: {string.Join(", ", broker.Timers)}");
            Require(broker.Files.OpenFiles == 0, $"broker {broker.Id} has stopped and left open: {string.Join(", ", broker.Files.OpenPaths)}");
        }
    }

    /// <summary>
    /// Of the fetches only the long polls of followers wait, one for each that another broker may have. Coordinators write for themselves
    /// too, when a session or a transaction times out: what waits at the first look must be gone at a later one.
    /// </summary>
    private void CheckWaiting(SimulatedBroker broker)
    {
        for (var look = 1; Waiting(broker) is { } waiting; look++)
        {
            Require(look < LooksMax, waiting);
            cluster.Pass(BetweenLooks);
        }
    }

    private string? Waiting(SimulatedBroker broker)
    {
        var delayed = broker.Server.Replicas.Delayed;
        return delayed.Produce.Delayed > 0 ? $"{delayed.Produce.Delayed} produce requests wait at broker {broker.Id}"
            : delayed.DeleteRecords.Delayed > 0 ? $"{delayed.DeleteRecords.Delayed} deletions of records wait at broker {broker.Id}"
            : delayed.Fetch.Delayed >= cluster.Brokers.Count ? $"{delayed.Fetch.Delayed} fetches wait at broker {broker.Id}"
            : broker.Timers.Sum(loop => loop.Timers) > TimersMax ? $"broker {broker.Id} has timers: {string.Join(", ", broker.Timers)}"
            : null;
    }

    private void RequireClosed(string who, InMemoryTransport host)
    {
        var peers = cluster.Network.PeersOf(host.Host);
        Require(peers.Count == 0, $"{who} went, and connections with {string.Join(", ", peers)} are open");
        Require(host.BuffersOut == 0, $"{who} went, and {host.BuffersOut} buffers are out");
    }

    private static void Require(bool holds, string failure)
    {
        if (!holds)
        {
            throw new InvariantBrokenException("W14", failure);
        }
    }
}
